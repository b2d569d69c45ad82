import { randomBytes } from 'node:crypto';
import type { Ledger } from '../../src/ports/ledger.ts';
import { orderOf } from './samples.ts';

/** Write order after order with a megabyte of noise each until the ledger refuses: how many were committed, and why. */
export async function fillLedger(
  ledger: Ledger,
): Promise<{ readonly committed: number; readonly refusal: unknown }> {
  for (let n = 0; ; n += 1) {
    try {
      await ledger.transaction(async (tx) => {
        await tx.insertOrder(orderOf(`order-${n}`));
        const noise = randomBytes(512 * 1024).toString('hex');
        await tx.appendJournal('risk', [{ kind: 'noise', eventTime: n, facts: { noise } }]);
      });
    } catch (refusal) {
      return { committed: n, refusal };
    }
  }
}
