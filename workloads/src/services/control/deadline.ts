import type { Duration } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { LedgerError } from '../../ports/ledger.ts';

/**
 * The answer of the ledger, or a refusal when it lets a person wait. What was asked may still be carried out later.
 * @throws LedgerError LEDGER_UNAVAILABLE after `patience`
 */
export async function withinPatience<T>(clock: Clock, patience: Duration, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = clock.after(patience, () => {
    reject(
      new LedgerError('LEDGER_UNAVAILABLE', `the ledger has not answered within ${patience} ms`, {
        retryable: true,
      }),
    );
  });
  try {
    return await Promise.race([work, promise]);
  } finally {
    cancel();
    // It may fail long after nobody waits for it any more.
    work.catch(() => undefined);
  }
}
