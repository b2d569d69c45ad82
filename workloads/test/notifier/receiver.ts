/** A receiver of messages on loopback that answers as it is told: with a status, late, never, or by hanging up. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Behaviour =
  | 'hang'
  | 'hang-up'
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    };

export interface ReceivedMessage {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Receiver {
  readonly url: string;
  /** Every request, in order, whatever it was answered with. */
  readonly messages: readonly ReceivedMessage[];
  /** What the next requests meet; afterwards, and without any, they are taken. */
  next(...behaviours: readonly Behaviour[]): void;
  close(): Promise<void>;
}

const TAKEN: Behaviour = { status: 200, body: { ok: true } };

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Readonly<Record<string, unknown>>;
}

function answer(response: ServerResponse, behaviour: Behaviour): void {
  if (behaviour === 'hang') return;
  if (behaviour === 'hang-up') {
    response.destroy();
    return;
  }
  response.writeHead(behaviour.status, { 'content-type': 'application/json', ...behaviour.headers });
  response.end(JSON.stringify(behaviour.body ?? {}));
}

export async function startReceiver(): Promise<Receiver> {
  const messages: ReceivedMessage[] = [];
  const behaviours: Behaviour[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      messages.push({ path: request.url ?? '', authorization: request.headers.authorization, body });
      answer(response, behaviours.shift() ?? TAKEN);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    messages,
    next: (...more) => {
      behaviours.push(...more);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
