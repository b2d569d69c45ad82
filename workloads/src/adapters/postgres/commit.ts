import { LedgerError } from '../../ports/ledger.ts';
import type { Session } from './session.ts';

/** @throws LedgerError why the server took back instead of committing */
export async function commit(session: Session, failure: () => unknown): Promise<void> {
  const tag = await session.command('COMMIT');
  if (tag === 'COMMIT') return;
  throw (failure() ?? notCommitted(tag)) as Error;
}

function notCommitted(tag: string): LedgerError {
  return new LedgerError('LEDGER_BROKEN', `the server answered ${tag} to a COMMIT: nothing was written`, {
    retryable: false,
  });
}

/** A lost connection is looked at more closely; every other error passes as it is. */
export async function diagnosed(session: Session, error: unknown): Promise<unknown> {
  const { diagnose } = session.target;
  if (diagnose === undefined || session.lost === undefined) return error;
  return error instanceof LedgerError ? await diagnose(error) : error;
}
