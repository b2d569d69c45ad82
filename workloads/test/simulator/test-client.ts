import { WebSocket } from 'ws';
import { makePushCodec } from '../../src/adapters/mexc/wire/push-codec.ts';
import type { DecodedPush, PushFrame, PushKind } from '../../src/adapters/mexc/wire/push-frame.ts';

type Told = { readonly id?: number; readonly code?: number; readonly msg: string };

/** A bare client of the WebSocket that keeps everything it was sent. */
export interface TestClient {
  readonly acks: Told[];
  readonly frames: DecodedPush[];
  /** Frames that could not be decoded. */
  readonly broken: Buffer[];
  readonly isClosed: () => boolean;
  /** Whether the server said goodbye with a close frame. */
  readonly closeCode: () => number | undefined;
  send(message: unknown): void;
  /** Sends and waits for the next text. */
  ask(message: unknown): Promise<Told>;
  /** Frames of one kind so far. */
  of<Kind extends PushKind>(kind: Kind): readonly Extract<PushFrame, { readonly kind: Kind }>[];
  /** Resolves when the condition holds; checked whenever something arrives. */
  until(condition: () => boolean): Promise<void>;
  close(): void;
}

const readText = (text: string): Told => {
  try {
    return JSON.parse(text) as Told;
  } catch {
    return { msg: text };
  }
};

export async function connect(url: string): Promise<TestClient> {
  const socket = new WebSocket(url);
  const codec = makePushCodec();
  const acks: Told[] = [];
  const frames: DecodedPush[] = [];
  const broken: Buffer[] = [];
  const waiting = new Set<() => void>();
  let code: number | undefined;
  const changed = (): void => {
    for (const check of waiting) check();
  };
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) acks.push(readText(data.toString('utf8')));
    else {
      try {
        frames.push(codec.decode(data));
      } catch {
        broken.push(data);
      }
    }
    changed();
  });
  socket.on('close', (closed) => {
    code = closed;
    changed();
  });
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!condition()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  const send = (message: unknown): void => {
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  };
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return {
    acks,
    frames,
    broken,
    isClosed: () => code !== undefined,
    closeCode: () => code,
    send,
    ask: async (message) => {
      const before = acks.length;
      send(message);
      await until(() => acks.length > before);
      return acks[before]!;
    },
    of: (kind) => frames.filter((frame) => frame.kind === kind) as never,
    until,
    close: () => {
      socket.terminate();
    },
  };
}
