import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerError } from '../../ports/ledger.ts';
import { text } from './column.ts';
import type { Session } from './session.ts';

/** Key of the session advisory lock of the one writer of a database: "clai", "writ". */
const KEY = '1668047209, 2003986804';
const TRY = { name: 'lock.try', text: `SELECT pg_try_advisory_lock(${KEY}) AS taken` };
const HOLDER = {
  name: 'lock.holder',
  text: `SELECT application_name AS holder FROM pg_locks JOIN pg_stat_activity USING (pid)
         WHERE locktype = 'advisory' AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND (classid, objid, objsubid) = (${KEY}, 2) AND granted`,
};

/** The server notices the end of a killed process within milliseconds, or when its last statement is done. */
const PATIENCE_MS = 30_000;
const POLL_MS = 20;

const APPLICATION = /^claire pid (\d+) on (.+)$/;

/** How this process is known to others: their error text names it. PostgreSQL keeps 63 characters. */
export const applicationName = (pid: number, host: string): string =>
  `claire pid ${pid} on ${host}`.slice(0, 63);

export interface LockSurroundings {
  /** The session's own application name carries the host that pids are compared on. */
  readonly isAlive: (pid: number) => boolean;
}

/**
 * Become the one writer of the session's database; the lock ends with the session. A holder that is dead (killed, its
 * connection not yet noticed as gone) is waited for.
 * @throws LedgerError LEDGER_LOCKED naming the process that holds it
 */
export async function takeWriterLock(session: Session, { isAlive }: LockSurroundings): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const [answer] = await session.run(TRY, []);
    if (answer?.['taken'] === true) return;
    const holder = await readHolder(session);
    const gone = holder === undefined || isDeadHere(holder, session.target.applicationName, isAlive);
    if (!gone || performance.now() > deadline) {
      throw new LedgerError(
        'LEDGER_LOCKED',
        `the ledger ${session.target.name} is held by another process (${holder ?? 'unknown'}): ` +
          'one process at a time writes a ledger; wait for it to end, or stop it',
        { retryable: true },
      );
    }
    await sleep(POLL_MS);
  }
}

/** Who holds the writer's lock of the session's database: an application name; undefined when it is free. */
export async function readHolder(session: Session): Promise<string | undefined> {
  const [row] = await session.run(HOLDER, []);
  return row === undefined ? undefined : text(row, 'holder');
}

function isDeadHere(holder: string, own: string, isAlive: (pid: number) => boolean): boolean {
  const [, pid, host] = APPLICATION.exec(holder) ?? [];
  const [, , ownHost] = APPLICATION.exec(own) ?? [];
  return pid !== undefined && host === ownHost && !isAlive(Number(pid));
}
