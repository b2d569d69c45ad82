/**
 * What became of orders, taken from the journal of execution by its sequence: a fill, a cancel or the end of a position
 * is counted once and in order, whatever the stream loses, repeats or delays. The stream only says when to look.
 */
import { z } from 'zod';
import { closeRoundTrip } from '../../domain/account/round-trip.ts';
import { startExcursion } from '../../domain/account/excursion.ts';
import type { Position } from '../../domain/account/account.ts';
import type { JournalEntry } from '../../domain/journal/chain.ts';
import { type Price, asMoney } from '../../domain/money/amounts.ts';
import { isPositive, subtract } from '../../domain/money/decimal.ts';
import type { ExitReason } from '../../domain/orders/order.ts';
import { recordFill, recordMessage, recordRoundTrip } from '../../domain/risk/activity.ts';
import type { Timestamp } from '../../domain/time.ts';
import { exitReasons, positionOnWire } from '../../events/schemas.ts';
import { optionalOnWire, priceOnWire } from '../../events/wire.ts';
import type { LedgerTransaction } from '../../ports/ledger.ts';
import { roundTripEntry } from '../journal-kinds.ts';
import { tellDayChange } from './day-change.ts';
import type { RiskContext } from './risk-context.ts';

const PAGE = 500;

/** Only what risk needs of each kind (`journal-kinds.ts`). */
const line = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('fill'),
    eventTime: z.int(),
    facts: z.object({ orderId: z.string(), symbol: z.string(), price: priceOnWire, time: z.int() }),
  }),
  z.object({
    kind: z.literal('order-state'),
    eventTime: z.int(),
    facts: z.object({ state: z.string() }),
  }),
  z.object({
    kind: z.literal('closed'),
    eventTime: z.int(),
    facts: z.object({
      eventId: z.string(),
      orderId: z.string(),
      exitReason: optionalOnWire(exitReasons),
      position: positionOnWire,
    }),
  }),
]);
const kindOf = z.object({ kind: z.string() });
const WANTED = new Set(['fill', 'order-state', 'closed']);

/** The end of a position, by whoever saw it. */
export interface Ended {
  readonly eventId: string;
  readonly orderId: string;
  readonly exitReason?: ExitReason;
  readonly position: Position;
}

/** Takes in everything that execution has written since the last time. Whether there was anything. */
export async function catchUp(context: RiskContext, tx: LedgerTransaction): Promise<boolean> {
  const { books } = context;
  let entries = await tx.journal('execution', books.document.executionSeen, PAGE);
  if (entries.length === 0) return false;
  await books.reload(tx);
  while (entries.length > 0) {
    for (const entry of entries) await takeEntry(context, tx, entry);
    const last = entries.at(-1)?.sequence ?? books.document.executionSeen;
    books.update({ executionSeen: last });
    entries = entries.length < PAGE ? [] : await tx.journal('execution', last, PAGE);
  }
  return true;
}

async function takeEntry(context: RiskContext, tx: LedgerTransaction, entry: JournalEntry): Promise<void> {
  const body: unknown = JSON.parse(entry.body);
  if (!WANTED.has(kindOf.parse(body).kind)) return;
  const known = line.parse(body);
  switch (known.kind) {
    case 'fill':
      return takeFill(context, tx, known.facts);
    case 'order-state':
      if (known.facts.state === 'CANCEL_PENDING') countCancel(context, known.eventTime);
      return undefined;
    case 'closed':
      return endPosition(context, tx, known.facts, known.eventTime);
  }
}

interface FillFacts {
  readonly orderId: string;
  readonly symbol: string;
  readonly price: Price;
  readonly time: Timestamp;
}

async function takeFill(context: RiskContext, tx: LedgerTransaction, fill: FillFacts): Promise<void> {
  const { books } = context;
  books.update({ activity: recordFill(books.document.activity, fill.time) });
  const order = await tx.order(fill.orderId);
  if (order?.purpose === 'ENTRY') enter(context, fill);
  books.trackPrice(fill.symbol, fill.price);
  books.assertIdentity(fill.time);
  await tellDayChange(context, tx, books.assess(fill.time), fill.time);
  books.snapshot(fill.time);
}

function enter({ books }: RiskContext, { symbol, orderId, price, time }: FillFacts): void {
  books.update({ lastEntry: { ...books.document.lastEntry, [symbol]: time } });
  // Of another entry there is a holding left when that was a crumb, which became dust without an end.
  if (books.holding(symbol)?.entryOrderId === orderId) return;
  books.hold(symbol, { entryOrderId: orderId, ...startExcursion(price) });
}

const countCancel = ({ books }: RiskContext, at: Timestamp): void => {
  books.update({ activity: recordMessage(books.document.activity, 'cancel', at) });
};

/** Closes the round trip of a position that ended. */
export async function endPosition(
  context: RiskContext,
  tx: LedgerTransaction,
  ended: Ended,
  at: Timestamp,
): Promise<void> {
  const { books } = context;
  const { position, orderId, exitReason, eventId } = ended;
  const holding = books.holding(position.symbol);
  books.hold(position.symbol, undefined);
  // A crumb of an entry that could never be sold has no round trip.
  if (holding === undefined || !isPositive(position.soldQuantity)) return;
  const trip = closeRoundTrip({
    position,
    entryOrderId: holding.entryOrderId,
    exitOrderId: orderId,
    exitTime: at,
    reason: exitReason ?? 'DUST',
    adversePrice: holding.adversePrice,
    favorablePrice: holding.favorablePrice,
  });
  if (!(await tx.insertRoundTrip(trip))) return;
  await tx.appendJournal('risk', [roundTripEntry(trip, { eventTime: at, cause: eventId })]);
  const net = asMoney(subtract(trip.grossPnl, trip.fees));
  books.update({ activity: recordRoundTrip(books.document.activity, net, at) });
}
