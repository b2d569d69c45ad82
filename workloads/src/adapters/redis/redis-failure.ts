import { BusError } from '../../ports/bus.ts';

/** What the server answered, or that there is no answer. Made of the message alone: the driver's errors carry commands. */
export class RedisFailure extends Error {
  /** The first word of an error reply, e.g. `NOGROUP`; `CONNECTION` when there was no reply. */
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'RedisFailure';
    this.code = code;
  }

  get isConnection(): boolean {
    return this.code === 'CONNECTION';
  }
}

/** Replies that say that the group, or the whole stream, is not there (any more). */
const GONE = new Set(['NOGROUP', 'UNBLOCKED']);
/** Replies that a later attempt will not change without a person. */
const REFUSALS = new Set(['NOPERM', 'WRONGTYPE']);

export const isGone = (error: unknown): boolean => error instanceof RedisFailure && GONE.has(error.code);
export const isRefusal = (error: unknown): boolean =>
  error instanceof RedisFailure && REFUSALS.has(error.code);

/** An error of the driver, without what it carries besides its message. */
export function toFailure(error: unknown): RedisFailure {
  if (error instanceof RedisFailure) return error;
  const message = error instanceof Error ? error.message : 'unknown failure';
  if (error instanceof Error && error.name === 'ReplyError') {
    const code = /^[A-Z]+/.exec(message)?.[0] ?? 'ERR';
    // A reply may quote what was sent ("beginning with: ..."): only refusals and states are repeated in full.
    return new RedisFailure(code, message.split(', with args')[0] ?? code);
  }
  return new RedisFailure('CONNECTION', message === '' ? 'the connection failed' : message);
}

export function toBusError(error: unknown, doing: string): BusError {
  if (error instanceof BusError) return error;
  const cause = toFailure(error);
  return isRefusal(cause)
    ? new BusError('BUS_REFUSED', `${doing}: Redis refuses it: ${cause.message}`, { retryable: false, cause })
    : new BusError('BUS_UNAVAILABLE', `${doing}: ${cause.message}`, { retryable: true, cause });
}
