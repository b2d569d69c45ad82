/** Delivery of events: what was consumed, and what must still be published. */
import type { Duration } from '../../../domain/time.ts';
import type { StreamEvents, StreamName } from '../../../events/event.ts';
import { decodeEvent, encodeEvent } from '../../../events/codec.ts';
import { LedgerError, type Writer, WRITERS } from '../../../ports/ledger.ts';
import type { OutboxListener, OutboxRow } from '../../../ports/outbox.ts';
import { integer, oneOf, text } from '../column.ts';
import { STREAMS } from '../enumerations.ts';
import type { Row, Statements, TransactionStatements } from '../statement.ts';

const MARK = {
  name: 'inbox.mark',
  text: `INSERT INTO inbox (consumer, event_id) VALUES ($1, $2)
         ON CONFLICT (consumer, event_id) DO NOTHING RETURNING true AS marked`,
};
const FORGET = {
  name: 'inbox.forget',
  text: `WITH forgotten AS (DELETE FROM inbox WHERE marked_time < now() - $1::float8 * interval '1 millisecond'
         RETURNING true) SELECT count(*)::int AS forgotten FROM forgotten`,
};
const ADD = {
  name: 'outbox.add',
  text: `INSERT INTO outbox (stream, writer, event) SELECT $1, $2, added.event::json
         FROM unnest($3::text[]) WITH ORDINALITY AS added (event, place) ORDER BY added.place RETURNING sequence`,
};
const READ = {
  name: 'outbox.read',
  text: `SELECT sequence, stream, event::text FROM outbox WHERE writer = ANY($1::text[]) ORDER BY sequence LIMIT $2`,
};
const REMOVE = { name: 'outbox.remove', text: 'DELETE FROM outbox WHERE sequence = ANY($1::bigint[])' };

export async function forgetConsumed(db: Statements, age: Duration): Promise<number> {
  const [row] = await db.run(FORGET, [age]);
  return row === undefined ? 0 : integer(row, 'forgotten');
}

/** Streams that one writer produces, whoever decided on the event. */
const PRODUCERS: Readonly<Partial<Record<StreamName, Writer>>> = {
  signals: 'signal',
  orders: 'risk',
  order_results: 'execution',
};

/** Who is to publish an event: the stream's producer, else the writer that added it (risk, for a ledger of several). */
const publisherOf = (stream: StreamName, writers: readonly Writer[]): Writer => {
  const [writer] = writers;
  return PRODUCERS[stream] ?? (writers.length === 1 && writer !== undefined ? writer : 'risk');
};

/** A ledger for control alone publishes nothing itself, but may look at everything. */
const shownTo = (writers: readonly Writer[]): readonly Writer[] => (writers.length === 0 ? WRITERS : writers);

export async function markConsumed(db: Statements, consumer: string, eventId: string): Promise<boolean> {
  const marked = await db.run(MARK, [consumer, eventId]);
  return marked.length > 0;
}

export function addOutbox<Name extends StreamName>(
  db: TransactionStatements,
  writers: readonly Writer[],
  added: {
    readonly stream: Name;
    readonly events: readonly StreamEvents[Name][];
    readonly done?: OutboxListener | undefined;
  },
): void {
  const { stream, events, done } = added;
  if (events.length === 0) return;
  const publisher = publisherOf(stream, writers);
  const answer = db.run(ADD, [stream, publisher, events.map((event) => encodeEvent(stream, event))]);
  // A failure fails the whole transaction.
  answer.catch(() => undefined);
  if (done === undefined || !shownTo(writers).includes(publisher)) return;
  db.whenDone(async () => {
    const rows = await answer;
    done(events.map((event, place) => ({ sequence: integer(rows[place] ?? {}, 'sequence'), stream, event })));
  });
}

function outboxRowIn(row: Row): OutboxRow {
  const sequence = integer(row, 'sequence');
  const stream = oneOf(row, 'stream', STREAMS);
  const decoded = decodeEvent(stream, text(row, 'event'));
  if (decoded.ok) return { sequence, stream, event: decoded.event };
  throw new LedgerError(
    'LEDGER_BROKEN',
    `outbox row ${sequence} is no event of ${stream}: ${decoded.reason}`,
    {
      retryable: false,
    },
  );
}

export const readOutbox = async (
  db: Statements,
  writers: readonly Writer[],
  limit: number,
): Promise<readonly OutboxRow[]> => (await db.run(READ, [shownTo(writers), limit])).map(outboxRowIn);

export function removeOutbox(db: TransactionStatements, sequences: readonly number[]): void {
  if (sequences.length > 0) db.send(REMOVE, [sequences]);
}
