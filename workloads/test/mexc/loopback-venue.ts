import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { writeEcho, writePong, writeRefusal } from '../../src/adapters/mexc/wire/control.ts';
import { makePushCodec } from '../../src/adapters/mexc/wire/push-codec.ts';
import type { PushFrame } from '../../src/adapters/mexc/wire/push-frame.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** As it came, for signatures. */
  readonly rawQuery: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

export type Reply =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly json: unknown }
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly text: string }
  /** The connection is cut without an answer. */
  | 'reset'
  /** No answer comes. */
  | 'hang'
  /** A body without end. */
  | 'flood';

type Handler = (request: SeenRequest) => Reply;

export interface LoopbackSocket {
  readonly socket: WebSocket;
  readonly address: string;
  readonly channels: Set<string>;
  /** Channels of each subscription request. */
  readonly asked: (readonly string[])[];
  pings: number;
  open: boolean;
  /** Sockets that were open when it subscribed, itself included. */
  company: number;
}

const codec = makePushCodec();
function see({ method = '', url = '', headers }: IncomingMessage): SeenRequest {
  const [path = '', rawQuery = ''] = url.split('?');
  return { method, path, rawQuery, query: new URLSearchParams(rawQuery), headers };
}

const NOT_FOUND: Reply = { status: 404, text: 'not found' };
const MEGABYTE = 1024 * 1024;

/** A small server on 127.0.0.1 that speaks MEXC's framing and lies on demand. It judges nothing: tests do. */
export class LoopbackVenue {
  readonly requests: SeenRequest[] = [];
  readonly sockets: LoopbackSocket[] = [];
  readonly #handlers = new Map<string, Handler>();
  readonly #server: Server;
  readonly #ws: WebSocketServer;
  /** What becomes of a subscription: confirmed, refused with code 0, or not answered. */
  judge: (channel: string) => 'echo' | 'refuse' | 'ignore' = () => 'echo';
  answersPings = true;
  /** Sent as text right after the opening handshake. */
  greeting: string | undefined;

  private constructor(server: Server) {
    this.#server = server;
    this.#ws = new WebSocketServer({ server, path: '/ws' });
    server.on('request', (request, response) => {
      this.#onRequest(request, response);
    });
    this.#ws.on('connection', (socket, request) => {
      this.#onConnection(socket, request.url ?? '');
    });
  }

  static async start(): Promise<LoopbackVenue> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new LoopbackVenue(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get restUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  get open(): readonly LoopbackSocket[] {
    return this.sockets.filter(({ open }) => open);
  }

  on(method: string, path: string, handler: Handler): void {
    this.#handlers.set(`${method} ${path}`, handler);
  }

  /** Replies one after the other; the last one stays. */
  replies(method: string, path: string, ...replies: readonly Reply[]): void {
    let next = 0;
    this.on(method, path, () => {
      const reply = replies[Math.min(next, replies.length - 1)];
      next += 1;
      return reply ?? 'hang';
    });
  }

  seen(method: string, path: string): readonly SeenRequest[] {
    return this.requests.filter((request) => request.method === method && request.path === path);
  }

  /** To every socket that subscribed the frame's channel. Returns how many got it. */
  push(frame: PushFrame): number {
    const carriers = this.open.filter(({ channels }) => channels.has(frame.channel));
    for (const { socket } of carriers) socket.send(codec.encode(frame));
    return carriers.length;
  }

  pushRaw(data: Uint8Array | string): void {
    for (const { socket } of this.open) socket.send(data);
  }

  async close(): Promise<void> {
    for (const { socket } of this.sockets) socket.terminate();
    this.#ws.close();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const seen = see(request);
    this.requests.push(seen);
    const reply = this.#handlers.get(`${seen.method} ${seen.path}`)?.(seen) ?? NOT_FOUND;
    if (reply === 'reset') request.socket.destroy();
    if (reply === 'flood') this.#flood(response);
    if (typeof reply === 'string') return;
    const text = 'json' in reply ? JSON.stringify(reply.json) : reply.text;
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(text);
  }

  #flood(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    const chunk = Buffer.alloc(MEGABYTE, 0x20);
    const write = (): void => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', write);
    };
    write();
  }

  #onConnection(socket: WebSocket, address: string): void {
    const carried: LoopbackSocket = {
      socket,
      address,
      channels: new Set(),
      asked: [],
      pings: 0,
      open: true,
      company: 0,
    };
    this.sockets.push(carried);
    socket.on('close', () => {
      carried.open = false;
    });
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      this.#onMessage(carried, (data as Buffer).toString('utf8'));
    });
    if (this.greeting !== undefined) socket.send(this.greeting);
  }

  #onMessage(carried: LoopbackSocket, text: string): void {
    const {
      method,
      params = [],
      id = 0,
    } = JSON.parse(text) as { method: string; params?: string[]; id?: number };
    if (method === 'PING') {
      carried.pings += 1;
      if (this.answersPings) carried.socket.send(writePong());
      return;
    }
    if (method === 'UNSUBSCRIPTION') {
      for (const channel of params) carried.channels.delete(channel);
      carried.socket.send(writeEcho(id, params));
      return;
    }
    carried.asked.push(params);
    carried.company = this.open.length;
    const confirmed = params.filter((channel) => this.judge(channel) === 'echo');
    const refused = params.filter((channel) => this.judge(channel) === 'refuse');
    for (const channel of confirmed) carried.channels.add(channel);
    if (refused.length > 0) carried.socket.send(writeRefusal(id, refused));
    else if (confirmed.length > 0) carried.socket.send(writeEcho(id, [...confirmed].reverse()));
  }
}
