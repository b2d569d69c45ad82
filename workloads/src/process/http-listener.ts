import { createServer, type RequestListener } from 'node:http';
import { type Duration, SECOND } from '../domain/time.ts';
import { EXIT, type ExitError } from './exit-code.ts';

/** What a slow or greedy client may cost: nobody but probes, Prometheus, the operator and people with a token calls. */
const LIMITS = {
  maxHeaderSize: 8 * 1_024,
  headersTimeout: 5 * SECOND,
  requestTimeout: 10 * SECOND,
  keepAliveTimeout: 5 * SECOND,
  connectionsCheckingInterval: SECOND,
} as const satisfies Readonly<Record<string, Duration>>;
const MAX_HEADERS = 64;
const MAX_CONNECTIONS = 128;

export interface Listener {
  readonly port: number;
  /** Takes no more requests and ends open connections. Idempotent. */
  close(): Promise<void>;
}

export class PortTakenError extends Error implements ExitError {
  readonly code = 'PORT_TAKEN';
  readonly retryable = true;
  readonly exitCode = EXIT.UNAVAILABLE;
  constructor(message: string, options: { readonly cause: unknown }) {
    super(message, options);
    this.name = 'PortTakenError';
  }
}

/** Serve HTTP at an address. @throws PortTakenError when it cannot listen there */
export async function listen(
  handle: RequestListener,
  at: { readonly host: string; readonly port: number; readonly name: string },
): Promise<Listener> {
  const server = createServer(LIMITS, handle);
  server.maxHeadersCount = MAX_HEADERS;
  server.maxConnections = MAX_CONNECTIONS;
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen(at.port, at.host, () => {
    resolve(undefined);
  });
  try {
    await promise;
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new PortTakenError(
      `the ${at.name} server cannot listen on ${at.host}:${at.port} (${reason}); do: free the port, or change ports.${at.name}`,
      { cause: error },
    );
  }
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : at.port;
  let closed: Promise<void> | undefined;
  return {
    port,
    close: () => {
      closed ??= new Promise((done) => {
        server.close(() => {
          done();
        });
        server.closeAllConnections();
      });
      return closed;
    },
  };
}
