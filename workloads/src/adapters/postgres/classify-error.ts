import pg from 'pg';
import { LedgerError, type LedgerErrorCode } from '../../ports/ledger.ts';

/** SQLSTATE classes and codes (PostgreSQL manual, appendix A) that mean something other than a broken invariant. */
const BY_STATE: readonly (readonly [prefix: string, code: LedgerErrorCode, retryable: boolean])[] = [
  ['53100', 'LEDGER_DISK_FULL', true],
  ['53', 'LEDGER_UNAVAILABLE', true],
  ['57', 'LEDGER_UNAVAILABLE', true],
  ['08', 'LEDGER_UNAVAILABLE', true],
  ['40', 'LEDGER_UNAVAILABLE', true],
  ['55P03', 'LEDGER_UNAVAILABLE', true],
  ['3D000', 'LEDGER_ABSENT', false],
  ['42P01', 'LEDGER_ABSENT', false],
  ['28', 'LEDGER_PERMISSION', false],
  ['42501', 'LEDGER_PERMISSION', false],
  ['25006', 'LEDGER_PERMISSION', false],
  ['23', 'LEDGER_CONFLICT', false],
  // Ours: `require_that` of the schema.
  ['CL001', 'LEDGER_CONFLICT', false],
];

/** PostgreSQL reports a file-size limit, and some full disks, as a plain I/O error with the system's words. */
export const DISK_FULL_WORDS = /no space left on device|file too large|disk quota exceeded/i;

/**
 * Turn what the driver throws into a `LedgerError`. A statement the server refused is classified by its SQLSTATE;
 * everything else the driver throws means that the connection is gone.
 */
export function classifyError(error: unknown, where: string): LedgerError {
  if (error instanceof LedgerError) return error;
  const message = error instanceof Error ? oneLine(error) : String(error);
  if (!(error instanceof pg.DatabaseError)) {
    return new LedgerError('LEDGER_UNAVAILABLE', `${where} cannot be reached: ${message}`, {
      retryable: true,
      cause: error,
    });
  }
  if (DISK_FULL_WORDS.test(message)) return diskFull(`${where}: ${message}`, error);
  const state = error.code ?? '';
  const [, code, retryable] = BY_STATE.find(([prefix]) => state.startsWith(prefix)) ?? [
    '',
    'LEDGER_BROKEN' as const,
    false,
  ];
  if (code === 'LEDGER_DISK_FULL') return diskFull(`${where}: ${message}`, error);
  return new LedgerError(code, `${where}: ${message} (SQLSTATE ${state})`, { retryable, cause: error });
}

/** The error of a full disk, with what to do about it. */
export function diskFull(what: string, cause?: unknown): LedgerError {
  const message = `the disk of the ledger is full (${what}): make room, then start again; nothing committed is lost`;
  return new LedgerError('LEDGER_DISK_FULL', message, { retryable: true, cause });
}

/** Whether the connection is of no more use after this error. */
export function losesConnection(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  return error.severity === 'FATAL' || error.severity === 'PANIC';
}

/** Connection failures of several addresses come as an AggregateError without a message. */
function oneLine(error: Error): string {
  const parts = error instanceof AggregateError ? error.errors.map(String) : [error.message];
  return parts.join('; ').replace(/\s+/g, ' ').trim();
}
