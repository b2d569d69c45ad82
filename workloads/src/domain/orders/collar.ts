import { type Price, type Ratio, ONE_RATIO, asPrice, asRatio, scaleBy } from '../money/amounts.ts';
import { abs, compare, subtract, toStep } from '../money/decimal.ts';
import type { OrderIntent, Side } from './order.ts';

/**
 * The worst price an order may trade at: `ratio` away from the reference, rounded to the tick on the near side, so that
 * it is never further away than the ratio says. A tick coarser than the ratio leaves no room: then it is the reference
 * rounded to the tick that way.
 */
export function collarPrice(side: Side, reference: Price, ratio: Ratio, tickSize: Price): Price {
  const factor = side === 'BUY' ? ONE_RATIO + ratio : ONE_RATIO - ratio;
  return asPrice(toStep(scaleBy(reference, asRatio(factor)), tickSize, side === 'BUY' ? 'floor' : 'ceil'));
}

/**
 * Whether an order may still go out at the newest price: as far from the price of the decision as its collar, to either
 * side, and no further. Behind the collar it would not trade; as far on the other side the collar would let it pay much
 * more than it may. A price that is not known is outside.
 */
export function isWithinCollar(
  { limitPrice, referencePrice }: Pick<OrderIntent, 'limitPrice' | 'referencePrice'>,
  mark: Price | undefined,
): boolean {
  if (mark === undefined) return false;
  if (limitPrice === undefined) return true;
  return compare(abs(subtract(mark, referencePrice)), abs(subtract(limitPrice, referencePrice))) <= 0;
}
