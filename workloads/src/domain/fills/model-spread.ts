import { type Price, type Ratio, asPrice, scaleBy } from '../money/amounts.ts';
import { add, isPositive, maximum, subtract, toStep } from '../money/decimal.ts';

/**
 * The bid and ask a candle replay models around a price (trading-rules §2): ± max(1 tick, half spread), each rounded
 * away from the price to a tick; the bid is at least one tick.
 */
export function modelSpread(
  price: Price,
  halfSpreadRatio: Ratio,
  tickSize: Price,
): { readonly bid: Price; readonly ask: Price } {
  const half = maximum(tickSize, asPrice(scaleBy(price, halfSpreadRatio)));
  const bid = toStep(subtract(price, half), tickSize, 'floor');
  const ask = toStep(add(price, half), tickSize, 'ceil');
  return { bid: isPositive(bid) ? asPrice(bid) : tickSize, ask: asPrice(ask) };
}
