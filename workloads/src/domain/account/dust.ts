import { type Price, type Quantity, notional } from '../money/amounts.ts';
import { isPositive, lessThan, toStep } from '../money/decimal.ts';
import type { Instrument } from '../market/instrument.ts';

/**
 * Whether the venue would refuse to sell this quantity at this price: floored to the lot it is below the minimum
 * quantity or the minimum notional, or nothing. Zero is no dust.
 */
export function isDust(
  quantity: Quantity,
  at: Price,
  instrument: Pick<Instrument, 'lotSize' | 'minQuantity' | 'minNotional'>,
): boolean {
  if (!isPositive(quantity)) return false;
  const sellable = toStep(quantity, instrument.lotSize, 'floor') as Quantity;
  return (
    !isPositive(sellable) ||
    lessThan(sellable, instrument.minQuantity) ||
    lessThan(notional(at, sellable), instrument.minNotional)
  );
}
