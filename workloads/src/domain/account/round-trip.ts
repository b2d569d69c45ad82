import { type Price, asPrice } from '../money/amounts.ts';
import { divide } from '../money/decimal.ts';
import type { Position, RoundTrip } from './account.ts';
import type { Timestamp } from '../time.ts';

/** Places of the average prices of a round trip: for reading only, the book never uses them. */
export const AVERAGE_SCALE = 18;

export interface RoundTripEnd {
  /** The position as it ended (`AppliedFill.ended`); something of it was sold. */
  readonly position: Position;
  readonly entryOrderId: string;
  readonly exitOrderId: string;
  readonly exitTime: Timestamp;
  /** Why it was closed: an exit reason. */
  readonly reason: string;
  /** The worst and the best price while it was held. */
  readonly adversePrice: Price;
  readonly favorablePrice: Price;
}

/** The average entry of what is held: cost / quantity, rounded half-even at 18 places. */
export const averageEntry = (position: Pick<Position, 'quantity' | 'totalCost'>): Price =>
  asPrice(divide(position.totalCost, position.quantity, AVERAGE_SCALE, 'half-even'));

/**
 * The round trip of a position that ended. Gross PnL and fees are the position's own, so that over a whole run
 * Σ round trips + Σ what is still held = the account's realised PnL and fees, exactly.
 * @throws RangeError when nothing was bought or sold (a broken invariant: such a position has no round trip)
 */
export function closeRoundTrip(end: RoundTripEnd): RoundTrip {
  const { position } = end;
  return {
    symbol: position.symbol,
    entryOrderId: end.entryOrderId,
    exitOrderId: end.exitOrderId,
    entryTime: position.entryTime,
    exitTime: end.exitTime,
    quantity: position.boughtQuantity,
    averageEntry: asPrice(
      divide(position.boughtNotional, position.boughtQuantity, AVERAGE_SCALE, 'half-even'),
    ),
    averageExit: asPrice(divide(position.soldNotional, position.soldQuantity, AVERAGE_SCALE, 'half-even')),
    grossPnl: position.realizedPnl,
    fees: position.fees,
    reason: end.reason,
    adversePrice: end.adversePrice,
    favorablePrice: end.favorablePrice,
  };
}
