import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { quantity } from '../../src/domain/money/amounts.ts';
import type { BreakSighting, GroupingLedger, LedgerTransaction } from '../../src/ports/ledger.ts';
import type { LedgerHarness } from './ledger-contract.ts';
import { identityOf } from './samples.ts';

const deficit = (changes: Partial<BreakSighting> = {}): BreakSighting => ({
  kind: 'BALANCE_DEFICIT',
  subject: 'BTC',
  expected: '1.5',
  found: '1.2',
  detail: 'the account holds 0.3 BTC less than the ledger says',
  at: 1_000,
  ...changes,
});

/** What the ledger port says about fencing and reconciliation, asked of one implementation. */
export function executionContract(name: string, start: () => Promise<LedgerHarness>): void {
  describe(`the ledger contract of execution, ${name}`, () => {
    let harness: LedgerHarness;
    let ledger: GroupingLedger;
    const write = <T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> => ledger.transaction(work);

    beforeAll(async () => {
      harness = await start();
      ledger = await harness.open(identityOf('execution-contract'));
    });
    afterAll(async () => {
      await ledger.close();
      await harness.stop();
    });

    it('hands the epoch on, and refuses who does not know the last one', async () => {
      expect(await write((tx) => tx.epoch())).toBeUndefined();
      const first = { epoch: 1, holder: 'a', leaseUntil: 10_000 };
      await write((tx) => tx.putEpoch(first, undefined));
      await expect(
        write((tx) => tx.putEpoch({ epoch: 1, holder: 'b', leaseUntil: 9 }, undefined)),
      ).rejects.toMatchObject({
        code: 'LEDGER_CONFLICT',
        message: expect.stringContaining('1 of a') as unknown,
      });
      const second = { epoch: 2, holder: 'b', leaseUntil: 20_000 };
      await write((tx) => tx.putEpoch(second, 1));
      await expect(write((tx) => tx.putEpoch({ ...first, leaseUntil: 30_000 }, 1))).rejects.toMatchObject({
        code: 'LEDGER_CONFLICT',
      });
      expect(await write((tx) => tx.epoch())).toEqual(second);
      await write((tx) => tx.putEpoch({ ...second, leaseUntil: 25_000 }, 2));
      expect(await write((tx) => tx.epoch())).toEqual({ ...second, leaseUntil: 25_000 });
    });

    it('records an opening balance once an asset', async () => {
      await write((tx) => tx.insertOpeningBalances([{ asset: 'BTC', amount: quantity('0.25') }], 1));
      await write((tx) =>
        tx.insertOpeningBalances(
          [
            { asset: 'BTC', amount: quantity('9') },
            { asset: 'ETH', amount: quantity('3') },
          ],
          2,
        ),
      );
      expect(await write((tx) => tx.openingBalances())).toEqual([
        { asset: 'BTC', amount: quantity('0.25') },
        { asset: 'ETH', amount: quantity('3') },
      ]);
    });

    it('keeps one open break of a kind and subject, with its age, until it is resolved', async () => {
      expect(await write((tx) => tx.seeBreak(deficit()))).toBe(true);
      expect(await write((tx) => tx.seeBreak(deficit({ found: '1.1', at: 2_000 })))).toBe(false);
      expect(await write((tx) => tx.seeBreak(deficit({ subject: 'ETH', at: 2_000 })))).toBe(true);
      const { at, ...facts } = deficit({ found: '1.1' });
      expect(await write((tx) => tx.breaks('open'))).toMatchObject([
        { ...facts, since: at, lastSeen: 2_000 },
        { subject: 'ETH' },
      ]);
      await write((tx) =>
        tx.resolveBreak(
          { kind: 'BALANCE_DEFICIT', subject: 'BTC' },
          { at: 3_000, resolution: 'agrees again' },
        ),
      );
      expect((await write((tx) => tx.breaks('open'))).map(({ subject }) => subject)).toEqual(['ETH']);
      expect(await write((tx) => tx.breaks('all'))).toMatchObject([
        { subject: 'BTC', resolvedTime: 3_000, resolution: 'agrees again' },
        { subject: 'ETH' },
      ]);
      expect(await write((tx) => tx.seeBreak(deficit({ at: 4_000 })))).toBe(true);
      expect(await write((tx) => tx.breaks('all'))).toHaveLength(3);
    });
  });
}
