/** A worker that pushes klines over WebSocket at a steady rate, whatever the receiver does: an open loop. */
import { parentPort } from 'node:worker_threads';
import { WebSocketServer, type WebSocket } from 'ws';
import { makePushCodec } from '../../workloads/src/adapters/mexc/wire/push-codec.ts';

/** What the worker is told to do. Times are of `process.hrtime`, which all threads share. */
export interface SendOrder {
  readonly rate: number;
  readonly count: number;
  /** The price of message `i` is 1 + (first + i) / 1,000,000: by it the receiver knows which one it is. */
  readonly first: number;
}
export type SenderReport =
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'subscribed'; readonly channels: number }
  | { readonly kind: 'begun'; readonly startNs: bigint }
  | { readonly kind: 'sent' };

const SCALE = 1_000_000;
const WINDOW_S = 60;

const codec = makePushCodec();
const targets: { readonly socket: WebSocket; readonly channel: string; readonly symbol: string }[] = [];
const port = parentPort;
if (port === null) throw new Error('this is a worker');
const tell = (report: SenderReport): void => {
  port.postMessage(report);
};

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
server.on('listening', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) tell({ kind: 'port', port: address.port });
});
server.on('connection', (socket) => {
  socket.on('message', (data: Buffer) => {
    const request = JSON.parse(data.toString()) as { method: string; params?: string[]; id?: number };
    if (request.method === 'PING') socket.send('{"id":0,"code":0,"msg":"PONG"}');
    if (request.method !== 'SUBSCRIPTION') return;
    const channels = request.params ?? [];
    for (const channel of channels) targets.push({ socket, channel, symbol: channel.split('@')[2] ?? '' });
    socket.send(JSON.stringify({ id: request.id ?? 0, code: 0, msg: channels.join(',') }));
    tell({ kind: 'subscribed', channels: targets.length });
  });
});

function push(index: number): void {
  const target = targets[index % targets.length];
  if (target === undefined) return;
  const { socket, channel, symbol } = target;
  const now = Date.now();
  const windowStart = Math.floor(now / 1_000 / WINDOW_S) * WINDOW_S;
  const price = (1 + index / SCALE).toFixed(6);
  socket.send(
    codec.encode({
      kind: 'kline',
      channel,
      symbol,
      time: now,
      body: {
        interval: 'Min1',
        windowStart,
        openingPrice: '1',
        closingPrice: price,
        highestPrice: price,
        lowestPrice: '1',
        volume: `${index + 1}`,
        amount: `${index + 1}`,
        windowEnd: windowStart + WINDOW_S,
      },
    }),
  );
}

port.on('message', ({ rate, count, first }: SendOrder) => {
  const startNs = process.hrtime.bigint();
  tell({ kind: 'begun', startNs });
  let sent = 0;
  const turn = (): void => {
    const due = Math.min(count, Math.floor((Number(process.hrtime.bigint() - startNs) / 1e9) * rate));
    for (; sent < due; sent += 1) push(first + sent);
    if (sent < count) setImmediate(turn);
    else tell({ kind: 'sent' });
  };
  turn();
});
