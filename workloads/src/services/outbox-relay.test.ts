import { describe, expect, it, jest } from '@jest/globals';
import { MemoryBus } from '../adapters/memory/memory-bus.ts';
import type { AlertEvent, StreamEvent, StreamName } from '../events/event.ts';
import type { Ledger, LedgerTransaction } from '../ports/ledger.ts';
import type { OutboxListener, OutboxRow } from '../ports/outbox.ts';
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

/** The outbox of a ledger in memory; counts its transactions. `store` tells of rows as a commit does, `undo` takes back. */
function outboxLedger() {
  let rows: OutboxRow[] = [];
  let sequence = 0;
  const seen = { transactions: 0 };
  let added: { readonly rows: readonly OutboxRow[]; readonly done: OutboxListener | undefined }[] = [];
  const tx = {
    addOutbox: (stream: StreamName, events: readonly StreamEvent[], done?: OutboxListener) => {
      const more = events.map((event) => ({ sequence: (sequence += 1), stream, event }));
      rows.push(...more);
      added.push({ rows: more, done });
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
  const store = (): void => {
    for (const addition of added.splice(0)) addition.done?.(addition.rows);
  };
  const undo = (): void => {
    const taken = new Set(added.flatMap((addition) => addition.rows));
    rows = rows.filter((row) => !taken.has(row));
    added = [];
  };
  return { ledger, tx, seen, store, undo, left: () => rows.map((row) => row.event.eventId) };
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

  it('does not ask the ledger for what it knows to be stored', async () => {
    const { tx, relay, bus, published, seen, store, left } = await setUp();
    await relay.flush();
    const before = seen.transactions;
    await relay.add(tx, 'alerts', [alert(1), alert(2)]);
    store();
    await relay.flush();
    await bus.quiesce();
    expect(published).toEqual(['event-1', 'event-2']);
    expect(seen.transactions).toBe(before);
    await relay.settle(tx);
    expect(left()).toEqual([]);
  });

  it('publishes nothing of a transaction that was taken back, and then what is stored', async () => {
    const { tx, relay, bus, published, store, undo } = await setUp();
    await relay.flush();
    await relay.add(tx, 'alerts', [alert(1)]);
    undo();
    await relay.flush();
    await relay.add(tx, 'alerts', [alert(2)]);
    store();
    await relay.flush();
    await bus.quiesce();
    expect(published).toEqual(['event-2']);
  });

  it('publishes what was stored though nobody could tell of it', async () => {
    const { tx, relay, bus, published } = await setUp();
    await relay.flush();
    await relay.add(tx, 'alerts', [alert(1)]);
    await relay.flush();
    await relay.flush();
    await bus.quiesce();
    expect(published).toEqual(['event-1']);
  });

  it('asks a ledger that was away again', async () => {
    const { tx, ledger, relay, bus, published } = await setUp();
    await relay.flush();
    await relay.add(tx, 'alerts', [alert(1)]);
    jest.spyOn(ledger, 'transaction').mockImplementationOnce(async (work) => {
      await work(tx);
      throw new Error('away');
    });
    await expect(relay.flush()).rejects.toThrow('away');
    await relay.flush();
    await bus.quiesce();
    expect(published).toEqual(['event-1']);
  });

  it('publishes what another process left, once it has looked', async () => {
    const { tx, relay, bus, published } = await setUp();
    await relay.flush();
    await tx.addOutbox('alerts', [alert(1)]);
    await relay.flush();
    expect(published).toEqual([]);
    await relay.settle(tx);
    await relay.lookForMore(tx);
    await relay.flush();
    await bus.quiesce();
    expect(published).toEqual(['event-1']);
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
