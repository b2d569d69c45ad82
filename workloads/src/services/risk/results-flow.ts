/** What became of orders: takes it into the books, and closes the round trip of a position that ended. */
import { closeRoundTrip } from '../../domain/account/round-trip.ts';
import { startExcursion } from '../../domain/account/excursion.ts';
import { asMoney } from '../../domain/money/amounts.ts';
import { isPositive, isZero, subtract } from '../../domain/money/decimal.ts';
import { isTerminal } from '../../domain/orders/order-machine.ts';
import { recordFill, recordMessage, recordRoundTrip } from '../../domain/risk/activity.ts';
import type { FillEvent, OrderStateEvent, PositionClosedEvent, StreamEvents } from '../../events/event.ts';
import type { LedgerTransaction } from '../../ports/ledger.ts';
import { roundTripEntry } from '../journal-kinds.ts';
import { tellDayChange } from './day-change.ts';
import type { RiskContext } from './risk-context.ts';

/** Takes a result in, once. */
export async function takeResult(
  context: RiskContext,
  tx: LedgerTransaction,
  event: StreamEvents['order_results'],
): Promise<void> {
  if (!concerns(event) || !(await tx.markConsumed('risk', event.eventId))) return;
  await context.books.reload(tx);
  switch (event.type) {
    case 'fill':
      await takeFill(context, tx, event);
      break;
    case 'order_state':
      takeState(context, event);
      break;
    case 'position_closed':
      await closePosition(context, tx, event);
      break;
  }
}

/** States on the way tell risk nothing that the order table does not say when it is needed. */
const concerns = (event: StreamEvents['order_results']): boolean =>
  event.type !== 'order_state' || event.state === 'CANCEL_PENDING' || isTerminal(event.state);

async function takeFill(
  context: RiskContext,
  tx: LedgerTransaction,
  { fill, purpose }: FillEvent,
): Promise<void> {
  const { books } = context;
  books.update({ activity: recordFill(books.document.activity, fill.time) });
  if (purpose === 'ENTRY') enter(context, fill);
  else noteExit(context, fill.symbol, 0);
  books.trackPrice(fill.symbol, fill.price);
  books.assertIdentity(fill.time);
  await tellDayChange(context, tx, books.assess(fill.time), fill.time);
  books.snapshot(fill.time);
}

function enter({ books }: RiskContext, { symbol, orderId, price, time }: FillEvent['fill']): void {
  books.update({ lastEntry: { ...books.document.lastEntry, [symbol]: time } });
  // Of another entry there is a holding left when that was a crumb, which became dust without an end.
  if (books.holding(symbol)?.entryOrderId === orderId) return;
  books.hold(symbol, { entryOrderId: orderId, ...startExcursion(price), exits: 0, misses: 0 });
}

function takeState(context: RiskContext, event: OrderStateEvent): void {
  const { books } = context;
  if (event.state === 'CANCEL_PENDING') {
    books.update({ activity: recordMessage(books.document.activity, 'cancel', event.eventTime) });
    return;
  }
  const missed = event.purpose !== 'ENTRY' && isZero(event.filledQuantity);
  const holding = books.holding(event.symbol);
  if (missed && holding !== undefined) noteExit(context, event.symbol, holding.misses + 1);
}

function noteExit({ books }: RiskContext, symbol: string, misses: number): void {
  const holding = books.holding(symbol);
  if (holding !== undefined) books.hold(symbol, { ...holding, misses });
}

async function closePosition(
  context: RiskContext,
  tx: LedgerTransaction,
  event: PositionClosedEvent,
): Promise<void> {
  const { books } = context;
  const { position, orderId, exitReason, eventTime } = event;
  const holding = books.holding(position.symbol);
  books.hold(position.symbol, undefined);
  // A crumb of an entry that could never be sold has no round trip.
  if (holding === undefined || !isPositive(position.soldQuantity)) return;
  const trip = closeRoundTrip({
    position,
    entryOrderId: holding.entryOrderId,
    exitOrderId: orderId,
    exitTime: eventTime,
    reason: exitReason ?? 'DUST',
    adversePrice: holding.adversePrice,
    favorablePrice: holding.favorablePrice,
  });
  if (!(await tx.insertRoundTrip(trip))) return;
  await tx.appendJournal('risk', [roundTripEntry(trip, { eventTime, cause: event.eventId })]);
  const net = asMoney(subtract(trip.grossPnl, trip.fees));
  books.update({ activity: recordRoundTrip(books.document.activity, net, eventTime) });
}
