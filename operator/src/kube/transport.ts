/**
 * HTTP to the API server: node:https with the settings of a KubeConfig. No retries here; each caller knows its own.
 * Requests share kept-alive connections; a stream has a connection of its own, closed by whoever reads it.
 */
import http from 'node:http';
import https from 'node:https';
import { createHash } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from './clock.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { KubeError, parseRetryAfter } from './errors.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Until the whole answer; of a stream, the longest silence. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly body: string;
}

export interface HttpStream {
  readonly status: number;
  readonly retryAfter: number | undefined;
  /** Whole lines; ends when the server closes, throws when the connection breaks or stays silent too long. */
  readonly lines: AsyncIterable<string>;
  readonly close: () => void;
}

export interface Transport {
  request(request: HttpRequest): Promise<HttpAnswer>;
  stream(request: HttpRequest): Promise<HttpStream>;
  close(): void;
}

/** What is told of every request that ended: for metrics. `status` is 0 where no answer came. */
export type OnRequest = (request: HttpRequest, status: number) => void;

const DEFAULT_TIMEOUT = 30_000;
/** Tokens and certificates are read again this often, and at once after a 401. */
const CREDENTIALS_AGE = 10_000;
const MOST_SOCKETS = 64;
/** Silence after which TCP asks whether the other side is still there, ms. */
const KEEP_ALIVE = 30_000;
/** Answers larger than this are refused: the API server's own limit for objects is far below. */
const MOST_BYTES = 512 * 1024 * 1024;

interface Credentials {
  readonly options: https.RequestOptions;
  readonly agent: http.Agent;
  readonly fingerprint: string;
  readonly until: number;
}

/** @throws RangeError when the current context names no server, or one behind a proxy */
export function makeTransport(
  config: ClusterAccess,
  deps: { readonly clock: Clock; readonly userAgent: string; readonly onRequest?: OnRequest },
): Transport {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new RangeError('kubeconfig: the current context names no cluster');
  if (cluster.proxyUrl !== undefined) {
    throw new RangeError(
      'kubeconfig: proxy-url is not supported; run the operator where it reaches the server',
    );
  }
  return new HttpTransport(config, new URL(cluster.server), deps);
}

class HttpTransport implements Transport {
  readonly #config: ClusterAccess;
  readonly #server: URL;
  readonly #deps: { readonly clock: Clock; readonly userAgent: string; readonly onRequest?: OnRequest };
  #credentials: Credentials | undefined;

  constructor(
    config: ClusterAccess,
    server: URL,
    deps: { readonly clock: Clock; readonly userAgent: string; readonly onRequest?: OnRequest },
  ) {
    this.#config = config;
    this.#server = server;
    this.#deps = deps;
  }

  async request(request: HttpRequest): Promise<HttpAnswer> {
    const deadline = AbortSignal.timeout(request.timeout ?? DEFAULT_TIMEOUT);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
    try {
      const response = await this.#send(request, signal, true);
      const body = await readBody(response);
      return { status: response.statusCode ?? 0, retryAfter: this.#retryAfter(response), body };
    } catch (error) {
      this.#deps.onRequest?.(request, 0);
      throw networkError(error, request, deadline.aborted);
    }
  }

  async stream(request: HttpRequest): Promise<HttpStream> {
    const controller = new AbortController();
    const signal =
      request.signal === undefined ? controller.signal : AbortSignal.any([controller.signal, request.signal]);
    const silence = request.timeout ?? DEFAULT_TIMEOUT;
    const first = this.#deps.clock.after(silence, () => {
      controller.abort(new Error('no answer'));
    });
    try {
      const response = await this.#send(request, signal, false);
      response.setTimeout(silence, () => {
        response.destroy(new KubeError('TIMEOUT', `${request.path}: silent for ${silence} ms`));
      });
      return {
        status: response.statusCode ?? 0,
        retryAfter: this.#retryAfter(response),
        lines: readLines(response, request),
        close: () => {
          controller.abort();
        },
      };
    } catch (error) {
      this.#deps.onRequest?.(request, 0);
      throw networkError(error, request, controller.signal.aborted);
    } finally {
      first();
    }
  }

  close(): void {
    this.#credentials?.agent.destroy();
    this.#credentials = undefined;
  }

  async #send(request: HttpRequest, signal: AbortSignal, shared: boolean): Promise<http.IncomingMessage> {
    signal.throwIfAborted();
    const { options, agent } = await this.#currentCredentials();
    const path = joinPath(this.#server.pathname, request);
    const headers: http.OutgoingHttpHeaders = {
      ...(options.headers as http.OutgoingHttpHeaders),
      accept: 'application/json',
      'user-agent': this.#deps.userAgent,
      ...(request.body === undefined
        ? {}
        : {
            'content-type': request.contentType ?? 'application/json',
            'content-length': Buffer.byteLength(request.body),
          }),
      ...request.headers,
    };
    const secure = this.#server.protocol === 'https:';
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const outgoing = (secure ? https : http).request(
        {
          ...options,
          host: this.#server.hostname.replace(/^\[|\]$/g, ''),
          port: this.#server.port === '' ? (secure ? 443 : 80) : Number(this.#server.port),
          method: request.method,
          path,
          headers,
          signal,
          agent: shared ? agent : false,
        },
        resolve,
      );
      outgoing.on('error', reject);
      // The agent does so for those it keeps.
      if (!shared) outgoing.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE));
      outgoing.end(request.body);
    });
    this.#deps.onRequest?.(request, response.statusCode ?? 0);
    if (response.statusCode === 401 && this.#credentials) {
      this.#credentials = { ...this.#credentials, until: 0 };
    }
    return response;
  }

  async #currentCredentials(): Promise<Credentials> {
    const now = this.#deps.clock.monotonic();
    const known = this.#credentials;
    if (known !== undefined && now < known.until) return known;
    const options: https.RequestOptions = { headers: {} };
    await this.#config.applyToHTTPSOptions(options);
    delete options.agent;
    const { ca, cert, key, servername } = options;
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([ca, cert, key, servername]))
      .digest('hex');
    const same = this.#credentials?.fingerprint === fingerprint;
    if (!same) this.#credentials?.agent.destroy();
    const Agent = this.#server.protocol === 'https:' ? https.Agent : http.Agent;
    const agent =
      same && this.#credentials
        ? this.#credentials.agent
        : new Agent({ keepAlive: true, keepAliveMsecs: KEEP_ALIVE, maxSockets: MOST_SOCKETS });
    // It serves one server with one set of credentials; by itself it would write all of them down for every request.
    agent.getName = () => this.#server.host;
    const fresh = { options, agent, fingerprint, until: now + CREDENTIALS_AGE };
    this.#credentials = fresh;
    return fresh;
  }

  #retryAfter(response: http.IncomingMessage): number | undefined {
    return parseRetryAfter(response.headers['retry-after'], this.#deps.clock.now());
  }
}

function joinPath(prefix: string, { path, query }: HttpRequest): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return `${prefix.replace(/\/$/, '')}${path}${text === '' ? '' : `?${text}`}`;
}

/** By events: a list comes in thousands of pieces, and to await each takes as long as to decrypt it. */
function readBody(response: http.IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    response.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MOST_BYTES) chunks.push(chunk);
      else response.destroy(new RangeError(`the answer is longer than ${MOST_BYTES} bytes`));
    });
    response.once('error', reject);
    // After a whole answer this comes too late to matter.
    response.once('close', () => {
      reject(new Error('the answer broke off'));
    });
    response.once('end', () => {
      resolve(Buffer.concat(chunks, length).toString('utf8'));
    });
  });
}

async function* readLines(response: http.IncomingMessage, request: HttpRequest): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      const parts = (rest + decoder.write(chunk)).split('\n');
      rest = parts.pop() ?? '';
      yield* parts.filter((line) => line !== '');
    }
    if (rest !== '') yield rest;
  } catch (error) {
    throw error instanceof KubeError ? error : networkError(error, request, false);
  } finally {
    response.destroy();
  }
}

/** Whose doing it was decides the code: ours (abort), the clock's, or the network's. */
function networkError(error: unknown, request: HttpRequest, timedOut: boolean): KubeError {
  const what = `${request.method} ${request.path}`;
  if (error instanceof KubeError) return error;
  if (request.signal?.aborted) return new KubeError('ABORTED', `${what}: aborted`, { cause: error });
  if (timedOut) return new KubeError('TIMEOUT', `${what}: no answer in time`, { cause: error });
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new KubeError('UNREACHABLE', `${what}: ${code}`, { cause: error });
}
