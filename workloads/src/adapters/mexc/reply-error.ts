import { type Duration, MINUTE } from '../../domain/time.ts';
import { MexcError, type TransportErrorCode, unusableReply } from './errors.ts';
import { VENUE_ERROR_CODES, type VenueErrorCode } from './wire/error-codes.ts';

/** Quiet times where the venue names none: 90 s after the firewall's page is measured, the others are cautious. */
const QUIET = { 429: 10_000, 418: 10 * MINUTE, waf: 90_000 } as const;
/** A ban lasts up to three days; a larger figure is not believed. */
const LONGEST_QUIET: Duration = 3 * 24 * 60 * MINUTE;

export interface HttpReply {
  readonly status: number;
  /** The value of Retry-After: seconds. */
  readonly retryAfter: string | null;
  /** The body when it is JSON, else undefined. */
  readonly json: unknown;
  /** The code of the body's refusal, when it has one other than 0 and 200. */
  readonly refusal?: { readonly code: number; readonly message: string };
}

function quietTime(header: string | null, otherwise: Duration): Duration {
  const seconds = header === null ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1_000, LONGEST_QUIET) : otherwise;
}

function limited(code: TransportErrorCode, reply: HttpReply, what: string, otherwise: Duration): MexcError {
  const retryAfter = quietTime(reply.retryAfter, otherwise);
  return new MexcError({
    code,
    class: 'wait',
    retryable: true,
    // That a refusal by a limit is never followed by an execution is documented nowhere.
    definite: false,
    httpStatus: reply.status,
    retryAfter,
    message: `${what}: HTTP ${reply.status}, the venue wants no request for ${Math.ceil(retryAfter / 1_000)} s`,
  });
}

function refusedByCode(listed: VenueErrorCode | undefined, reply: HttpReply, what: string): MexcError {
  const { code, message } = reply.refusal ?? { code: 0, message: '' };
  const facts = {
    httpStatus: reply.status,
    venueCode: code,
    message: `${what}: refused with code ${code}: ${message}`,
  };
  if (listed === undefined) {
    return new MexcError({
      ...facts,
      code: 'UNLISTED_ERROR',
      class: 'reconcile',
      retryable: false,
      definite: false,
    });
  }
  return new MexcError({
    ...facts,
    code: listed.name,
    class: listed.class,
    retryable: listed.class === 'retryable' || listed.class === 'wait',
    definite: listed.class !== 'reconcile' && listed.code !== 418 && listed.code !== 429,
    resync: listed.resync ?? false,
    rereadInstrument: listed.rereadInstrument ?? false,
  });
}

/**
 * Why an HTTP answer is a failure, or undefined when it is a success. The order matters: limits and 5XX are judged by
 * status whatever the body says, since what the venue did under a 5XX is unknown.
 */
export function replyError(reply: HttpReply, what: string): MexcError | undefined {
  const { status } = reply;
  if (status === 429) return limited('RATE_LIMITED', reply, what, QUIET[429]);
  if (status === 418) return limited('BANNED', reply, what, QUIET[418]);
  if (status >= 500) {
    return unusableReply('SERVER_ERROR', `${what}: HTTP ${status}, what the venue did is not known`, status);
  }
  if (reply.refusal !== undefined) {
    return refusedByCode(VENUE_ERROR_CODES.get(reply.refusal.code), reply, what);
  }
  return statusError(reply, what);
}

function statusError(reply: HttpReply, what: string): MexcError | undefined {
  const { status } = reply;
  if (status >= 200 && status < 300) {
    if (reply.json !== undefined) return undefined;
    return unusableReply('BODY_NOT_JSON', `${what}: HTTP ${status} with a body that is not JSON`, status);
  }
  if (status === 403 && reply.json === undefined) return limited('WAF_DENIED', reply, what, QUIET.waf);
  const isKey = status === 401;
  return new MexcError({
    code: isKey ? 'NO_AUTHORITY' : 'HTTP_REFUSED',
    class: isKey ? 'credentials' : 'terminal',
    retryable: false,
    definite: false,
    httpStatus: status,
    message: `${what}: HTTP ${status} without a code`,
  });
}
