import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { entryHash } from '../../src/domain/journal/chain.ts';
import { money, quantity } from '../../src/domain/money/amounts.ts';
import type { GroupingLedger, LedgerTransaction } from '../../src/ports/ledger.ts';
import type { OrderChanges } from '../../src/ports/order-changes.ts';
import type { LedgerHarness } from './ledger-contract.ts';
import { exitOf, fillOf, identityOf, orderOf, tripOf } from './samples.ts';

/** What the ledger port says about what risk asks, asked of one implementation. */
export function riskContract(name: string, start: () => Promise<LedgerHarness>): void {
  describe(`the ledger contract of risk, ${name}`, () => {
    let harness: LedgerHarness;
    let ledger: GroupingLedger;
    const write = <T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> => ledger.transaction(work);

    beforeAll(async () => {
      harness = await start();
      ledger = await harness.open(identityOf('risk-contract'));
    });
    afterAll(async () => {
      await ledger.close();
      await harness.stop();
    });

    it('replaces the causes that pass by those given', async () => {
      expect(await write((tx) => tx.causes())).toEqual([]);
      const feed = { source: 'cause:feed', reason: 'silent', since: 1 };
      const spread = { source: 'cause:spread', reason: 'wide', since: 2 };
      await write((tx) => tx.putCauses([spread, feed]));
      expect(await write((tx) => tx.causes())).toEqual([feed, spread]);
      await write((tx) => tx.putCauses([{ ...feed, since: 3 }]));
      expect(await write((tx) => tx.causes())).toEqual([{ ...feed, since: 3 }]);
      await write((tx) => tx.putCauses([]));
      expect(await write((tx) => tx.causes())).toEqual([]);
    });

    it('goes on with a journal from its end when several are appended at once, held before or not', async () => {
      const draft = (kind: string) => ({ kind, eventTime: 7, facts: {} });
      const before = await write((tx) => tx.journalHead('screener'));
      const heads = await write(async (tx) => {
        await Promise.all([tx.holdJournal('screener'), tx.holdJournal('screener')]);
        return Promise.all([
          tx.appendJournal('screener', [draft('a')]),
          tx.appendJournal('screener', []),
          tx.appendJournal('screener', [draft('b'), draft('c')]),
        ]);
      });
      expect(heads.map(({ count }) => count - before.count)).toEqual([1, 1, 3]);
      const last = await write((tx) => tx.appendJournal('screener', [draft('d')]));
      const entries = await write((tx) => tx.journal('screener', before.count, 10));
      expect(entries.map(({ body }) => (JSON.parse(body) as { kind: string }).kind)).toEqual([
        'a',
        'b',
        'c',
        'd',
      ]);
      let previous = before.hash;
      for (const entry of entries) {
        expect(entry.hash).toBe(entryHash(previous, entry.sequence, entry.body));
        previous = entry.hash;
      }
      expect(last).toEqual({ count: before.count + 4, hash: previous });
      await write((tx) => tx.holdJournal('screener'));
      expect(await write((tx) => tx.journalHead('screener'))).toEqual(last);
    });

    it('gives the open orders at first, and then what changed', async () => {
      const look = (revision: number | undefined) => write((tx) => tx.ordersChangedSince(revision));
      const ids = ({ orders }: OrderChanges): readonly string[] => orders.map(({ orderId }) => orderId);
      const before = await look(undefined);
      const working = orderOf('changes-1', { symbol: 'CHGUSDT', state: 'WORKING' });
      const [waiting, over] = [orderOf('changes-2'), orderOf('changes-3', { state: 'CANCELED' })];
      await write(async (tx) => {
        for (const order of [working, waiting, over]) await tx.insertOrder(order);
      });
      const first = await look(undefined);
      expect(ids(first)).toEqual([...ids(before), 'changes-1', 'changes-2']);
      expect(ids(await look(before.revision))).toEqual(['changes-1', 'changes-2', 'changes-3']);
      expect(await look(first.revision)).toEqual({ orders: [], revision: first.revision });
      const ended = { ...working, state: 'CANCELED', updatedTime: working.updatedTime + 1 } as const;
      await write((tx) => tx.updateOrder(ended, 'WORKING'));
      const undone = write(async (tx) => {
        await tx.updateOrder({ ...waiting, state: 'CANCELED' }, waiting.state);
        throw new Error('taken back');
      });
      await expect(undone).rejects.toThrow('taken back');
      expect((await look(first.revision)).orders).toEqual([ended]);
      expect(ids(await look(undefined))).toEqual([...ids(before), 'changes-2']);
    });

    it('gives the orders of a symbol since its latest filled entry, all when it has none, and when each was entered', async () => {
      const filled = {
        filledQuantity: quantity('0.5'),
        filledNotional: money('21000'),
        state: 'FILLED',
      } as const;
      expect(await write((tx) => tx.ordersSinceEntry('NEVERUSDT'))).toEqual([]);
      const first = orderOf('first', filled);
      const firstExit = { ...exitOf('first-exit'), ...filled };
      const second = orderOf('second', filled);
      const secondExit = exitOf('second-exit');
      const missed = orderOf('missed', { state: 'CANCELED' });
      const elsewhere = orderOf('elsewhere', { symbol: 'NEVERUSDT' });
      await write(async (tx) => {
        for (const order of [first, firstExit, elsewhere, second, missed, secondExit]) {
          await tx.insertOrder(order);
        }
        await tx.insertFill(fillOf('t1', 'first', { time: 1 }));
        await tx.insertFill(fillOf('t2', 'first-exit', { time: 2, side: 'SELL' }));
        await tx.insertFill(fillOf('t3', 'second', { time: 3 }));
        await tx.insertFill(fillOf('t4', 'second', { time: 4 }));
        await tx.insertRoundTrip(tripOf('first', 'first-exit'));
      });
      const since = await write((tx) => tx.ordersSinceEntry('BTCUSDT'));
      expect(since).toEqual([second, missed, secondExit]);
      expect(await write((tx) => tx.ordersSinceEntry('NEVERUSDT'))).toEqual([elsewhere]);
      expect(await write((tx) => tx.lastEntryTimes())).toEqual(new Map([['BTCUSDT', 4]]));
      expect(await write((tx) => tx.tallies())).toEqual({ orders: 9, fills: 4, roundTrips: 1 });
    });
  });
}
