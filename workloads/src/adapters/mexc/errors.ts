import type { Duration } from '../../domain/time.ts';
import { redact } from './redaction.ts';
import type { ErrorClass } from './wire/error-codes.ts';

export type { ErrorClass } from './wire/error-codes.ts';

/** What the client itself finds, besides the names in wire/error-codes.ts. */
export type TransportErrorCode =
  | 'DNS_FAILED'
  | 'TLS_FAILED'
  | 'CONNECTION_REFUSED'
  | 'CONNECTION_LOST'
  | 'CONNECT_TIMEOUT'
  | 'TIMEOUT'
  | 'NETWORK_FAILED'
  | 'BODY_TOO_LARGE'
  | 'BODY_NOT_JSON'
  | 'REPLY_INVALID'
  | 'RATE_LIMITED'
  | 'BANNED'
  | 'WAF_DENIED'
  | 'SERVER_ERROR'
  | 'HTTP_REFUSED'
  | 'UNLISTED_ERROR'
  | 'RATE_QUEUE_FULL'
  | 'TOO_LATE'
  | 'CLOCK_UNKNOWN'
  | 'FENCED'
  | 'STAMP_FAILED'
  | 'INSTRUMENT_UNKNOWN'
  | 'CREDENTIALS_UNREADABLE'
  | 'KEY_UNSUITABLE'
  | 'KEY_UNCHECKED'
  | 'CLOSED';

export interface MexcErrorFacts {
  /** Stable: a `TransportErrorCode` or a name of wire/error-codes.ts. */
  readonly code: string;
  readonly class: ErrorClass;
  /** Whether a read may be repeated. Order writes are never repeated on this ground. */
  readonly retryable: boolean;
  /** Proof that the venue did not act on the request: it never left us, or the venue refused it by a code we know. */
  readonly definite: boolean;
  readonly message: string;
  readonly httpStatus?: number;
  readonly venueCode?: number;
  /** How long the venue, or experience, wants us to be quiet. */
  readonly retryAfter?: Duration;
  readonly resync?: boolean;
  readonly rereadInstrument?: boolean;
}

/** Anything that went wrong with a request to MEXC. The message holds no key, signature, listenKey or query. */
export class MexcError extends Error {
  readonly code: string;
  readonly class: ErrorClass;
  readonly retryable: boolean;
  readonly definite: boolean;
  readonly httpStatus: number | undefined;
  readonly venueCode: number | undefined;
  readonly retryAfter: Duration | undefined;
  readonly resync: boolean;
  readonly rereadInstrument: boolean;

  /** No `cause` is kept: those of the HTTP client can hold the signed address. */
  constructor(facts: MexcErrorFacts) {
    super(redact(facts.message));
    this.name = 'MexcError';
    this.code = facts.code;
    this.class = facts.class;
    this.retryable = facts.retryable;
    this.definite = facts.definite;
    this.httpStatus = facts.httpStatus;
    this.venueCode = facts.venueCode;
    this.retryAfter = facts.retryAfter;
    this.resync = facts.resync ?? false;
    this.rereadInstrument = facts.rereadInstrument ?? false;
  }
}

/** A failure that the client finds before anything is sent. */
export const notSent = (code: TransportErrorCode, errorClass: ErrorClass, message: string): MexcError =>
  new MexcError({ code, class: errorClass, retryable: errorClass === 'retryable', definite: true, message });

/** An answer that cannot be used: for an order write, what the venue did is not known. */
export const unusableReply = (code: TransportErrorCode, message: string, httpStatus?: number): MexcError =>
  new MexcError({
    code,
    class: 'reconcile',
    retryable: true,
    definite: false,
    message,
    ...(httpStatus === undefined ? {} : { httpStatus }),
  });
