/** A signal with all that belongs to it, in one statement: the server refuses it where what was assumed does not hold. */
import { appendToChain, type JournalHead } from '../../../domain/journal/chain.ts';
import { OPEN_STATES } from '../../../domain/orders/order-machine.ts';
import { encodeEvent } from '../../../events/codec.ts';
import type { SignalRecord } from '../../../ports/signal-record.ts';
import { integer } from '../column.ts';
import type { TransactionStatements } from '../statement.ts';

const STORE = {
  name: 'signals.store',
  text: `WITH marked AS (INSERT INTO inbox (consumer, event_id) VALUES ('signal', $1)
           ON CONFLICT (consumer, event_id) DO NOTHING RETURNING true),
         head AS (UPDATE journal_heads SET count = $5, hash = $6
           WHERE component = 'signal' AND count = $5 - 1 AND hash = $4 RETURNING true),
         added AS (INSERT INTO journal (component, sequence, previous_hash, hash, body)
           VALUES ('signal', $5, $4, $6, $7)),
         sent AS (INSERT INTO outbox (stream, writer, event) VALUES ('signals', 'signal', $8::json)
           RETURNING sequence)
         SELECT sequence, require_that(
           EXISTS (SELECT FROM marked) AND EXISTS (SELECT FROM head)
             AND NOT EXISTS (SELECT FROM positions WHERE symbol = $2 AND NOT dust)
             AND NOT EXISTS (SELECT FROM orders WHERE state = ANY($3::text[]) AND symbol = $2 AND purpose = 'ENTRY'),
           'signal ' || $1 || ' was judged before, its symbol is entered, or the journal of signal ends elsewhere')
         FROM sent`,
};

export function storeSignal(db: TransactionStatements, record: SignalRecord): JournalHead {
  const { event, entry, after, done } = record;
  const { signalId, symbol } = event.signal;
  const { entries, head } = appendToChain(after, [entry]);
  const [{ body } = { body: '' }] = entries;
  const values = [signalId, symbol, OPEN_STATES, after.hash, head.count, head.hash, body];
  const answer = db.rely(STORE, [...values, encodeEvent('signals', event)]);
  db.whenDone(async () => {
    const [row = {}] = await answer;
    done([{ sequence: integer(row, 'sequence'), stream: 'signals', event }]);
  });
  return head;
}
