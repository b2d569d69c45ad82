import type { Instrument } from '../../domain/market/instrument.ts';
import type { Ratio } from '../../domain/money/amounts.ts';
import type { Order } from '../../domain/orders/order.ts';
import { reservationOf, sumReservations } from '../../domain/orders/reservation.ts';
import type { AccountView } from '../../domain/risk/entry-input.ts';
import { highestFee } from '../../domain/risk/entry-plan.ts';
import type { RiskLimits } from '../../domain/risk/limits.ts';
import type { Books } from './books.ts';

export interface ReservationFacts {
  readonly instruments: ReadonlyMap<string, { readonly instrument: Instrument }>;
  readonly limits: Pick<RiskLimits, 'maxSlippageRatio'>;
  readonly takerFeeRatio: Ratio;
}

/** The account as checks see it, with what open orders hold back. */
export function accountViewOf(
  books: Books,
  open: ReadonlyMap<string, Order>,
  facts: ReservationFacts,
): AccountView {
  const reservations = [...open.values()].flatMap((order) => {
    const known = facts.instruments.get(order.symbol);
    if (known === undefined) return [];
    const feeRatio = highestFee(known.instrument, facts.takerFeeRatio);
    return [reservationOf(order, { feeRatio, marketCollarRatio: facts.limits.maxSlippageRatio })];
  });
  return {
    book: books.account,
    equity: books.equity,
    holdings: books.holdingsValue,
    cash: books.account.cash,
    reserved: sumReservations(reservations),
    dayMark: books.dayMark,
  };
}
