import type { Duration, Timestamp } from '../../domain/time.ts';
import { SECOND } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { OpenSocket, Socket, SocketEnd } from './socket.ts';
import { MAX_CHANNELS_PER_REQUEST, MAX_SUBSCRIPTIONS_PER_CONNECTION } from './wire/channels.ts';
import { type ControlReply, readReply, writeRequest } from './wire/control.ts';

export type ConnectionEnd =
  SocketEnd | 'CONNECT_TIMEOUT' | 'SILENT' | 'SUBSCRIPTION_UNCONFIRMED' | 'INVALID_LISTEN_KEY';

export interface WsConnectionSettings {
  readonly connectTimeout: Duration;
  /** The venue drops an idle socket after 60 s without a word; a PING every 15 to 20 s holds it. */
  readonly pingEvery: Duration;
  /** A PING not followed by any frame for so long: the socket is dead. */
  readonly pongTimeout: Duration;
  readonly ackTimeout: Duration;
  /** Subscription requests for one channel before the connection is given up. */
  readonly subscribeTries: number;
  readonly maxFrameBytes: number;
}

export const WS_CONNECTION_SETTINGS: WsConnectionSettings = {
  connectTimeout: 10 * SECOND,
  pingEvery: 17 * SECOND,
  pongTimeout: 8 * SECOND,
  ackTimeout: 5 * SECOND,
  subscribeTries: 3,
  maxFrameBytes: 1024 * 1024,
};

export interface WsConnectionEvents {
  readonly pushed: (bytes: Uint8Array) => void;
  /** Every channel asked for so far is confirmed or refused. May come again after further subscriptions. */
  readonly settled: () => void;
  readonly refused: (channels: readonly string[]) => void;
  /** A text that says nothing that is known. */
  readonly unreadable: () => void;
  /** Once; not after `close`. */
  readonly ended: (reason: ConnectionEnd) => void;
}

export interface WsConnectionDeps {
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly settings: WsConnectionSettings;
}

interface Pending {
  tries: number;
  askedAt: Timestamp;
}

/**
 * One socket from opening to its end, with its subscriptions. It never reconnects: that is the link's part.
 *
 * A subscription counts as confirmed only when the venue echoes the channel (or pushes it): the venue answers a refusal
 * with code 0 too. What is not confirmed is asked for again, then the connection is given up.
 */
export class WsConnection {
  readonly #deps: WsConnectionDeps;
  readonly #events: WsConnectionEvents;
  readonly #socket: Socket;
  readonly #pending = new Map<string, Pending>();
  readonly #confirmed = new Set<string>();
  /** Channels ever asked for on this socket: whether an unsubscription frees a place is not known. */
  readonly #used = new Set<string>();
  #state: 'connecting' | 'open' | 'ended' = 'connecting';
  #requestId = 0;
  #lastPingAt: Timestamp;
  /** When the PING was sent after which nothing was heard yet. */
  #pingedAt: Timestamp | undefined;
  #cancelTimer: () => void;

  constructor(address: string, deps: WsConnectionDeps, events: WsConnectionEvents) {
    this.#deps = deps;
    this.#events = events;
    this.#lastPingAt = deps.clock.now();
    this.#socket = deps.openSocket(
      address,
      {
        opened: () => {
          this.#opened();
        },
        text: (text) => {
          this.#onReply(readReply(text));
        },
        binary: (bytes) => {
          this.#heard();
          events.pushed(bytes);
        },
        ended: (reason) => {
          this.#end(reason);
        },
      },
      deps.settings.maxFrameBytes,
    );
    this.#cancelTimer = deps.clock.after(deps.settings.connectTimeout, () => {
      this.#end('CONNECT_TIMEOUT');
    });
  }

  /** Places left for channels that were not asked for before. */
  freePlaces(): number {
    return MAX_SUBSCRIPTIONS_PER_CONNECTION - this.#used.size;
  }

  isSettled(): boolean {
    return this.#state === 'open' && this.#pending.size === 0;
  }

  /**
   * @throws RangeError when the channels do not fit on one connection (a broken invariant: callers pack them)
   */
  subscribe(channels: readonly string[]): void {
    const fresh = channels.filter((channel) => !this.#confirmed.has(channel) && !this.#pending.has(channel));
    for (const channel of fresh) {
      this.#used.add(channel);
      this.#pending.set(channel, { tries: 0, askedAt: 0 });
    }
    if (this.#used.size > MAX_SUBSCRIPTIONS_PER_CONNECTION) {
      throw new RangeError(
        `MEXC carries at most ${MAX_SUBSCRIPTIONS_PER_CONNECTION} channels on a connection: was ${this.#used.size}`,
      );
    }
    if (this.#state === 'open') this.#request(fresh);
  }

  unsubscribe(channels: readonly string[]): void {
    for (const channel of channels) {
      this.#pending.delete(channel);
      this.#confirmed.delete(channel);
    }
    if (this.#state === 'open') this.#send('UNSUBSCRIPTION', channels);
  }

  /** A push of the channel is as good as an echo. */
  confirm(channel: string): void {
    if (this.#pending.delete(channel)) {
      this.#confirmed.add(channel);
      this.#checkSettled();
    }
  }

  /** Drops the socket without a word to the listener. Idempotent. */
  close(): void {
    this.#state = 'ended';
    this.#cancelTimer();
    this.#socket.close();
  }

  #opened(): void {
    this.#state = 'open';
    this.#heard();
    this.#request([...this.#pending.keys()]);
    this.#checkSettled();
    this.#cancelTimer();
    this.#watch();
  }

  #heard(): void {
    this.#pingedAt = undefined;
  }

  #send(method: 'SUBSCRIPTION' | 'UNSUBSCRIPTION', channels: readonly string[]): void {
    for (let at = 0; at < channels.length; at += MAX_CHANNELS_PER_REQUEST) {
      this.#requestId += 1;
      const params = channels.slice(at, at + MAX_CHANNELS_PER_REQUEST);
      this.#socket.send(writeRequest({ method, params, id: this.#requestId }));
    }
  }

  #request(channels: readonly string[]): void {
    const askedAt = this.#deps.clock.now();
    for (const channel of channels) {
      const pending = this.#pending.get(channel);
      if (pending !== undefined) this.#pending.set(channel, { tries: pending.tries + 1, askedAt });
    }
    this.#send('SUBSCRIPTION', channels);
  }

  #onReply(reply: ControlReply): void {
    if (this.#state === 'ended') return;
    this.#heard();
    if (reply.kind === 'echo') for (const channel of reply.channels) this.confirm(channel);
    if (reply.kind === 'refused') this.#onRefusal(reply.channels);
    if (reply.kind === 'other') this.#events.unreadable();
    if (reply.kind === 'invalid-listen-key') this.#end('INVALID_LISTEN_KEY');
  }

  /** The other channels of the request are confirmed by their pushes, or asked for again. */
  #onRefusal(channels: readonly string[]): void {
    const refused = channels.filter((channel) => this.#pending.delete(channel));
    if (refused.length === 0) return;
    this.#events.refused(refused);
    this.#checkSettled();
  }

  #checkSettled(): void {
    if (this.isSettled()) this.#events.settled();
  }

  #watch(): void {
    const { clock, settings } = this.#deps;
    this.#cancelTimer = clock.after(Math.min(SECOND, settings.ackTimeout, settings.pongTimeout), () => {
      this.#check();
      if (this.#state === 'open') this.#watch();
    });
  }

  #check(): void {
    const { clock, settings } = this.#deps;
    const now = clock.now();
    if (this.#pingedAt !== undefined && now - this.#pingedAt >= settings.pongTimeout) {
      this.#end('SILENT');
      return;
    }
    // Not only when idle: a socket on which we never speak is dropped even while it pushes to us.
    if (now - this.#lastPingAt >= settings.pingEvery) this.#ping(now);
    this.#repeatUnconfirmed(now);
  }

  #ping(now: Timestamp): void {
    this.#lastPingAt = now;
    this.#pingedAt ??= now;
    this.#socket.send(writeRequest({ method: 'PING' }));
  }

  #repeatUnconfirmed(now: Timestamp): void {
    const { ackTimeout, subscribeTries } = this.#deps.settings;
    const late = [...this.#pending].filter(([, { askedAt }]) => now - askedAt >= ackTimeout);
    if (late.some(([, { tries }]) => tries >= subscribeTries)) this.#end('SUBSCRIPTION_UNCONFIRMED');
    else if (late.length > 0) this.#request(late.map(([channel]) => channel));
  }

  #end(reason: ConnectionEnd): void {
    if (this.#state === 'ended') return;
    this.close();
    this.#events.ended(reason);
  }
}
