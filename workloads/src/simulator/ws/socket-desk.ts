import { INVALID_LISTEN_KEY } from '../../adapters/mexc/wire/control.ts';
import type { PushCodec } from '../../adapters/mexc/wire/push-codec.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { ExchangeEvent } from '../exchange-event.ts';
import type { Venue } from '../venue.ts';
import { type Channel, readChannel } from './channel.ts';
import { type ClientSocket, Connection, type ConnectionHost } from './connection.ts';
import { Publisher } from './publisher.ts';
import type { SocketSettings } from './socket-settings.ts';

/** All clients on the WebSocket. */
export class SocketDesk {
  readonly #venue: Venue;
  readonly #publisher: Publisher;
  readonly #connections = new Map<number, Connection>();
  readonly #host: ConnectionHost;
  #lastId = 0;

  constructor(venue: Venue, settings: SocketSettings, codec: PushCodec) {
    this.#venue = venue;
    const accountOf = (key: string): string | undefined =>
      venue.listenKeys.find(key, venue.realNow())?.account;
    const publisher = new Publisher({ exchange: venue.exchange, codec, now: () => venue.now(), accountOf });
    this.#publisher = publisher;
    this.#host = {
      settings,
      faults: venue.faults,
      now: () => venue.realNow(),
      resolve: (name, connection) => this.#resolve(name, connection),
      onSubscribe: (name, channel, connection) => {
        publisher.add(name, channel, connection);
        venue.truth.add('socket', { event: 'subscribe', connection: connection.id, channel: name });
      },
      onUnsubscribe: (name, connection) => {
        publisher.remove(name, connection);
      },
    };
  }

  /** Takes on a client, or says no and closes. Undefined when it was refused. */
  open(socket: ClientSocket, listenKey: string): Connection | undefined {
    const { listenKeys } = this.#venue;
    if (listenKey !== '' && listenKeys.find(listenKey, this.#venue.realNow()) === undefined) {
      socket.send(INVALID_LISTEN_KEY);
      socket.close();
      return undefined;
    }
    const sharing = [...this.#connections.values()].filter((other) => other.listenKey === listenKey);
    if (listenKey !== '' && sharing.length >= this.#host.settings.maxConnectionsPerKey) {
      socket.close();
      return undefined;
    }
    this.#lastId += 1;
    const connection = new Connection(this.#lastId, listenKey, socket, this.#host);
    this.#connections.set(connection.id, connection);
    this.#venue.truth.add('socket', {
      event: 'open',
      connection: connection.id,
      isPrivate: listenKey !== '',
    });
    return connection;
  }

  closed(connection: Connection): void {
    if (!this.#connections.delete(connection.id)) return;
    for (const name of connection.subscriptions) this.#publisher.remove(name, connection);
    this.#venue.truth.add('socket', { event: 'close', connection: connection.id });
  }

  take(event: ExchangeEvent): void {
    this.#publisher.take(event);
  }

  flush(feedTime: Timestamp): void {
    this.#publisher.flush(feedTime);
  }

  /** Ends the connections whose time is up. */
  sweep(): void {
    const now = this.#venue.realNow();
    for (const connection of [...this.#connections.values()]) {
      const reason = connection.sweep(now);
      if (reason === undefined) continue;
      this.#venue.truth.add('socket', { event: 'ended', connection: connection.id, reason });
      this.closed(connection);
    }
  }

  /** What is open, for the admin API. */
  list(): readonly object[] {
    return [...this.#connections.values()].map(({ id, listenKey, subscriptions, isStalled }) => ({
      id,
      isPrivate: listenKey !== '',
      subscriptions,
      isStalled,
    }));
  }

  /** Cuts one connection, or all of them; returns how many. */
  cut(id: number | undefined): number {
    const chosen = [...this.#connections.values()].filter(
      (connection) => id === undefined || connection.id === id,
    );
    for (const connection of chosen) {
      connection.cut();
      this.closed(connection);
    }
    return chosen.length;
  }

  /** Stalls one connection, or all of them; returns how many. */
  stall(id: number | undefined): number {
    const chosen = [...this.#connections.values()].filter(
      (connection) => id === undefined || connection.id === id,
    );
    for (const connection of chosen) connection.stall();
    return chosen.length;
  }

  #resolve(name: string, connection: Connection): Channel | undefined {
    const channel = readChannel(name);
    if (channel === undefined) return undefined;
    if (channel.kind === 'private') return connection.listenKey === '' ? undefined : channel;
    if (!('symbol' in channel)) return channel;
    return this.#venue.exchange.market(channel.symbol) === undefined ? undefined : channel;
  }
}
