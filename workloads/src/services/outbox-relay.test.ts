import { describe, expect, it } from '@jest/globals';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import type { AlertEvent, StreamEvent, StreamName } from '../events/event.ts';
import type { Ledger, LedgerTransaction, OutboxRow } from '../ports/ledger.ts';
import { OutboxRelay } from './outbox-relay.ts';

const alert = (number: number): AlertEvent => ({
  schemaVersion: 1,
  type: 'alert',
  eventId: `event-${number}`,
  eventTime: number,
  createdTime: number,
  bot: 'test',
  level: 'INFO',
  code: 'TEST',
  message: 'test',
  context: {},
});

/** The outbox of a ledger in memory; counts its transactions. */
function outboxLedger() {
  let rows: OutboxRow[] = [];
  let sequence = 0;
  const seen = { transactions: 0 };
  const tx = {
    addOutbox: (stream: StreamName, events: readonly StreamEvent[]) => {
      for (const event of events) rows.push({ sequence: (sequence += 1), stream, event });
      return Promise.resolve();
    },
    outbox: (limit: number) => Promise.resolve(rows.slice(0, limit)),
    removeOutbox: (sequences: readonly number[]) => {
      rows = rows.filter((row) => !sequences.includes(row.sequence));
      return Promise.resolve();
    },
  } as unknown as LedgerTransaction;
  const ledger = {
    transaction: <T>(work: (tx: LedgerTransaction) => Promise<T>) => {
      seen.transactions += 1;
      return work(tx);
    },
  } as unknown as Ledger;
  return { ledger, tx, seen, left: () => rows.map((row) => row.event.eventId) };
}

async function setUp() {
  const outbox = outboxLedger();
  const bus = new MemoryBus({ dispatch: 'serial' });
  const relay = new OutboxRelay({ ledger: outbox.ledger, bus });
  const published: string[] = [];
  await bus.subscribe({
    stream: 'alerts',
    group: 'test',
    handle: (event) => {
      published.push(event.eventId);
      return Promise.resolve();
    },
  });
  return { ...outbox, bus, relay, published };
}

describe('the outbox relay', () => {
  it('publishes what an earlier process left, without being told of it', async () => {
    const { tx, relay, bus, published } = await setUp();
    await tx.addOutbox('alerts', [alert(1), alert(2)]);
    await relay.flush();
    await bus.quiesce();
    expect(published).toEqual(['event-1', 'event-2']);
  });

  it('publishes in the order of the outbox, more than fits into one page', async () => {
    const { tx, relay, bus, published } = await setUp();
    const events = Array.from({ length: 250 }, (_, i) => alert(i));
    await relay.add(tx, 'alerts', events);
    await relay.flush();
    await bus.quiesce();
    expect(published).toEqual(events.map((event) => event.eventId));
  });

  it('does not ask the ledger when nothing was added', async () => {
    const { relay, seen } = await setUp();
    await relay.flush();
    const before = seen.transactions;
    await relay.flush();
    expect(seen.transactions).toBe(before);
  });

  it('removes rows only after they were published, with the next transaction', async () => {
    const { tx, relay, left } = await setUp();
    await relay.add(tx, 'alerts', [alert(1)]);
    await relay.flush();
    expect(left()).toEqual(['event-1']);
    await relay.settle(tx);
    expect(left()).toEqual([]);
  });

  it('keeps rows that could not be published, and publishes them later', async () => {
    const { tx, ledger, relay, left, bus } = await setUp();
    await relay.add(tx, 'alerts', [alert(1)]);
    await bus.close();
    await expect(relay.flush()).rejects.toMatchObject({ code: 'BUS_CLOSED' });
    expect(left()).toEqual(['event-1']);
    const again = new MemoryBus({ dispatch: 'serial' });
    const published: string[] = [];
    await again.subscribe({
      stream: 'alerts',
      group: 'test',
      handle: (event) => {
        published.push(event.eventId);
        return Promise.resolve();
      },
    });
    await new OutboxRelay({ ledger, bus: again }).flush();
    await again.quiesce();
    expect(published).toEqual(['event-1']);
  });

  it('publishes what is added while it publishes', async () => {
    const { tx, relay, bus, published } = await setUp();
    await bus.subscribe({
      stream: 'alerts',
      group: 'adds more',
      handle: async (event) => {
        if (event.eventId !== 'event-1') return;
        await relay.add(tx, 'alerts', [alert(2)]);
        await relay.flush();
      },
    });
    await relay.add(tx, 'alerts', [alert(1)]);
    await relay.flush();
    await bus.quiesce();
    expect(published).toEqual(['event-1', 'event-2']);
  });
});
