export type LedgerErrorCode =
  | 'LEDGER_LOCKED'
  | 'LEDGER_IDENTITY'
  | 'LEDGER_CONFLICT'
  | 'LEDGER_NEWER'
  | 'LEDGER_UNAVAILABLE'
  | 'LEDGER_DISK_FULL'
  /** The operating system or the server does not let us. */
  | 'LEDGER_PERMISSION'
  /** No ledger there: asked for reading only. */
  | 'LEDGER_ABSENT'
  /** An archive that is truncated, altered or not one. */
  | 'LEDGER_ARCHIVE'
  | 'LEDGER_BROKEN';

/** A failure of the ledger. `retryable`: the same call may succeed later. */
export class LedgerError extends Error {
  readonly code: LedgerErrorCode;
  readonly retryable: boolean;
  constructor(
    code: LedgerErrorCode,
    message: string,
    options: { readonly retryable: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = 'LedgerError';
    this.code = code;
    this.retryable = options.retryable;
  }
}
