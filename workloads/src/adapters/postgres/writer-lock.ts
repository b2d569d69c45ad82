import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.ts';
import { LedgerError, type Writer, WRITERS } from '../../ports/ledger.ts';
import type { Duration } from '../../domain/time.ts';
import { integer, text } from './column.ts';
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
/** Held beside its writers' locks by a process whose lease in the ledger says whether it lives. */
const LEASED_KEY = 102;

const TRY = { name: 'lock.try', text: `SELECT pg_try_advisory_lock(${CLASS}, $1) AS taken` };
const HOLDERS = {
  name: 'lock.holders',
  text: `SELECT DISTINCT application_name AS holder FROM pg_locks JOIN pg_stat_activity USING (pid)
         WHERE locktype = 'advisory' AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND classid = ${CLASS} AND objsubid = 2 AND objid = ANY($1::bigint[]) AND granted ORDER BY 1`,
};
const LEASED_HOLDER = {
  name: 'lock.leased',
  text: `SELECT held.pid FROM pg_locks held JOIN pg_locks leased USING (pid, locktype, database, classid, objsubid)
         WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND classid = ${CLASS} AND objsubid = 2 AND held.objid = $1::bigint AND leased.objid = ${LEASED_KEY}
         AND held.granted AND leased.granted`,
};
const MARK_LEASED = { name: 'lock.mark', text: `SELECT pg_advisory_lock_shared(${CLASS}, ${LEASED_KEY})` };
const LEASE = { name: 'lock.lease', text: 'SELECT epoch, lease_until FROM writer_epoch' };
const END_SESSION = { name: 'lock.end', text: 'SELECT pg_terminate_backend($1) AS ended' };

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
/** How often a lease is looked at that should be renewed. */
const LEASE_LOOK: Duration = 500;

const APPLICATION = /^claire pid (\d+) on (.+)$/;

/** How this process is known to others: their error text names it. PostgreSQL keeps 63 characters. */
export const applicationName = (pid: number, host: string): string =>
  `claire pid ${pid} on ${host}`.slice(0, 63);

/** For a process that is fenced: what it may take from another one that is, and what others may take from it. */
export interface LeaseWatch {
  /** A holder whose lease in the ledger is not renewed for so long is frozen or cut off: its session is ended. */
  readonly staleAfter: Duration;
  readonly clock: Clock;
}

export interface LockRequest {
  readonly writers: readonly Writer[];
  /** The session's own application name carries the host that pids are compared on. */
  readonly isAlive: (pid: number) => boolean;
  /** Absent: nobody's session is ended, and nobody ends ours. */
  readonly lease?: LeaseWatch | undefined;
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
  // Shared by several such processes of one ledger; it only marks the session.
  if (request.lease !== undefined) await session.run(MARK_LEASED, []);
}

async function takeLock(
  session: Session,
  request: LockRequest & { readonly writer: Writer; readonly deadline: number },
): Promise<void> {
  const { writer, isAlive, deadline, lease } = request;
  let isEnded = false;
  for (;;) {
    const [answer] = await session.run(TRY, [WRITER_KEYS[writer]]);
    if (answer?.['taken'] === true) return;
    const [holder] = await readHolders(session, [writer]);
    isEnded ||= await endStaleSession(session, writer, lease);
    const gone =
      isEnded || holder === undefined || isDeadHere(holder, session.target.applicationName, isAlive);
    if (!gone || performance.now() > deadline) throw heldError(session, writer, holder);
    await sleep(POLL_MS);
  }
}

const heldError = (session: Session, writer: Writer, holder = 'unknown'): LedgerError =>
  new LedgerError(
    'LEDGER_LOCKED',
    `the ledger ${session.target.name} is held by another process (${holder}): ` +
      `one process at a time writes a ledger as ${writer}; wait for it to end, or stop it`,
    { retryable: true },
  );

/**
 * Ends the session of a holder that does not renew its lease while it is watched: a process that is frozen, or cut off in
 * a way that the server does not notice, would otherwise keep its lock, and a transaction it is in everybody's turn, until
 * somebody kills it. What it does when it wakes up is the fencing epoch's business. False when the holder lives, or has no
 * lease, or when our role may not end its session.
 */
async function endStaleSession(
  session: Session,
  writer: Writer,
  lease: LeaseWatch | undefined,
): Promise<boolean> {
  const before = lease === undefined ? undefined : await readLease(session, writer);
  if (lease === undefined || before === undefined) return false;
  for (let watched = 0; watched < lease.staleAfter; watched += LEASE_LOOK) {
    await new Promise<void>((resolve) => {
      lease.clock.after(LEASE_LOOK, resolve);
    });
    const now = await readLease(session, writer);
    if (now?.pid !== before.pid || now.lease !== before.lease) return false;
  }
  return session.run(END_SESSION, [before.pid]).then(
    ([row]) => row?.['ended'] === true,
    () => false,
  );
}

interface HeldLease {
  /** Of the server's side of the session. */
  readonly pid: number;
  readonly lease: string;
}

async function readLease(session: Session, writer: Writer): Promise<HeldLease | undefined> {
  const [holder] = await session.run(LEASED_HOLDER, [WRITER_KEYS[writer]]);
  if (holder === undefined) return undefined;
  const [row] = await session.run(LEASE, []);
  if (row === undefined) return undefined;
  const lease = `${integer(row, 'epoch')}/${integer(row, 'lease_until')}`;
  return { pid: integer(holder, 'pid'), lease };
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
