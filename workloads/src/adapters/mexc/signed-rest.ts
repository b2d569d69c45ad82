import type { Duration, Timestamp } from '../../domain/time.ts';
import type { Credentials, CredentialSource } from './credentials.ts';
import { MexcError, notSent } from './errors.ts';
import type { HttpTransport, Method, Prepared } from './http-transport.ts';
import type { Permit } from './rate-limiter.ts';
import type { ReplySchema } from './reply-schema.ts';
import type { ServerTime } from './server-time.ts';
import { type Parameters, writeQuery } from './wire/query.ts';

/** The time a request carries and for how long the venue takes it. */
export interface RequestStamp {
  /** The venue's time at the epoch check, never later. */
  readonly timestamp: Timestamp;
  /** 1 to 5,000 ms: min(5 s, remaining lease − margin). */
  readonly recvWindow: Duration;
}

export interface StampRequest {
  readonly purpose: 'submit' | 'cancel' | 'read';
  /** Our id, for order writes. */
  readonly orderId?: string;
  /** The venue's time now. @throws MexcError CLOCK_UNKNOWN */
  readonly venueNow: () => Timestamp;
}

/**
 * Asked for every signed request at the moment it is to be sent (again for a repeated one), and the only way to a
 * timestamp: whoever holds the epoch checks it here. Undefined: this process is no longer the writer, nothing is sent.
 */
export type TakeStamp = (request: StampRequest) => Promise<RequestStamp | undefined>;

/** The documented default and the most that trading-rules allow. */
export const MAX_RECV_WINDOW: Duration = 5_000;

/** Stamps of a process that is the only writer by construction (one process, its own ledger). */
export const takeUnfencedStamp: TakeStamp = ({ venueNow }) =>
  Promise.resolve({ timestamp: venueNow(), recvWindow: MAX_RECV_WINDOW });

export interface SignedRequest<T> {
  readonly method: Method;
  readonly path: string;
  readonly parameters: Parameters;
  readonly permit: Permit;
  readonly purpose: StampRequest['purpose'];
  readonly orderId?: string;
  /** Only with a key whose permissions were checked. */
  readonly needsCheckedKey?: boolean;
  readonly schema: ReplySchema<T>;
}

/** Requests in the name of an account. */
export interface SignedRest {
  /**
   * Stamped, signed and sent once; once more after reading the venue's clock when it refused the timestamp.
   * @throws MexcError
   */
  call<T>(request: SignedRequest<T>): Promise<T>;
}

export interface SignedRestDeps {
  readonly transport: HttpTransport;
  readonly credentials: CredentialSource;
  readonly serverTime: ServerTime;
  readonly takeStamp: TakeStamp;
  /** Asked about the key of a request that needs a checked one. @throws MexcError when it is not to be used */
  readonly admitKey: (key: Credentials) => Promise<void>;
  /** Told with every answer whether the venue took the key and its signature. */
  readonly onKey?: (isTaken: boolean) => void;
}

function checkStamp(stamp: RequestStamp | undefined, venueNow: Timestamp, what: string): RequestStamp {
  if (stamp === undefined) {
    throw notSent('FENCED', 'terminal', `${what}: another process is the writer of this account now`);
  }
  if (
    stamp.recvWindow < 1 ||
    stamp.recvWindow > MAX_RECV_WINDOW ||
    stamp.timestamp + stamp.recvWindow <= venueNow
  ) {
    throw notSent('TOO_LATE', 'terminal', `${what}: its timestamp is too old to be taken by the venue`);
  }
  return stamp;
}

export function makeSignedRest(deps: SignedRestDeps): SignedRest {
  const { transport, credentials, serverTime, takeStamp, admitKey, onKey = () => undefined } = deps;
  const venueNow = (): Timestamp => serverTime.now();

  const stamp = async (request: SignedRequest<unknown>, what: string): Promise<RequestStamp> => {
    const { purpose, orderId } = request;
    let taken: RequestStamp | undefined;
    try {
      taken = await takeStamp({ purpose, venueNow, ...(orderId === undefined ? {} : { orderId }) });
    } catch (error) {
      if (error instanceof MexcError) throw error;
      throw notSent('STAMP_FAILED', 'retryable', `${what}: the epoch cannot be checked: ${String(error)}`);
    }
    return checkStamp(taken, venueNow(), what);
  };

  const prepare = async (request: SignedRequest<unknown>): Promise<Prepared> => {
    const key = await credentials.current();
    if (request.needsCheckedKey === true) await admitKey(key);
    const { timestamp, recvWindow } = await stamp(request, `${request.method} ${request.path}`);
    const query = writeQuery({ ...request.parameters, recvWindow, timestamp });
    return {
      query: `${query}&signature=${key.sign(query)}`,
      // Without this content type even a request without a body is refused (700013).
      headers: { 'X-MEXC-APIKEY': key.accessKey(), 'Content-Type': 'application/json' },
      secrets: [key.accessKey()],
    };
  };

  const send = async <T>(request: SignedRequest<T>): Promise<T> => {
    const { method, path, permit, schema } = request;
    try {
      const { body } = await transport({ method, path, permit, schema, prepare: () => prepare(request) });
      onKey(true);
      return body;
    } catch (error) {
      if (error instanceof MexcError && error.class === 'credentials') onKey(false);
      throw error;
    }
  };

  return {
    call: async (request) => {
      try {
        return await send(request);
      } catch (error) {
        if (!(error instanceof MexcError && error.resync)) throw error;
        try {
          await serverTime.sync();
        } catch {
          // The refusal tells more than a failed reading of the clock: it proves that nothing was done.
          throw error;
        }
        return send(request);
      }
    },
  };
}
