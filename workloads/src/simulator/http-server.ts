import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { type AdminTools, answerAdmin, isAdminPath } from './admin/admin-api.ts';
import { answerRequest, brokenReply, type RestDesk } from './rest/rest-api.ts';
import type { RestCut, RestReply, RestRequest } from './rest/rest-call.ts';
import type { SocketDesk } from './ws/socket-desk.ts';

/** No request is larger; what is longer is cut off with 413. */
const MOST_BODY = 256 * 1024;
const MOST_CLIENT_FRAME = 64 * 1024;
const KEEP_ALIVE = 65_000;
const SOCKET_PATH = '/ws';

export interface ServerTools {
  readonly rest: RestDesk;
  readonly admin: AdminTools;
  readonly sockets: SocketDesk;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RunningServer {
  /** The port that was given, or that the system chose for 0. */
  readonly port: number;
  close(): Promise<void>;
}

/** Undefined when it is too long. */
async function readBody(message: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Path and query as sent: the signature covers the query's very characters. */
function splitTarget(target: string): readonly [string, string] {
  const at = target.indexOf('?');
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}

function requestOf(message: IncomingMessage, body: string): RestRequest {
  const [path, query] = splitTarget(message.url ?? '/');
  return {
    method: message.method ?? 'GET',
    path,
    query,
    body,
    headers: message.headers,
    address: message.socket.remoteAddress ?? '',
  };
}

const TOO_LARGE: RestReply = {
  kind: 'reply',
  status: 413,
  headers: { 'content-type': 'text/html', connection: 'close' },
  body: '<HTML><BODY><H1>413 Request Entity Too Large</H1></BODY></HTML>\n',
  delay: 0,
};

async function answer(message: IncomingMessage, tools: ServerTools): Promise<RestReply | RestCut> {
  const body = await readBody(message);
  if (body === undefined) return TOO_LARGE;
  const request = requestOf(message, body);
  try {
    return isAdminPath(request.path)
      ? await answerAdmin(request, tools.admin)
      : answerRequest(request, tools.rest);
  } catch (error) {
    tools.logger.error({ error, path: request.path }, 'the simulator failed to answer');
    return brokenReply(error);
  }
}

function send(reply: RestReply, response: ServerResponse, clock: Clock): void {
  const write = (): void => {
    response.writeHead(reply.status, reply.headers).end(reply.body);
  };
  if (reply.delay > 0) clock.after(reply.delay, write);
  else write();
}

async function serve(message: IncomingMessage, response: ServerResponse, tools: ServerTools): Promise<void> {
  try {
    const reply = await answer(message, tools);
    if (reply.kind === 'cut') message.socket.destroy();
    else send(reply, response, tools.clock);
  } catch (error) {
    // The client went away while it was still sending.
    tools.logger.debug({ error }, 'a request ended early');
    message.socket.destroy();
  }
}

function join(socket: WebSocket, listenKey: string, { sockets, logger }: ServerTools): void {
  socket.on('error', (error) => {
    logger.debug({ error }, 'a client broke the WebSocket protocol');
  });
  const connection = sockets.open(
    {
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
      send: (data) => {
        socket.send(data);
      },
      close: () => {
        socket.close();
      },
      terminate: () => {
        socket.terminate();
      },
      pause: () => {
        socket.pause();
      },
    },
    listenKey,
  );
  if (connection === undefined) return;
  socket.on('message', (data, isBinary) => {
    connection.receive(isBinary || !Buffer.isBuffer(data) ? '' : data.toString('utf8'));
  });
  socket.on('close', () => {
    sockets.closed(connection);
  });
}

function upgrade(server: Server, tools: ServerTools): WebSocketServer {
  const clients = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_CLIENT_FRAME,
    perMessageDeflate: false,
  });
  server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    const [path, query] = splitTarget(message.url ?? '/');
    if (path !== SOCKET_PATH) {
      socket.destroy();
      return;
    }
    const listenKey = new URLSearchParams(query).get('listenKey') ?? '';
    clients.handleUpgrade(message, socket, head, (client) => {
      join(client, listenKey, tools);
    });
  });
  return clients;
}

/** Serves REST, WebSocket and admin API on one port. @throws the system's error when it cannot listen */
export async function startServer(
  { host, port }: { readonly host: string; readonly port: number },
  tools: ServerTools,
): Promise<RunningServer> {
  const server = createServer((message, response) => {
    void serve(message, response, tools);
  });
  const clients = upgrade(server, tools);
  // Longer than clients keep an idle connection: else one may be closed just as a request is sent on it.
  server.keepAliveTimeout = KEEP_ALIVE;
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      for (const client of clients.clients) client.terminate();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
