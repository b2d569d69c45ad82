import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerError, type Writer, WRITERS } from '../../ports/ledger.ts';
import { text } from './column.ts';
import type { Session } from './session.ts';

/** First half of the keys of our advisory locks: "clai". */
const CLASS = 1668047209;
/** Second half, one a writer. Never changed: programs of two versions may meet on one ledger. */
const WRITER_KEYS: Readonly<Record<Writer, number>> = {
  screener: 1,
  'screener-rest': 2,
  signal: 3,
  risk: 4,
  execution: 5,
};
const MIGRATION_KEY = 100;
const MONEY_KEY = 101;

const TRY = { name: 'lock.try', text: `SELECT pg_try_advisory_lock(${CLASS}, $1) AS taken` };
const HOLDERS = {
  name: 'lock.holders',
  text: `SELECT DISTINCT application_name AS holder FROM pg_locks JOIN pg_stat_activity USING (pid)
         WHERE locktype = 'advisory' AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND classid = ${CLASS} AND objsubid = 2 AND objid = ANY($1::bigint[]) AND granted ORDER BY 1`,
};

/**
 * Waits until no other transaction that decides about money is open. Sent before the first statement of a transaction:
 * its snapshots are then taken after the others' commits.
 */
export const TAKE_MONEY_TURN = `SELECT pg_advisory_xact_lock(${CLASS}, ${MONEY_KEY})`;
/** Waits until no other process changes the schema; for the rest of the transaction. */
export const TAKE_MIGRATION_TURN = `SELECT pg_advisory_xact_lock(${CLASS}, ${MIGRATION_KEY})`;

/** The server notices the end of a killed process within milliseconds, or when its last statement is done. */
const PATIENCE_MS = 30_000;
const POLL_MS = 20;

const APPLICATION = /^claire pid (\d+) on (.+)$/;

/** How this process is known to others: their error text names it. PostgreSQL keeps 63 characters. */
export const applicationName = (pid: number, host: string): string =>
  `claire pid ${pid} on ${host}`.slice(0, 63);

export interface LockRequest {
  readonly writers: readonly Writer[];
  /** The session's own application name carries the host that pids are compared on. */
  readonly isAlive: (pid: number) => boolean;
}

/**
 * Become the one process that writes the session's database as each of the writers; the locks end with the session. A
 * holder that is dead (killed, its connection not yet noticed as gone) is waited for.
 * @throws LedgerError LEDGER_LOCKED naming the process that holds one
 */
export async function takeWriterLocks(session: Session, request: LockRequest): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  // Always in the same order: two that want the same never hold one each.
  for (const writer of WRITERS.filter((one) => request.writers.includes(one))) {
    await takeLock(session, { ...request, writer, deadline });
  }
}

async function takeLock(
  session: Session,
  request: LockRequest & { readonly writer: Writer; readonly deadline: number },
): Promise<void> {
  const { writer, isAlive, deadline } = request;
  for (;;) {
    const [answer] = await session.run(TRY, [WRITER_KEYS[writer]]);
    if (answer?.['taken'] === true) return;
    const [holder] = await readHolders(session, [writer]);
    const gone = holder === undefined || isDeadHere(holder, session.target.applicationName, isAlive);
    if (!gone || performance.now() > deadline) {
      throw new LedgerError(
        'LEDGER_LOCKED',
        `the ledger ${session.target.name} is held by another process (${holder ?? 'unknown'}): ` +
          `one process at a time writes a ledger as ${writer}; wait for it to end, or stop it`,
        { retryable: true },
      );
    }
    await sleep(POLL_MS);
  }
}

/** Who holds writers' locks of the session's database: application names. */
export async function readHolders(
  session: Session,
  writers: readonly Writer[] = WRITERS,
): Promise<readonly string[]> {
  const rows = await session.run(HOLDERS, [writers.map((writer) => WRITER_KEYS[writer])]);
  return rows.map((row) => text(row, 'holder'));
}

function isDeadHere(holder: string, own: string, isAlive: (pid: number) => boolean): boolean {
  const [, pid, host] = APPLICATION.exec(holder) ?? [];
  const [, , ownHost] = APPLICATION.exec(own) ?? [];
  return pid !== undefined && host === ownHost && !isAlive(Number(pid));
}
