import { type Duration, HOUR, SECOND, type Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { type Backoff, fullJitter } from '../backoff.ts';
import type { ConnectionCount, MexcMetrics } from './mexc-metrics.ts';
import type { OpenSocket } from './socket.ts';
import { type ConnectionEnd, WsConnection, type WsConnectionSettings } from './ws-connection.ts';

export interface WsLinkSettings {
  readonly connection: WsConnectionSettings;
  readonly backoff: Backoff;
  /** The venue ends a connection after 24 h: it is replaced before, spread over `spread` so that not all go at once. */
  readonly maxLife: Duration;
  readonly spread: Duration;
  /** After so long without an end the back-off starts over. */
  readonly steadyAfter: Duration;
}

export const WS_LINK_SETTINGS: Omit<WsLinkSettings, 'connection'> = {
  backoff: { base: SECOND, cap: 30 * SECOND },
  maxLife: 23 * HOUR,
  spread: HOUR,
  steadyAfter: 60 * SECOND,
};

export interface WsLinkEvents {
  /** `confirm` takes the channel of the push: a push is as good as the echo of its subscription. */
  readonly pushed: (bytes: Uint8Array, confirm: (channel: string) => void) => void;
  /** All channels are carried, after a start or an outage (not after a replacement, which loses nothing). */
  readonly up: () => void;
  /** Nothing is carried from now on. */
  readonly down: (reason: string) => void;
  readonly refused: (channels: readonly string[]) => void;
}

export interface WsLinkDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly openSocket: OpenSocket;
  readonly log: Logger;
  readonly metrics: MexcMetrics;
  readonly connections: ConnectionCount;
  readonly settings: WsLinkSettings;
  /** Where to connect: asked for each connection, since a private one needs a new key each time. */
  readonly address: () => Promise<string>;
}

/**
 * At most 30 channels carried over one connection after the other. A broken connection is followed by another after a
 * back-off with full jitter; an old or doubtful one is replaced first and dropped then (make before break).
 */
export class WsLink {
  readonly #deps: WsLinkDeps;
  readonly #events: WsLinkEvents;
  #channels: readonly string[];
  #current: WsConnection | undefined;
  #next: WsConnection | undefined;
  /** The connection that carried everything last. */
  #carrying: WsConnection | undefined;
  #isUp = false;
  #attempt = 0;
  #openedAt: Timestamp = 0;
  #cancelRetry: (() => void) | undefined;
  #cancelRotation: (() => void) | undefined;
  #connecting = false;
  /** A new connection is wanted although there is one. */
  #replacing = false;
  #stopped = false;

  constructor(channels: readonly string[], deps: WsLinkDeps, events: WsLinkEvents) {
    this.#channels = channels;
    this.#deps = deps;
    this.#events = events;
  }

  isUp(): boolean {
    return this.#isUp;
  }

  start(): void {
    void this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    this.#isUp = false;
    this.#cancelRetry?.();
    this.#cancelRotation?.();
    for (const connection of [this.#current, this.#next]) {
      if (connection === undefined) continue;
      connection.close();
      this.#deps.connections.change(-1);
    }
    this.#current = undefined;
    this.#next = undefined;
  }

  /** Carry these channels instead. Where they do not fit on the connection, it is replaced. */
  change(channels: readonly string[]): void {
    const before = new Set(this.#channels);
    const after = new Set(channels);
    const added = channels.filter((channel) => !before.has(channel));
    const removed = this.#channels.filter((channel) => !after.has(channel));
    this.#channels = channels;
    const exchange = (connection: WsConnection): boolean => {
      if (added.length > connection.freePlaces()) return false;
      if (removed.length > 0) connection.unsubscribe(removed);
      connection.subscribe(added);
      return true;
    };
    if (this.#next !== undefined && !exchange(this.#next)) {
      // A replacement that cannot carry what is wanted now is of no use: another one is opened.
      this.#next.close();
      this.#next = undefined;
      this.#replacing = false;
      this.#deps.connections.change(-1);
    }
    if (this.#current !== undefined && !exchange(this.#current)) this.replace('CHANNELS_CHANGED');
  }

  /** Open a new connection and drop the old one once the new one carries everything. */
  replace(reason: string): void {
    if (this.#stopped || this.#replacing || this.#current === undefined) return;
    this.#replacing = true;
    this.#deps.log.info({ reason }, 'replacing a WebSocket connection to MEXC');
    void this.#connect();
  }

  async #connect(): Promise<void> {
    this.#connecting = true;
    let address: string | undefined;
    try {
      address = await this.#deps.address();
    } catch (error) {
      this.#deps.log.warn({ error: String(error) }, 'no address to connect to MEXC’s WebSocket');
    }
    this.#connecting = false;
    if (this.#stopped) return;
    if (address === undefined) this.#retryLater();
    else this.#open(address);
  }

  #open(address: string): void {
    const { clock, openSocket, settings, connections, metrics } = this.#deps;
    const connection: WsConnection = new WsConnection(
      address,
      { clock, openSocket, settings: settings.connection },
      {
        pushed: (bytes) => {
          this.#events.pushed(bytes, confirm);
        },
        refused: this.#events.refused,
        unreadable: () => {
          metrics.rejectedFrames.add(1, { reason: 'CONTROL_UNKNOWN' });
        },
        settled: () => {
          this.#settled(connection);
        },
        ended: (reason) => {
          this.#ended(connection, reason);
        },
      },
    );
    const confirm = (channel: string): void => {
      connection.confirm(channel);
    };
    connections.change(1);
    if (this.#current === undefined) this.#current = connection;
    else this.#next = connection;
    connection.subscribe(this.#channels);
  }

  #settled(connection: WsConnection): void {
    if (connection === this.#next) {
      this.#current?.close();
      this.#deps.connections.change(-1);
      this.#current = connection;
      this.#next = undefined;
      this.#replacing = false;
    }
    if (connection !== this.#current || connection === this.#carrying) return;
    this.#carrying = connection;
    this.#openedAt = this.#deps.clock.now();
    this.#scheduleRotation();
    if (this.#isUp) return;
    this.#isUp = true;
    this.#events.up();
  }

  #ended(connection: WsConnection, reason: ConnectionEnd): void {
    const { clock, connections, log, metrics, settings } = this.#deps;
    connections.change(-1);
    metrics.connectionEnds.add(1, { reason });
    log.warn({ reason, channels: this.#channels.length }, 'a WebSocket connection to MEXC ended');
    if (connection === this.#next) {
      this.#next = undefined;
      this.#retryLater();
      return;
    }
    const carried = connection === this.#carrying ? clock.now() - this.#openedAt : 0;
    if (carried >= settings.steadyAfter) this.#attempt = 0;
    this.#current = this.#next;
    this.#next = undefined;
    this.#replacing = false;
    this.#lost(reason);
    if (this.#current === undefined) this.#retryLater();
  }

  #lost(reason: ConnectionEnd): void {
    this.#cancelRotation?.();
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#events.down(reason);
  }

  /** Another try, also for a replacement that failed while the old connection still carries everything. */
  #retryLater(): void {
    const { clock, random, settings } = this.#deps;
    this.#cancelRetry?.();
    const delay = fullJitter(settings.backoff, this.#attempt, random);
    this.#attempt += 1;
    this.#cancelRetry = clock.after(delay, () => {
      const wanted = this.#current === undefined || (this.#replacing && this.#next === undefined);
      if (wanted && !this.#stopped && !this.#connecting) void this.#connect();
    });
  }

  #scheduleRotation(): void {
    const { clock, random, settings } = this.#deps;
    this.#cancelRotation?.();
    const life = settings.maxLife - Math.floor(random() * settings.spread);
    this.#cancelRotation = clock.after(life, () => {
      this.replace('END_OF_LIFE');
    });
  }
}
