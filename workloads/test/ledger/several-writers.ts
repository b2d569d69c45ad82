import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyChain } from '../../src/domain/journal/verify.ts';
import type { GroupingLedger, LedgerIdentity, Writer } from '../../src/ports/ledger.ts';
import type { LedgerHarness } from './ledger-contract.ts';
import { identityOf, orderEventOf, orderOf } from './samples.ts';

/** What the ledger port promises to several processes, asked of one implementation. */
export function severalWritersContract(name: string, start: () => Promise<LedgerHarness>): void {
  describe(`several writers of one ledger, ${name}`, () => {
    let harness: LedgerHarness;
    const opened: GroupingLedger[] = [];
    const openAs = async (identity: LedgerIdentity, ...writers: Writer[]): Promise<GroupingLedger> => {
      const ledger = await harness.open(identity, writers);
      opened.push(ledger);
      return ledger;
    };

    beforeAll(async () => {
      harness = await start();
    });
    afterEach(async () => {
      for (const ledger of opened.splice(0)) await ledger.close();
    });
    afterAll(async () => {
      await harness.stop();
    });

    it('open it at once, each as itself, and refuse a second of a kind', async () => {
      const identity = identityOf('several');
      const risk = await openAs(identity, 'risk');
      await openAs(identity, 'execution');
      await openAs(identity);
      await expect(harness.open(identity, ['risk'])).rejects.toMatchObject({
        code: 'LEDGER_LOCKED',
        message: expect.stringContaining('as risk') as unknown,
      });
      await expect(harness.open(identity)).rejects.toMatchObject({ code: 'LEDGER_LOCKED' });
      await risk.close();
      await openAs(identity, 'risk', 'signal');
    });

    it('do not lose what each adds to what the others wrote', async () => {
      const identity = identityOf('turns');
      const ledgers = [
        await openAs(identity, 'risk'),
        await openAs(identity, 'execution'),
        await openAs(identity),
      ];
      const addOne = (ledger: GroupingLedger): Promise<void> =>
        ledger.transaction(async (tx) => {
          const counted = ((await tx.state('control')) as { n: number } | undefined)?.n ?? 0;
          await tx.putState('control', { n: counted + 1 });
          await tx.appendJournal('control', [{ kind: 'counted', eventTime: counted, facts: {} }]);
        });
      await Promise.all(ledgers.flatMap((ledger) => Array.from({ length: 40 }, async () => addOne(ledger))));
      const [state, head, entries] = await ledgers[0]!.transaction(async (tx) => [
        await tx.state('control'),
        await tx.journalHead('control'),
        await tx.journal('control', 0, 1_000),
      ]);
      expect(state).toEqual({ n: 120 });
      expect(entries).toHaveLength(120);
      expect((await verifyChain([entries], { component: 'control', head })).faults).toEqual([]);
    });

    it('let one of two that both want an order’s next state have it', async () => {
      const identity = identityOf('contended');
      const [risk, execution] = [await openAs(identity, 'risk'), await openAs(identity, 'execution')];
      const order = orderOf('o-1');
      await risk.transaction((tx) => tx.insertOrder(order));
      const advance = (ledger: GroupingLedger, state: 'SUBMITTING' | 'EXPIRED') =>
        ledger.transaction((tx) => tx.updateOrder({ ...order, state }, 'APPROVED'));
      const results = await Promise.allSettled([advance(risk, 'EXPIRED'), advance(execution, 'SUBMITTING')]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const refused = results.find((result) => result.status === 'rejected');
      expect(refused?.reason).toMatchObject({ code: 'LEDGER_CONFLICT' });
    });

    it('show a feeder one state for the whole of a transaction', async () => {
      const identity = identityOf('snapshot');
      const [risk, signal] = [await openAs(identity, 'risk'), await openAs(identity, 'signal')];
      const seen = await signal.transaction(async (tx) => {
        const before = await tx.orders();
        await risk.transaction((other) => other.insertOrder(orderOf('o-1')));
        return [before, await tx.orders()];
      });
      expect(seen).toEqual([[], []]);
      expect(await signal.transaction((tx) => tx.orders())).toHaveLength(1);
    });

    it('each find in the outbox what is theirs to publish', async () => {
      const identity = identityOf('outboxes');
      const [risk, execution] = [await openAs(identity, 'risk'), await openAs(identity, 'execution')];
      const control = await openAs(identity);
      const [a, b] = [orderEventOf('e1'), orderEventOf('e2')];
      await risk.transaction((tx) => tx.addOutbox('orders', [a]));
      await execution.transaction((tx) => tx.addOutbox('orders', [b]));
      const shown = (ledger: GroupingLedger) =>
        ledger.transaction(async (tx) => (await tx.outbox(10)).map(({ event }) => event));
      expect(await shown(risk)).toEqual([a, b]);
      expect(await shown(execution)).toEqual([]);
      expect(await shown(control)).toEqual([a, b]);
    });
  });
}
