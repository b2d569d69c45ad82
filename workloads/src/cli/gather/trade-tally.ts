import type { RoundTrip } from '../../domain/account/account.ts';
import { isNegative, isPositive, subtract } from '../../domain/money/decimal.ts';

/** What the closed trades came to. */
export interface TradeTally {
  readonly roundTrips: number;
  /** After fees. */
  readonly won: number;
  readonly lost: number;
  /** How they were closed: an exit reason, or DUST. */
  readonly byReason: Readonly<Record<string, number>>;
}

export function tallyTrades(trips: readonly RoundTrip[]): TradeTally {
  const nets = trips.map((trip) => subtract(trip.grossPnl, trip.fees));
  const reasons = [...new Set(trips.map(({ reason }) => reason))].toSorted();
  const count = (reason: string): number => trips.filter((trip) => trip.reason === reason).length;
  return {
    roundTrips: trips.length,
    won: nets.filter(isPositive).length,
    lost: nets.filter(isNegative).length,
    byReason: Object.fromEntries(reasons.map((reason) => [reason, count(reason)])),
  };
}
