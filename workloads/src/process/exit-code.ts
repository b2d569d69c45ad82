/**
 * What the process says when it ends (sysexits.h where a number fits). Every refusal has its kind, so that a script can
 * tell a wrong file from a full disk.
 */
import { BusError } from '../ports/bus.ts';
import { LedgerError, type LedgerErrorCode } from '../ports/ledger.ts';

export const EXIT = {
  OK: 0,
  /** The command line is wrong. */
  USAGE: 64,
  /** A data file's contents are wrong. */
  BAD_DATA: 65,
  /** An input file is missing or cannot be read. */
  NO_INPUT: 66,
  /** A server or service is not available. */
  UNAVAILABLE: 69,
  /** A broken invariant: a defect of ours. */
  INTERNAL: 70,
  /** A file or folder cannot be created. */
  CANNOT_CREATE: 73,
  /** Reading or writing failed: the disk is full or broken. */
  IO: 74,
  /** Try again: the ledger is held by another process, or the run was interrupted. */
  TRY_AGAIN: 75,
  /** The journal does not verify. */
  JOURNAL: 76,
  /** The system forbids it. */
  NO_PERMISSION: 77,
  /** Settings are invalid, or do not fit the ledger. */
  SETTINGS: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const LEDGER_CODES: Readonly<Record<LedgerErrorCode, ExitCode>> = {
  LEDGER_LOCKED: EXIT.TRY_AGAIN,
  LEDGER_IDENTITY: EXIT.SETTINGS,
  LEDGER_CONFLICT: EXIT.INTERNAL,
  LEDGER_NEWER: EXIT.SETTINGS,
  LEDGER_UNAVAILABLE: EXIT.UNAVAILABLE,
  LEDGER_DISK_FULL: EXIT.IO,
  LEDGER_PERMISSION: EXIT.NO_PERMISSION,
  LEDGER_ABSENT: EXIT.NO_INPUT,
  LEDGER_ARCHIVE: EXIT.BAD_DATA,
  LEDGER_BROKEN: EXIT.INTERNAL,
};

/** By `code`: the system's errors, and ours that a neighbour must not import. */
const CODES_OF: Readonly<Record<string, ExitCode>> = {
  /** Another process owns the exchange account now. */
  FENCED: EXIT.TRY_AGAIN,
  /** The machine was too slow to send a request of its start in time. */
  TOO_LATE: EXIT.TRY_AGAIN,
  ENOENT: EXIT.NO_INPUT,
  ENOTDIR: EXIT.NO_INPUT,
  EISDIR: EXIT.NO_INPUT,
  EACCES: EXIT.NO_PERMISSION,
  EPERM: EXIT.NO_PERMISSION,
  EROFS: EXIT.CANNOT_CREATE,
  EEXIST: EXIT.CANNOT_CREATE,
  ENOSPC: EXIT.IO,
  EDQUOT: EXIT.IO,
  EFBIG: EXIT.IO,
  EIO: EXIT.IO,
  ECONNREFUSED: EXIT.UNAVAILABLE,
  ECONNRESET: EXIT.UNAVAILABLE,
  ENOTFOUND: EXIT.UNAVAILABLE,
  ETIMEDOUT: EXIT.UNAVAILABLE,
};

/** An error that knows how the process should end. */
export interface ExitError {
  readonly exitCode: ExitCode;
}

const CODES: ReadonlySet<unknown> = new Set(Object.values(EXIT));

function ownExitCode(error: object): ExitCode | undefined {
  const code: unknown = 'exitCode' in error ? error.exitCode : undefined;
  return CODES.has(code) ? (code as ExitCode) : undefined;
}

/** The exit code for what ended the run: the error's own, that of its kind, else `INTERNAL`. */
export function exitCodeOf(error: unknown): ExitCode {
  if (typeof error !== 'object' || error === null) return EXIT.INTERNAL;
  if (error instanceof LedgerError) return LEDGER_CODES[error.code];
  if (error instanceof BusError) return error.retryable ? EXIT.UNAVAILABLE : EXIT.INTERNAL;
  const own = ownExitCode(error);
  if (own !== undefined) return own;
  const code: unknown = 'code' in error ? error.code : undefined;
  return (typeof code === 'string' ? CODES_OF[code] : undefined) ?? EXIT.INTERNAL;
}
