/**
 * A proxy in front of the real API server that records every request and does harm where a test says so.
 */
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { ApiServer } from '../../../cdk8s/test/support/api-server.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly userAgent: string;
  /** As far as it has arrived. */
  body: string;
  /** Of the answer; 0 until then. */
  status: number;
}

export type Fault =
  /** Answer in the server's place. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  /** Let so many bytes of the answer through, then reset the connection. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Do what is asked and never answer. */
  | { readonly kind: 'lost-answer' }
  /** Take the connection and stay silent. */
  | { readonly kind: 'silence' }
  /** A few bytes at a time. */
  | { readonly kind: 'slow'; readonly chunk: number }
  /** Another body than the server's. */
  | { readonly kind: 'rewrite'; readonly change: (body: string) => string };

export interface FaultProxy {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** Requests so far that ask for a change. */
  writes(): readonly SeenRequest[];
  forget(): void;
  /** Ask before each request; undefined: pass it on. */
  harm(fault: (request: SeenRequest) => Fault | undefined): void;
  heal(): void;
  /** Reset every open connection. */
  cutAll(): void;
  close(): Promise<void>;
}

const STATUS_BODY = (status: number): string =>
  JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    code: status,
    reason: 'Injected',
  });

export async function startFaultProxy(server: ApiServer): Promise<FaultProxy> {
  const target = new URL(server.url);
  const agent = new https.Agent({ keepAlive: true, ca: server.ca, maxSockets: 256 });
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let choose: (request: SeenRequest) => Fault | undefined = () => undefined;

  const proxy = http.createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://proxy');
    const entry: SeenRequest = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      userAgent: incoming.headers['user-agent'] ?? '',
      body: '',
      status: 0,
    };
    seen.push(entry);
    incoming.on('data', (chunk: Buffer) => (entry.body += chunk.toString('latin1')));
    const fault = choose(entry);
    if (fault?.kind === 'silence') {
      incoming.resume();
      return;
    }
    if (fault?.kind === 'status') {
      incoming.resume();
      entry.status = fault.status;
      outgoing.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      outgoing.end(STATUS_BODY(fault.status));
      return;
    }
    const onward = https.request(
      {
        agent,
        ca: server.ca,
        host: target.hostname,
        port: target.port,
        method: incoming.method,
        path: incoming.url,
        headers: { ...incoming.headers, host: target.host },
      },
      (answer) => {
        entry.status = answer.statusCode ?? 0;
        relay(answer, outgoing, fault);
      },
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  proxy.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    seen,
    writes: () => seen.filter(({ method }) => method !== 'GET' && method !== 'HEAD'),
    forget: () => {
      seen.length = 0;
    },
    harm: (fault) => {
      choose = fault;
    },
    heal: () => {
      choose = () => undefined;
    },
    cutAll: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await new Promise<void>((resolve) => {
        proxy.close(() => {
          resolve();
        });
      });
    },
  };
}

function relay(answer: http.IncomingMessage, outgoing: http.ServerResponse, fault: Fault | undefined): void {
  if (fault?.kind === 'lost-answer') {
    answer.resume();
    answer.on('end', () => outgoing.destroy());
    return;
  }
  if (fault?.kind === 'rewrite') {
    rewrite(answer, outgoing, fault.change);
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  if (fault === undefined) {
    answer.pipe(outgoing);
    return;
  }
  if (fault.kind === 'cut') cut(answer, outgoing, fault.afterBytes);
  else if (fault.kind === 'slow') void drip(answer, outgoing, fault.chunk);
}

function rewrite(
  answer: http.IncomingMessage,
  outgoing: http.ServerResponse,
  change: (body: string) => string,
): void {
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  answer.on('end', () => {
    outgoing.writeHead(answer.statusCode ?? 502, { 'content-type': 'application/json' });
    outgoing.end(change(Buffer.concat(chunks).toString()));
  });
}

function cut(answer: http.IncomingMessage, outgoing: http.ServerResponse, afterBytes: number): void {
  let left = afterBytes;
  answer.on('data', (chunk: Buffer) => {
    if (left <= 0) return;
    outgoing.write(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) setImmediate(() => outgoing.socket?.resetAndDestroy());
  });
  answer.on('end', () => outgoing.end());
}

async function drip(
  answer: http.IncomingMessage,
  outgoing: http.ServerResponse,
  size: number,
): Promise<void> {
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; at += size) {
      outgoing.write(chunk.subarray(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  outgoing.end();
}
