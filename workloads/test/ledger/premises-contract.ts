import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EMPTY_HEAD } from '../../src/domain/journal/chain.ts';
import type { GroupingLedger, LedgerTransaction } from '../../src/ports/ledger.ts';
import type { LedgerHarness } from './ledger-contract.ts';
import { accountOf, identityOf, orderOf, positionOf } from './samples.ts';

const REFUSED = { code: 'LEDGER_CONFLICT' };
const DRAFT = { kind: 'made', eventTime: 7, facts: {} };

/** What the ledger port says about what a transaction relies on without asking, asked of one implementation. */
export function premisesContract(name: string, start: () => Promise<LedgerHarness>): void {
  describe(`what a transaction relies on, ${name}`, () => {
    let harness: LedgerHarness;
    let ledger: GroupingLedger;
    const write = <T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> => ledger.transaction(work);
    let count = 0;
    /** A symbol and an event that no other test has. */
    const fresh = (): { readonly symbol: string; readonly event: string } => {
      count += 1;
      return { symbol: `P${count}USDT`, event: `event-${count}` };
    };
    /** A transaction that relies on all of it; what it wrote is there when it is stored, and nothing otherwise. */
    const rely = async (
      { symbol, event }: ReturnType<typeof fresh>,
      transaction: GroupingLedger['transaction'] = write,
    ): Promise<void> => {
      const end = await write((tx) => tx.journalHead('signal'));
      await transaction(async (tx) => {
        await tx.relyOnNoEntry(symbol);
        await tx.relyOnFirst('signal', event);
        await tx.relyOnJournalEnd('signal', end);
        await tx.appendJournal('signal', [DRAFT]);
      });
    };
    const entries = async (): Promise<number> => (await write((tx) => tx.journalHead('signal'))).count;

    beforeAll(async () => {
      harness = await start();
      ledger = await harness.open(identityOf('premises-contract'));
      await write((tx) => tx.appendJournal('signal', [DRAFT]));
    });
    afterAll(async () => {
      await ledger.close();
      await harness.stop();
    });

    it('stores the transaction where all of it holds', async () => {
      const before = await entries();
      await rely(fresh());
      expect(await entries()).toBe(before + 1);
      const [last] = await write((tx) => tx.journal('signal', before, 1));
      expect(last).toMatchObject({ sequence: before + 1 });
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
      if (isRefused) await expect(rely(case_)).rejects.toMatchObject(REFUSED);
      else await rely(case_);
      expect(await entries()).toBe(isRefused ? before : before + 1);
      // Taken back as a whole: the mark as well.
      expect(await write((tx) => tx.markConsumed('signal', case_.event))).toBe(isRefused);
    });

    it('refuses a symbol that has a position, dust alone excepted', async () => {
      const [held, dusty] = [fresh(), fresh()];
      const position = positionOf(held.symbol);
      await write((tx) => tx.putAccount(accountOf([position]), held.symbol));
      await write((tx) => tx.putAccount(accountOf([position], [positionOf(dusty.symbol)]), dusty.symbol));
      await expect(rely(held)).rejects.toMatchObject(REFUSED);
      await rely(dusty);
    });

    it('refuses an event that was consumed before, and a journal with another end', async () => {
      const case_ = fresh();
      await rely(case_);
      const before = await entries();
      await expect(rely(case_)).rejects.toMatchObject(REFUSED);
      const stale = write(async (tx) => {
        await tx.relyOnJournalEnd('signal', EMPTY_HEAD);
        await tx.appendJournal('signal', [DRAFT]);
      });
      await expect(stale).rejects.toMatchObject(REFUSED);
      expect(await entries()).toBe(before);
      await rely(fresh());
    });

    it('takes back one step of a group and goes on with it', async () => {
      const [case_, other] = [fresh(), fresh()];
      await rely(case_);
      const before = await write((tx) => tx.journalHead('signal'));
      const group = await ledger.beginGroup();
      const step = (event: string): Promise<void> =>
        group.transaction(async (tx) => {
          await tx.relyOnFirst('signal', event);
          await tx.appendJournal('signal', [DRAFT]);
        });
      await expect(step(case_.event)).rejects.toMatchObject(REFUSED);
      await step(other.event);
      await group.commit();
      expect(await entries()).toBe(before.count + 1);
    });
  });
}
