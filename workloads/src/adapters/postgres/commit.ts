import { LedgerError } from '../../ports/ledger.ts';
import type { Session } from './session.ts';

/** @throws LedgerError when the server took back instead of committing */
export async function commit(session: Session): Promise<void> {
  const tag = await session.command('COMMIT');
  if (tag === 'COMMIT') return;
  throw new LedgerError('LEDGER_BROKEN', `the server answered ${tag} to a COMMIT: nothing was written`, {
    retryable: false,
  });
}

/** A lost connection is looked at more closely; every other error passes as it is. */
export async function diagnosed(session: Session, error: unknown): Promise<unknown> {
  const { diagnose } = session.target;
  if (diagnose === undefined || session.lost === undefined) return error;
  return error instanceof LedgerError ? await diagnose(error) : error;
}
