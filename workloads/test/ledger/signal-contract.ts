import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { entryHash, type JournalHead } from '../../src/domain/journal/chain.ts';
import type { GroupingLedger, LedgerTransaction } from '../../src/ports/ledger.ts';
import type { OutboxRow } from '../../src/ports/outbox.ts';
import type { LedgerHarness } from './ledger-contract.ts';
import { accountOf, identityOf, orderOf, positionOf, signalEventOf } from './samples.ts';

const REFUSED = { code: 'LEDGER_CONFLICT' };
const DRAFT = { kind: 'made', eventTime: 7, facts: {} };

/** What the ledger port says about storing a signal in one statement, asked of one implementation. */
export function signalContract(name: string, start: () => Promise<LedgerHarness>): void {
  describe(`storing a signal, ${name}`, () => {
    let harness: LedgerHarness;
    let ledger: GroupingLedger;
    const write = <T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> => ledger.transaction(work);
    let count = 0;
    /** A symbol and an event that no other test has. */
    const fresh = (): { readonly symbol: string; readonly event: string } => {
      count += 1;
      return { symbol: `P${count}USDT`, event: `event-${count}` };
    };
    /** All of it or nothing; resolves to the rows of the outbox. */
    const store = async (
      { symbol, event }: ReturnType<typeof fresh>,
      options: { readonly in?: Pick<GroupingLedger, 'transaction'>; readonly after?: JournalHead } = {},
    ): Promise<readonly OutboxRow[]> => {
      const after = options.after ?? (await write((tx) => tx.journalHead('signal')));
      let told: readonly OutboxRow[] = [];
      const done = (rows: readonly OutboxRow[]): void => {
        told = rows;
      };
      const end = await (options.in ?? ledger).transaction((tx) =>
        tx.storeSignal({ event: signalEventOf(event, symbol), entry: DRAFT, after, done }),
      );
      expect(end.count).toBe(after.count + 1);
      return told;
    };
    const entries = async (): Promise<number> => (await write((tx) => tx.journalHead('signal'))).count;

    beforeAll(async () => {
      harness = await start();
      ledger = await harness.open(identityOf('signal-contract'));
      await write((tx) => tx.appendJournal('signal', [DRAFT]));
    });
    afterAll(async () => {
      await ledger.close();
      await harness.stop();
    });

    it('marks it, journals it and puts it into the outbox', async () => {
      const before = await write((tx) => tx.journalHead('signal'));
      const case_ = fresh();
      const rows = await store(case_);
      const [entry] = await write((tx) => tx.journal('signal', before.count, 10));
      expect(entry).toMatchObject({ sequence: before.count + 1, previousHash: before.hash });
      expect(entry?.hash).toBe(entryHash(before.hash, before.count + 1, entry?.body ?? ''));
      expect(await write((tx) => tx.journalHead('signal'))).toEqual({
        count: before.count + 1,
        hash: entry?.hash,
      });
      expect(rows).toMatchObject([{ stream: 'signals', event: signalEventOf(case_.event, case_.symbol) }]);
      expect((await write((tx) => tx.outbox(100))).at(-1)).toEqual(rows[0]);
      expect(await write((tx) => tx.markConsumed('signal', case_.event))).toBe(false);
    });

    it.each([
      ['an open entry', 'APPROVED', 'ENTRY', true],
      ['an entry of which nothing is known', 'UNKNOWN', 'ENTRY', true],
      ['an entry that is over', 'CANCELED', 'ENTRY', false],
      ['an open exit', 'WORKING', 'EXIT', false],
    ] as const)('%s is held against it: %s %s', async (_name, state, purpose, isRefused) => {
      const case_ = fresh();
      await write((tx) =>
        tx.insertOrder(orderOf(`order-${case_.event}`, { symbol: case_.symbol, state, purpose })),
      );
      const before = await entries();
      if (isRefused) await expect(store(case_)).rejects.toMatchObject(REFUSED);
      else await store(case_);
      expect(await entries()).toBe(isRefused ? before : before + 1);
      // Taken back as a whole: the mark as well.
      expect(await write((tx) => tx.markConsumed('signal', case_.event))).toBe(isRefused);
    });

    it('refuses a symbol that has a position, dust alone excepted', async () => {
      const [held, dusty] = [fresh(), fresh()];
      const position = positionOf(held.symbol);
      await write((tx) => tx.putAccount(accountOf([position]), held.symbol));
      await write((tx) => tx.putAccount(accountOf([position], [positionOf(dusty.symbol)]), dusty.symbol));
      await expect(store(held)).rejects.toMatchObject(REFUSED);
      await store(dusty);
    });

    it('refuses a signal that was judged before, and a journal with another end', async () => {
      const [case_, other] = [fresh(), fresh()];
      const before = await write((tx) => tx.journalHead('signal'));
      await store(case_);
      await expect(store(case_)).rejects.toMatchObject(REFUSED);
      await expect(store(other, { after: before })).rejects.toMatchObject(REFUSED);
      expect(await entries()).toBe(before.count + 1);
      expect(await store(other)).toHaveLength(1);
    });

    it('takes back one step of a group and goes on with it', async () => {
      const [case_, other] = [fresh(), fresh()];
      await store(case_);
      const after = await write((tx) => tx.journalHead('signal'));
      const group = await ledger.beginGroup();
      await expect(store(case_, { in: group, after })).rejects.toMatchObject(REFUSED);
      await store(other, { in: group, after });
      await group.commit();
      expect(await entries()).toBe(after.count + 1);
    });
  });
}
