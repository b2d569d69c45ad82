import { writeEcho, writeInvalidFormat, writePong, writeRefusal } from '../../adapters/mexc/wire/control.ts';
import { SECOND, type Timestamp } from '../../domain/time.ts';
import type { FaultDesk } from '../faults/fault-desk.ts';
import type { Channel } from './channel.ts';
import type { SocketSettings } from './socket-settings.ts';

/** The part of a WebSocket a connection needs. */
export interface ClientSocket {
  readonly bufferedAmount: number;
  send(data: string | Uint8Array): void;
  close(): void;
  /** Cuts the connection without a close frame. */
  terminate(): void;
  /** Reads no more. */
  pause(): void;
}

/** What a connection asks of the server it belongs to. */
export interface ConnectionHost {
  readonly settings: SocketSettings;
  readonly faults: FaultDesk;
  now(): Timestamp;
  /** Undefined: the venue does not serve it to this connection. */
  resolve(name: string, connection: Connection): Channel | undefined;
  onSubscribe(name: string, channel: Channel, connection: Connection): void;
  onUnsubscribe(name: string, connection: Connection): void;
}

interface Request {
  readonly method: string;
  readonly channels: readonly string[];
  readonly id: number;
}

/** More channels than anybody could use are not even read. */
const MOST_CHANNELS = 200;
/** Field 9999 with the value 1: a field that no client knows. */
const UNKNOWN_FIELD = Uint8Array.of(0xf8, 0xf0, 0x04, 0x01);

const isStringList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= MOST_CHANNELS && value.every((one) => typeof one === 'string');

function readRequest(text: string): Request | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { method, params = [], id } = parsed as Readonly<Record<string, unknown>>;
  if (typeof method !== 'string' || !isStringList(params)) return undefined;
  const isUnsigned = typeof id === 'number' && Number.isSafeInteger(id) && id >= 0;
  return { method, channels: params, id: isUnsigned ? id : 0 };
}

/** One client on the WebSocket: its subscriptions, its clocks, and the faults that strike it. */
export class Connection {
  readonly id: number;
  /** '' on a public connection. */
  readonly listenKey: string;
  readonly #socket: ClientSocket;
  readonly #host: ConnectionHost;
  readonly #openedAt: Timestamp;
  readonly #subscriptions = new Set<string>();
  #slots = 0;
  #heardAt: Timestamp;
  #messages = { second: 0, count: 0 };
  #isStalled = false;
  #heldBack: Uint8Array | undefined;

  constructor(id: number, listenKey: string, socket: ClientSocket, host: ConnectionHost) {
    this.id = id;
    this.listenKey = listenKey;
    this.#socket = socket;
    this.#host = host;
    this.#openedAt = host.now();
    this.#heardAt = this.#openedAt;
  }

  get subscriptions(): readonly string[] {
    return [...this.#subscriptions];
  }

  get isStalled(): boolean {
    return this.#isStalled;
  }

  /** A text frame of the client. */
  receive(text: string): void {
    if (this.#isStalled) return;
    if (this.#isFlooding()) {
      this.cut();
      return;
    }
    const request = readRequest(text);
    if (request === undefined) this.#socket.send(writeInvalidFormat());
    else this.#answer(request);
  }

  /** A frame of a channel this connection is subscribed to. */
  push(name: string, frame: Uint8Array): void {
    const { faults, settings } = this.#host;
    if (this.#isStalled || faults.strike('silent-channel', name) !== undefined) return;
    if (faults.strike('stall', name) !== undefined) {
      this.stall();
      return;
    }
    if (this.#socket.bufferedAmount > settings.maxWaitingBytes) {
      this.cut();
      return;
    }
    this.#heardAt = this.#host.now();
    this.#pushThrough(name, frame);
  }

  /** Why the venue would end this connection now, which it then does. */
  sweep(now: Timestamp): 'lifetime' | 'unsubscribed' | 'silent' | undefined {
    const { lifetime, silence, subscribeWithin } = this.#host.settings;
    if (now - this.#openedAt >= lifetime) {
      this.#socket.close();
      return 'lifetime';
    }
    if (this.#subscriptions.size === 0 && now - this.#openedAt >= subscribeWithin) {
      this.#socket.close();
      return 'unsubscribed';
    }
    if (now - this.#heardAt < silence || this.#isStalled) return undefined;
    this.cut();
    return 'silent';
  }

  /** Nothing comes or goes any more; the connection stays open. */
  stall(): void {
    this.#isStalled = true;
    this.#socket.pause();
  }

  cut(): void {
    this.#socket.terminate();
  }

  #pushThrough(name: string, frame: Uint8Array): void {
    const { faults } = this.#host;
    if (faults.strike('drop-frames', name) !== undefined) return;
    const sent = this.#spoil(name, frame);
    if (this.#heldBack === undefined && faults.strike('reorder-frames', name) !== undefined) {
      this.#heldBack = sent;
      return;
    }
    this.#socket.send(sent);
    if (faults.strike('duplicate-frames', name) !== undefined) this.#socket.send(sent);
    const late = this.#heldBack;
    this.#heldBack = undefined;
    if (late !== undefined) this.#socket.send(late);
  }

  #spoil(name: string, frame: Uint8Array): Uint8Array {
    const { faults } = this.#host;
    if (faults.strike('broken-frames', name) !== undefined) {
      return frame.subarray(0, Math.ceil(frame.length / 2));
    }
    return faults.strike('unknown-fields', name) === undefined
      ? frame
      : Buffer.concat([frame, UNKNOWN_FIELD]);
  }

  #isFlooding(): boolean {
    const second = Math.floor(this.#host.now() / SECOND);
    if (this.#messages.second !== second) this.#messages = { second, count: 0 };
    this.#messages.count += 1;
    return this.#messages.count > this.#host.settings.maxMessagesPerSecond;
  }

  #answer(request: Request): void {
    switch (request.method.toUpperCase()) {
      case 'PING':
        this.#heardAt = this.#host.now();
        this.#socket.send(writePong());
        break;
      case 'SUBSCRIPTION':
        this.#subscribe(request);
        break;
      case 'UNSUBSCRIPTION':
        this.#unsubscribe(request);
        break;
      default:
        this.#socket.send(writeInvalidFormat());
    }
  }

  #subscribe({ id, channels }: Request): void {
    const refused = channels.filter((name) => !this.#take(name));
    if (this.#host.faults.strike('drop-acks', channels.join(',')) !== undefined) return;
    this.#socket.send(refused.length > 0 ? writeRefusal(id, refused) : writeEcho(id, channels));
  }

  /** Subscribes to one channel, if the venue serves it and there is room. */
  #take(name: string): boolean {
    if (this.#subscriptions.has(name)) return true;
    const channel = this.#host.resolve(name, this);
    if (channel === undefined || this.#slots >= this.#host.settings.maxSubscriptions) return false;
    this.#subscriptions.add(name);
    this.#slots += 1;
    this.#heardAt = this.#host.now();
    this.#host.onSubscribe(name, channel, this);
    return true;
  }

  #unsubscribe({ id, channels }: Request): void {
    for (const name of channels) {
      if (!this.#subscriptions.delete(name)) continue;
      if (this.#host.settings.unsubscribeFreesSlot) this.#slots -= 1;
      this.#host.onUnsubscribe(name, this);
    }
    if (this.#host.faults.strike('drop-acks', channels.join(',')) !== undefined) return;
    this.#socket.send(writeEcho(id, channels));
  }
}
