import type { Order, OrderIntent } from '../../domain/orders/order.ts';
import { BrokenInvariantError } from '../../domain/invariant.ts';
import { openOrder, transition } from '../../domain/orders/order-machine.ts';
import { reservationOf } from '../../domain/orders/reservation.ts';
import { recordMessage } from '../../domain/risk/activity.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { OrderEvent } from '../../events/event.ts';
import type { LedgerTransaction, Reservation } from '../../ports/ledger.ts';
import { envelope } from '../envelope.ts';
import { verdictEntry } from '../journal-kinds.ts';
import { type RiskContext, termsOf } from './risk-context.ts';

/**
 * What every verdict leaves behind, in the transaction it was made in: the verdict and its journal entry; when it allows
 * an order also the order (APPROVED), what it holds back, and the hint for execution. Counters are the caller's to save.
 */
export async function recordVerdict(
  context: RiskContext,
  tx: LedgerTransaction,
  verdict: Verdict,
  cause: string | undefined,
): Promise<void> {
  const { order: intent, time: at } = verdict;
  const clockOffset = context.clockOffset();
  // Sent together, in this order: one round trip.
  await Promise.all([
    tx.insertVerdict(verdict),
    tx.appendJournal('risk', [verdictEntry(verdict, { eventTime: at, cause, clockOffset })]),
    intent === undefined ? undefined : placeOrder(context, tx, { intent, at, cause }),
  ]);
  if (intent === undefined) context.metrics.rejected.add(1, { reason: verdict.code });
  else context.metrics.validated.add(1, { symbol: intent.symbol });
}

/** The order that was allowed, what it holds back, and the hint for execution; it is counted as a message. */
async function placeOrder(
  context: RiskContext,
  tx: LedgerTransaction,
  {
    intent,
    at,
    cause,
  }: { readonly intent: OrderIntent; readonly at: Timestamp; readonly cause: string | undefined },
): Promise<void> {
  const order = approved(openOrder(intent, at));
  const head = envelope(context, { type: 'order', id: [order.orderId], eventTime: at, cause });
  const event: OrderEvent = { ...head, order: intent };
  context.books.update({ activity: recordMessage(context.books.document.activity, 'new', at) });
  await Promise.all([
    tx.insertOrder(order),
    tx.insertReservation(reserve(context, order)),
    context.relay.add(tx, 'orders', [event]),
  ]);
}

function reserve(context: RiskContext, order: Order): Reservation {
  const instrument = context.instruments.get(order.symbol);
  if (instrument !== undefined) return reservationOf(order, termsOf(context, instrument));
  throw new BrokenInvariantError(
    'INSTRUMENT_UNKNOWN',
    `order ${order.orderId} was allowed without an instrument`,
  );
}

function approved(order: Order): Order {
  const result = transition(order, { kind: 'approve', at: order.updatedTime });
  if (!result.ok) throw new BrokenInvariantError('ORDER_NOT_APPROVED', result.refusal.message);
  return result.order;
}
