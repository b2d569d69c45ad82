/**
 * What can go wrong between us and the API server, as one class with a stable code. Nothing of a request body or of a
 * header is in a message: a refusal of a Secret would otherwise repeat the Secret.
 */

export type KubeErrorCode =
  /** 400, 415 and whatever else means that the request itself is wrong. */
  | 'BAD_REQUEST'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  /** 409 of an update: somebody was faster; or of a server-side apply: somebody else owns a field. */
  | 'CONFLICT'
  | 'ALREADY_EXISTS'
  /** 410: the resource version is too old to continue from. */
  | 'GONE'
  /** 422: the object breaks a rule of its kind. */
  | 'INVALID'
  | 'TOO_MANY_REQUESTS'
  | 'SERVER_ERROR'
  /** No answer: refused, reset, name not found, TLS. */
  | 'UNREACHABLE'
  | 'TIMEOUT'
  /** Our own doing: shutdown, or leadership lost. */
  | 'ABORTED'
  /** An object of that name is there that is not ours. */
  | 'FOREIGN_OBJECT';

const RETRYABLE: ReadonlySet<KubeErrorCode> = new Set([
  'UNAUTHORIZED',
  'CONFLICT',
  'GONE',
  'TOO_MANY_REQUESTS',
  'SERVER_ERROR',
  'UNREACHABLE',
  'TIMEOUT',
  'ABORTED',
]);

export class KubeError extends Error {
  readonly code: KubeErrorCode;
  /** HTTP status; 0 where there was none. */
  readonly status: number;
  /** What the server asked to wait, ms. */
  readonly retryAfter: number | undefined;
  /** `status.reason` of the server's answer, such as `AlreadyExists` or `Expired`. */
  readonly reason: string;

  constructor(
    code: KubeErrorCode,
    message: string,
    details: {
      readonly status?: number;
      readonly retryAfter?: number | undefined;
      readonly reason?: string;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'KubeError';
    this.code = code;
    this.status = details.status ?? 0;
    this.retryAfter = details.retryAfter;
    this.reason = details.reason ?? '';
  }

  /** Whether the same request may succeed later without anybody changing anything. */
  get retryable(): boolean {
    return RETRYABLE.has(this.code);
  }
}

export const hasCode = (error: unknown, ...codes: readonly KubeErrorCode[]): error is KubeError =>
  error instanceof KubeError && codes.includes(error.code);

interface StatusBody {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly field?: string }[];
  };
}

function parseStatus(body: string): StatusBody {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

const BY_STATUS: Readonly<Record<number, KubeErrorCode>> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  410: 'GONE',
  422: 'INVALID',
  429: 'TOO_MANY_REQUESTS',
};

/** A server-side apply with a field that the kind does not have is answered 500, though no retry will help. */
const UNKNOWN_FIELD = 'failed to create typed patch object';

function codeOf(status: number, reason: string | undefined, message: string | undefined): KubeErrorCode {
  if (message?.startsWith(UNKNOWN_FIELD)) return 'INVALID';
  if (status === 409 && reason === 'AlreadyExists') return 'ALREADY_EXISTS';
  const known = BY_STATUS[status];
  if (known !== undefined) return known;
  return status >= 500 ? 'SERVER_ERROR' : 'BAD_REQUEST';
}

const LONGEST_MESSAGE = 600;
const clip = (text: string): string =>
  text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;

/** `Retry-After` in seconds or as a date, to ms. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

export interface FailedAnswer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: number | undefined;
}

/**
 * The error of an answer that is no success. `what` says what was tried, e.g. `apply ConfigMap trading/momentum-risk`.
 * With `secret` the server's words are left out, since they may repeat what was sent; reason and field names stay.
 */
export function errorOf(answer: FailedAnswer, what: string, secret: boolean): KubeError {
  const { reason, message, details } = parseStatus(answer.body);
  const causes = details?.causes ?? [];
  const fields = causes.flatMap(({ field, reason: why }) => (field ? [`${field} (${why ?? '?'})`] : []));
  const words = secret ? `${reason ?? 'refused'} ${fields.join(', ')}`.trim() : clip(message ?? '');
  const wait = answer.retryAfter ?? secondsToMs(details?.retryAfterSeconds);
  return new KubeError(codeOf(answer.status, reason, message), `${what}: ${answer.status} ${words}`.trim(), {
    status: answer.status,
    reason: reason ?? '',
    retryAfter: wait,
  });
}

const secondsToMs = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;

/** Words about any error that are safe to log and to show: never a stack, body or header. */
export function describeError(error: unknown): string {
  return clip(error instanceof Error ? error.message : String(error));
}
