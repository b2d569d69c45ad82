import type { Duration, Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { MexcError, notSent, unusableReply } from './errors.ts';
import { networkError } from './network-error.ts';
import type { MexcMetrics } from './mexc-metrics.ts';
import type { Permit, RateLimiter } from './rate-limiter.ts';
import { redactValues } from './redaction.ts';
import { readReply, type ReplySchema } from './reply-schema.ts';
import { type HttpReply, replyError } from './reply-error.ts';
import { parseExactJson } from './wire/exact-json.ts';
import { errorReply } from './wire/rest-fields.ts';

/** The standard fetch; tests and proxies bring their own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What is decided only when the rate budget is there: a signed request is stamped and signed at that moment. */
export interface Prepared {
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Texts that must not stand in an error even when the venue repeats them. */
  readonly secrets?: readonly string[];
}

export interface HttpRequest<T> {
  readonly method: Method;
  /** From the root, e.g. `/api/v3/time`. */
  readonly path: string;
  readonly permit: Permit;
  readonly prepare: () => Promise<Prepared>;
  /** What the body has to be. */
  readonly schema: ReplySchema<T>;
  /** The largest body that is read. */
  readonly maxBytes?: number;
}

export interface HttpAnswer<T> {
  readonly body: T;
  readonly sentAt: Timestamp;
  readonly receivedAt: Timestamp;
}

export interface HttpTransportDeps {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly limiter: RateLimiter;
  readonly metrics: MexcMetrics;
  /** Scheme and host, e.g. `https://api.mexc.com`. */
  readonly baseUrl: string;
  /** From sending to the last byte of the body. */
  readonly timeout: Duration;
}

/** One HTTP exchange within the rate budget. It repeats nothing. @throws MexcError */
export type HttpTransport = <T>(request: HttpRequest<T>) => Promise<HttpAnswer<T>>;

const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** The body as text, or undefined when it is larger than allowed; the rest is not read then. */
async function readBounded(response: Response, maxBytes: number): Promise<string | undefined> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toReply(response: Response, text: string, secrets: readonly string[]): HttpReply {
  const base = { status: response.status, retryAfter: response.headers.get('retry-after') };
  let json: unknown;
  try {
    json = parseExactJson(text);
  } catch {
    return { ...base, json: undefined };
  }
  const refusal = errorReply.safeParse(json).data;
  const failed = refusal !== undefined && refusal.code !== 0 && refusal.code !== 200;
  return failed
    ? { ...base, json, refusal: { code: refusal.code, message: redactValues(refusal.msg ?? '', secrets) } }
    : { ...base, json };
}

/** fetch under a time limit that also covers the body. */
async function exchange(
  deps: HttpTransportDeps,
  request: HttpRequest<unknown>,
  prepared: Prepared,
): Promise<HttpReply> {
  const { method, path, maxBytes = MAX_BODY_BYTES } = request;
  const what = `${method} ${path}`;
  const abort = new AbortController();
  const cancel = deps.clock.after(deps.timeout, () => {
    abort.abort();
  });
  try {
    const address = `${deps.baseUrl}${path}${prepared.query === '' ? '' : `?${prepared.query}`}`;
    const response = await deps.fetch(address, {
      method,
      headers: prepared.headers,
      // A signed request must never follow a redirect to somebody else.
      redirect: 'manual',
      signal: abort.signal,
    });
    const text = await readBounded(response, maxBytes);
    if (text === undefined) {
      throw unusableReply(
        'BODY_TOO_LARGE',
        `${what}: the body is larger than ${maxBytes} bytes`,
        response.status,
      );
    }
    return toReply(response, text, prepared.secrets ?? []);
  } catch (error) {
    if (error instanceof MexcError) throw error;
    if (abort.signal.aborted) {
      throw unusableReply('TIMEOUT', `${what}: no full answer within ${deps.timeout} ms`);
    }
    throw networkError(error, what);
  } finally {
    cancel();
  }
}

export function makeHttpTransport(deps: HttpTransportDeps): HttpTransport {
  const { clock, limiter, metrics } = deps;
  const attempt = async <T>(request: HttpRequest<T>): Promise<HttpAnswer<T>> => {
    await limiter.acquire(request.permit);
    const prepared = await request.prepare();
    const { deadline } = request.permit;
    const sentAt = clock.now();
    if (deadline !== undefined && sentAt >= deadline) {
      throw notSent(
        'TOO_LATE',
        'terminal',
        `${request.method} ${request.path}: its deadline passed before it was sent`,
      );
    }
    const reply = await exchange(deps, request, prepared);
    const error = replyError(reply, `${request.method} ${request.path}`);
    if (error === undefined) {
      const body = readReply(request.schema, reply.json, `${request.method} ${request.path}`);
      return { body, sentAt, receivedAt: clock.now() };
    }
    // Only limits of the whole address carry a quiet time; a refusal of one request does not silence the others.
    if (error.retryAfter !== undefined) limiter.pause(error.retryAfter);
    throw error;
  };
  return async (request) => {
    const endpoint = `${request.method} ${request.path}`;
    try {
      const answer = await attempt(request);
      metrics.requests.add(1, { endpoint, outcome: 'OK' });
      return answer;
    } catch (error) {
      metrics.requests.add(1, { endpoint, outcome: error instanceof MexcError ? error.code : 'INTERNAL' });
      throw error;
    }
  };
}
