/**
 * The bus on Redis Streams, for services that run apart. Redis carries events, the ledger is the truth: what Redis can
 * lose (a flush, a restart, a trim) is noticed and told to the consumer, which recovers from the ledger.
 */
import { encodeEvent } from '../../events/codec.ts';
import type { StreamEvent, StreamEvents, StreamName } from '../../events/event.ts';
import {
  type Bus,
  BusError,
  type DeadLetter,
  type RunningSubscription,
  type Subscription,
} from '../../ports/bus.ts';
import { type BusHealth, type GroupHealth, groupHealth, type ServerStanding } from './bus-health.ts';
import { readServerInfo } from './server-fitness.ts';
import { DeadLetters } from './dead-letters.ts';
import { EventDelivery } from './event-delivery.ts';
import type { QueuedEvent, Receipt } from './event-queue.ts';
import type { RedisConnection } from './redis-connection.ts';
import { toBusError, toFailure } from './redis-failure.ts';
import { closedError, type LinkDeps, RedisLink } from './redis-link.ts';
import { REDIS_BUS_DEFAULTS, type RedisBusDeps, type RedisBusSettings } from './settings.ts';
import { isMarketData, marketSymbol, shardOf } from './shard.ts';
import { StreamReader } from './stream-reader.ts';
import { StreamWriter } from './stream-writer.ts';

interface Served {
  readonly reader: StreamReader;
  readonly delivery: EventDelivery<StreamName>;
}

export class RedisBus implements Bus {
  readonly #deps: RedisBusDeps;
  readonly #settings: RedisBusSettings;
  readonly #link: RedisLink;
  readonly #letters: DeadLetters;
  readonly #writers = new Map<string, StreamWriter>();
  readonly #served = new Map<string, Served>();
  readonly #taken = new Set<string>();
  #losses = 0;
  #closed: Promise<void> | undefined;

  private constructor(deps: RedisBusDeps) {
    this.#deps = deps;
    this.#settings = { ...REDIS_BUS_DEFAULTS, ...deps.settings };
    this.#link = new RedisLink({
      ...this.#linkDeps(),
      opened: () => {
        for (const writer of this.#writers.values()) writer.flush();
      },
    });
    this.#letters = new DeadLetters(this.#link, deps.keys, this.#settings.maxDeadLetters);
  }

  /**
   * Connects and looks the server over. @throws BusError BUS_UNAVAILABLE when there is no connection in time,
   * BUS_REFUSED when the server is older than Redis 7 or evicts keys
   */
  static async connect(deps: RedisBusDeps): Promise<RedisBus> {
    const bus = new RedisBus(deps);
    try {
      await bus.#link.firstOpened();
    } catch (error) {
      await bus.close();
      throw error;
    }
    return bus;
  }

  publish<Name extends StreamName>(stream: Name, events: readonly StreamEvents[Name][]): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(closedError());
    if (events.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      let left = events.length;
      const receipt: Receipt = {
        taken: () => {
          left -= 1;
          if (left === 0) resolve();
        },
        refused: reject,
      };
      const byKey = new Map<string, QueuedEvent[]>();
      for (const event of events) {
        const key = this.#keyOf(stream, event);
        const queued = toQueued(stream, event, receipt);
        const others = byKey.get(key);
        if (others === undefined) byKey.set(key, [queued]);
        else others.push(queued);
      }
      for (const [key, queued] of byKey) this.#writer(key).add(queued);
      // A tick is taken when it waits to be sent: a newer one may stand for it.
      for (const queued of byKey.values()) {
        for (const { receipt: own } of queued) if (own === undefined) receipt.taken();
      }
    });
  }

  async subscribe<Name extends StreamName>(subscription: Subscription<Name>): Promise<RunningSubscription> {
    if (this.#closed !== undefined) throw closedError();
    const { stream, group } = subscription;
    const name = `${stream}/${group}`;
    if (this.#taken.has(name)) {
      const message = `group ${group} of stream ${stream} has a subscriber already: stop it first`;
      throw new BusError('BUS_GROUP_TAKEN', message, { retryable: false });
    }
    this.#taken.add(name);
    const served = this.#serve(subscription);
    this.#served.set(name, served);
    try {
      await served.reader.start();
    } catch (error) {
      this.#served.delete(name);
      this.#taken.delete(name);
      throw error;
    }
    let stopped: Promise<void> | undefined;
    return {
      stop: () => {
        stopped ??= served.reader.stop().finally(() => {
          this.#losses += served.delivery.losses;
          this.#served.delete(name);
          this.#taken.delete(name);
        });
        return stopped;
      },
    };
  }

  async deadLetters(stream: StreamName): Promise<readonly DeadLetter[]> {
    try {
      return await this.#letters.all(stream);
    } catch (error) {
      throw toBusError(error, `reading the dead letters of ${stream}`);
    }
  }

  /** What readiness and metrics need. `groups` is empty while there is no connection. */
  async health(): Promise<BusHealth> {
    const open = this.#link.current;
    const writers = [...this.#writers.values()];
    const sum = (of: (writer: StreamWriter) => number): number =>
      writers.reduce((total, writer) => total + of(writer), 0);
    const { groups, deadLetters, server } = await this.#serverHealth(open?.connection);
    return {
      connectedSince: open?.since,
      lastError: this.#link.lastError?.message,
      serverVersion: open?.info.version,
      server,
      groups,
      deadLetters,
      waiting: sum((writer) => writer.waiting),
      conflated: sum((writer) => writer.conflated),
      losses: [...this.#served.values()].reduce(
        (total, { delivery }) => total + delivery.losses,
        this.#losses,
      ),
    };
  }

  /** Nothing where the connection is not there or ends meanwhile: that it ended is what is to be told then. */
  async #serverHealth(
    connection: RedisConnection | undefined,
  ): Promise<Pick<BusHealth, 'groups' | 'deadLetters' | 'server'>> {
    const groups: GroupHealth[] = [];
    const deadLetters = new Map<StreamName, number>();
    let server: ServerStanding | undefined;
    try {
      if (connection === undefined) return { groups, deadLetters, server };
      server = readServerInfo(String(await connection.call('INFO', [])));
      for (const name of this.#served.keys()) {
        const [stream, group] = name.split('/') as [StreamName, string];
        const now = this.#deps.clock.now();
        for (const key of this.#keysOf(stream)) {
          groups.push(...(await groupHealth(connection, { stream, key, group }, now)));
        }
        deadLetters.set(stream, await this.#letters.count(connection, stream));
      }
    } catch (error) {
      this.#deps.logger.warn(
        { reason: toFailure(error).message },
        'the health of the bus is not known in full',
      );
    }
    return { groups, deadLetters, server };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const writer of this.#writers.values()) writer.close();
    await Promise.all([...this.#served.values()].map(({ reader }) => reader.stop()));
    await this.#link.close();
  }

  #serve<Name extends StreamName>(subscription: Subscription<Name>): Served {
    const { clock, logger, random } = this.#deps;
    const stop = new AbortController();
    const common = { clock, logger, random, settings: this.#settings };
    // The stream's name ties the handler's event type to what is read there.
    const delivery = new EventDelivery<StreamName>({
      ...common,
      subscription: subscription as unknown as Subscription<StreamName>,
      letters: this.#letters,
      signal: stop.signal,
    });
    const reader = new StreamReader({
      ...common,
      keys: this.#keysOf(subscription.stream),
      group: subscription.group,
      link: new RedisLink(this.#linkDeps()),
      delivery,
      stop,
    });
    return { reader, delivery };
  }

  #linkDeps(): LinkDeps {
    const { server, readPassword, clock, logger, random } = this.#deps;
    const common = { server, clock, logger, random, settings: this.#settings };
    return readPassword === undefined ? common : { ...common, readPassword };
  }

  #writer(key: string): StreamWriter {
    let writer = this.#writers.get(key);
    if (writer === undefined) {
      const { clock, logger, random, instance } = this.#deps;
      writer = new StreamWriter({
        clock,
        logger,
        random,
        instance,
        key,
        link: this.#link,
        settings: this.#settings,
      });
      this.#writers.set(key, writer);
    }
    return writer;
  }

  #keyOf(stream: StreamName, event: StreamEvent): string {
    const { keys } = this.#deps;
    return isMarketData(event)
      ? keys.stream(stream, shardOf(marketSymbol(event), this.#settings.shards))
      : keys.stream(stream);
  }

  #keysOf(stream: StreamName): readonly string[] {
    const { keys } = this.#deps;
    if (stream !== 'market_data') return [keys.stream(stream)];
    return Array.from({ length: this.#settings.shards }, (_, shard) => keys.stream(stream, shard));
  }
}

function toQueued<Name extends StreamName>(
  stream: Name,
  event: StreamEvents[Name],
  receipt: Receipt,
): QueuedEvent {
  const text = encodeEvent(stream, event);
  return event.type === 'tick' ? { text, conflate: event.symbol } : { text, receipt };
}
