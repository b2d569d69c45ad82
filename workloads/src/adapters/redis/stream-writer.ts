import { Fifo } from '../memory/fifo.ts';
import { fullJitter } from '../backoff.ts';
import { type QueuedEvent, EventQueue, type Receipt } from './event-queue.ts';
import { entryFields } from './entry.ts';
import type { RedisConnection } from './redis-connection.ts';
import { isRefusal, toBusError, toFailure } from './redis-failure.ts';
import { closedError, type RedisLink } from './redis-link.ts';
import type { RedisBusDeps, RedisBusSettings } from './settings.ts';
import { slowestPosition } from './slowest-position.ts';
import { compareIds } from './stream-state.ts';

/** Characters of one entry; one event may be longer. */
const MOST_CHARACTERS = 256 * 1024;
/** How often a full stream's groups are looked at: doubled while nothing moves. */
const SHORTEST_LOOK = 2;
const LONGEST_LOOK = 50;
/** Publishing that waits longer than this for a group is told of, and again that often. */
const PATIENCE = 10_000;

export interface WriterDeps extends Pick<RedisBusDeps, 'clock' | 'logger' | 'random' | 'instance'> {
  readonly key: string;
  readonly link: RedisLink;
  readonly settings: RedisBusSettings;
}

interface Batch {
  readonly number: number;
  readonly events: readonly QueuedEvent[];
  sent: boolean;
  failures: number;
}

/**
 * Publishes to one stream: what comes while an entry is on its way goes into the next one, so load makes entries larger
 * and not more. An entry whose answer was lost is sent again under the same number; readers drop the second one. At most
 * `capacity` events are ahead of the slowest group; then it waits. It also trims what every group has consumed.
 */
export class StreamWriter {
  readonly #deps: WriterDeps;
  readonly #queue = new EventQueue();
  /** Entries numbered and not yet taken by the server, in order. */
  #window: Batch[] = [];
  #nextNumber = 1;
  /** Entries of ours that some group has not consumed, as far as we know. */
  readonly #ahead = new Fifo<{ readonly id: string; readonly count: number }>();
  #aheadCount = 0;
  #lookDelay = SHORTEST_LOOK;
  /** When it is to be told that publishing waits; undefined while there is room. */
  #tellAt: number | undefined;
  #cancelLook: (() => void) | undefined;
  #looking = false;
  #looksSoon = false;
  #cancelRetry: (() => void) | undefined;
  #flushing = false;
  #closed = false;

  constructor(deps: WriterDeps) {
    this.#deps = deps;
  }

  get conflated(): number {
    return this.#queue.conflated;
  }

  /** Events not yet taken by the server. */
  get waiting(): number {
    return this.#window.reduce((sum, { events }) => sum + events.length, this.#queue.size);
  }

  /** The receipt is told once for each event that carries it. */
  add(events: readonly QueuedEvent[]): void {
    const conflating = this.#isCongested();
    for (const event of events) this.#queue.push(event, conflating);
    if (this.#flushing) return;
    // Calls of the same turn share an entry.
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.flush();
    });
  }

  /** Send what may be sent. To be called when a connection stands. */
  flush(): void {
    const connection = this.#usable();
    if (connection === undefined) return;
    for (const batch of this.#window.filter(({ sent }) => !sent)) this.#send(connection, batch);
    this.#sendMore(connection);
    if (this.#room() <= 0) this.#lookSoon();
  }

  /** The connection, when something may be sent on it now. */
  #usable(): RedisConnection | undefined {
    const connection = this.#deps.link.current?.connection;
    const mayTry = !this.#closed && this.#cancelRetry === undefined;
    return mayTry && connection?.isOpen === true ? connection : undefined;
  }

  #sendMore(connection: RedisConnection): void {
    const { maxInFlight, maxBatch } = this.#deps.settings;
    while (this.#window.length < maxInFlight && this.#queue.size > 0 && this.#room() > 0) {
      const events = this.#queue.take(Math.min(maxBatch, this.#room()), MOST_CHARACTERS);
      const batch = { number: this.#nextNumber, events, sent: false, failures: 0 };
      this.#nextNumber += 1;
      this.#window.push(batch);
      this.#send(connection, batch);
    }
  }

  /** Nothing is sent any more; who waits is refused. */
  close(): void {
    this.#closed = true;
    this.#cancelLook?.();
    this.#cancelRetry?.();
    const waiting = this.#window.flatMap(({ events }) => events);
    this.#window = [];
    refuse([...waiting, ...this.#queue.take(Infinity, Infinity)], closedError());
  }

  #isCongested(): boolean {
    return (
      this.#queue.size > this.#deps.settings.conflateAbove ||
      this.#room() <= 0 ||
      this.#deps.link.current === undefined
    );
  }

  /** Events that may be sent before the slowest group is `capacity` behind. */
  #room(): number {
    const onTheirWay = this.#window.reduce((sum, { events }) => sum + events.length, 0);
    return this.#deps.settings.capacity - this.#aheadCount - onTheirWay;
  }

  #send(connection: RedisConnection, batch: Batch): void {
    const { key, instance, settings } = this.#deps;
    const texts = batch.events.map(({ text }) => text);
    batch.sent = true;
    const fields = entryFields(instance, batch.number, texts);
    connection.call('XADD', [key, 'MAXLEN', '~', settings.maxLength, '*', ...fields]).then(
      (id) => {
        this.#taken(batch, String(id));
      },
      (error: unknown) => {
        this.#failed(batch, error);
      },
    );
  }

  #taken(batch: Batch, id: string): void {
    if (this.#closed) return;
    this.#window = this.#window.filter((other) => other !== batch);
    this.#ahead.push({ id, count: batch.events.length });
    this.#aheadCount += batch.events.length;
    for (const { receipt } of batch.events) receipt?.taken();
    this.flush();
    this.#lookSoon();
  }

  #failed(batch: Batch, error: unknown): void {
    if (this.#closed) return;
    batch.sent = false;
    const failure = toFailure(error);
    // The link tells when there is a connection again.
    if (failure.isConnection) return;
    const { key, logger, clock, random, settings } = this.#deps;
    const refusal = toBusError(failure, `publishing to ${key}`);
    if (isRefusal(failure)) {
      this.#window = this.#window.filter((other) => other !== batch);
      refuse(batch.events, refusal);
      return;
    }
    // Out of memory, loading, a replica: the server's to mend. Nothing overtakes what waits.
    logger.error({ key, reason: refusal.message }, 'Redis does not take events now: publishing waits');
    batch.failures += 1;
    const wait = fullJitter(settings.reconnect, batch.failures, random);
    this.#cancelRetry ??= clock.after(wait, () => {
      this.#cancelRetry = undefined;
      this.flush();
    });
  }

  /** Plans the next look at the groups: soon when the stream is full, now and then otherwise, never when all is consumed. */
  #lookSoon(): void {
    if (this.#closed || this.#looking || this.#ahead.size === 0) return;
    const { clock, settings } = this.#deps;
    const isFull = this.#room() <= 0;
    if (this.#cancelLook !== undefined && (this.#looksSoon || !isFull)) return;
    this.#cancelLook?.();
    this.#looksSoon = isFull;
    const isHalfFull = this.#aheadCount * 2 >= settings.capacity;
    const calm = isHalfFull ? Math.min(LONGEST_LOOK, settings.trimEvery) : settings.trimEvery;
    this.#cancelLook = clock.after(isFull ? this.#lookDelay : calm, () => {
      this.#cancelLook = undefined;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    const connection = this.#deps.link.current?.connection;
    const before = this.#aheadCount;
    this.#looking = true;
    try {
      if (connection !== undefined) await this.#lookThrough(connection);
    } catch (error) {
      const { key, logger } = this.#deps;
      logger.warn({ key, reason: toFailure(error).message }, 'the groups of a stream could not be looked at');
    } finally {
      this.#looking = false;
    }
    this.#lookDelay = this.#aheadCount < before ? SHORTEST_LOOK : Math.min(LONGEST_LOOK, this.#lookDelay * 2);
    this.flush();
    this.#lookSoon();
  }

  async #lookThrough(connection: RedisConnection): Promise<void> {
    const { key } = this.#deps;
    const position = await slowestPosition(connection, key);
    for (let first = this.#ahead.peek(); first !== undefined; first = this.#ahead.peek()) {
      if (position.below !== undefined && compareIds(first.id, position.below) >= 0) break;
      this.#ahead.shift();
      this.#aheadCount -= first.count;
    }
    this.#tellOfWaiting(position.group);
    if (position.trim !== undefined) await connection.call('XTRIM', [key, 'MINID', '~', position.trim]);
  }

  /** A group that nobody serves holds publishers back: whoever looks must be able to see which one. */
  #tellOfWaiting(group: string | undefined): void {
    const { key, logger, clock } = this.#deps;
    const now = clock.now();
    if (this.#room() > 0 || group === undefined) {
      this.#tellAt = undefined;
      return;
    }
    this.#tellAt ??= now + PATIENCE;
    if (now < this.#tellAt) return;
    this.#tellAt = now + PATIENCE;
    const remedy = `publishing waits: is its consumer running? XGROUP DESTROY ${key} ${group} ends it`;
    logger.warn({ key, group, waiting: this.waiting }, `group ${group} is far behind and ${remedy}`);
  }
}

function refuse(events: readonly QueuedEvent[], error: Error): void {
  for (const receipt of new Set<Receipt | undefined>(events.map((event) => event.receipt))) {
    receipt?.refused(error);
  }
}
