import type { StreamName } from '../../events/event.ts';
import { BusError } from '../../ports/bus.ts';
import { fullJitter } from '../backoff.ts';
import { type Entry, type MissingEntry, readEntry, readStreams } from './entry.ts';
import type { EventDelivery } from './event-delivery.ts';
import { pause } from '../../ports/pause.ts';
import type { RedisConnection } from './redis-connection.ts';
import { isGone, isRefusal, toBusError, toFailure } from './redis-failure.ts';
import type { OpenLink, RedisLink } from './redis-link.ts';
import { SequenceTracker } from './sequence-tracker.ts';
import type { RedisBusDeps, RedisBusSettings } from './settings.ts';
import { groupsOf, isNoKey } from './slowest-position.ts';
import { lostEntries, readStreamState, type StreamState } from './stream-state.ts';

/**
 * The name under which whoever serves a group reads. Always the same: the next process finds what the last one had in
 * hand among its own pending entries, at once.
 */
const CONSUMER = 'main';
/** Entries of one read, for each stream. */
const ENTRIES = 64;
/** Acknowledgements are held back at most this long while a batch is worked on. */
const LATEST_ACK = 100;
/** An entry that this many consumers took and none answered is given up on. */
const MOST_TAKERS = 10;

export interface ReaderDeps extends Pick<RedisBusDeps, 'clock' | 'logger' | 'random'> {
  readonly keys: readonly string[];
  readonly group: string;
  readonly link: RedisLink;
  readonly delivery: EventDelivery<StreamName>;
  readonly settings: RedisBusSettings;
  readonly stop: AbortController;
}

/**
 * Reads the streams of one subscription on a connection of its own: first what is pending, then what is new, by blocking
 * reads. An entry that is not the expected next of its publisher makes it look at its own pending entries before it goes
 * on: a connection that was cut may have taken entries with it. What is not there either is lost.
 */
export class StreamReader {
  readonly #deps: ReaderDeps;
  readonly #trackers: ReadonlyMap<string, SequenceTracker>;
  readonly #acks = new Map<string, string[]>();
  #lastAck = 0;
  /** Settles when the acknowledgements sent so far are answered, or their connection is gone. */
  #acknowledging: Promise<unknown> = Promise.resolve();
  #nextCheck = 0;
  #nextClaim = 0;
  #runId: string | undefined;
  #blocked: RedisConnection | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: ReaderDeps) {
    this.#deps = deps;
    this.#trackers = new Map(deps.keys.map((key) => [key, new SequenceTracker()]));
  }

  /** Resolves when the group stands. @throws BusError */
  async start(): Promise<void> {
    const { keys, group, link } = this.#deps;
    try {
      const { connection, info } = await link.firstOpened();
      this.#runId = info.runId;
      for (const key of keys) await ensureGroup(connection, key, group);
    } catch (error) {
      await link.close();
      throw toBusError(error, `subscribing group ${group}`);
    }
    this.#running = this.#run();
  }

  /** Resolves when the event in hand is finished. */
  async stop(): Promise<void> {
    this.#deps.stop.abort();
    // What was consumed is acknowledged before the connection goes.
    await this.#acknowledging;
    this.#blocked?.destroy();
    await this.#running;
    await this.#deps.link.close();
  }

  async #run(): Promise<void> {
    const { link, stop, clock, settings, random } = this.#deps;
    let failures = 0;
    while (!stop.signal.aborted) {
      try {
        const open = await link.opened();
        await this.#session(open, () => {
          failures = 0;
        });
      } catch (error) {
        this.#tell(error);
        failures += 1;
        // What is gone is made again at once; a lost connection waits in the link.
        if (!isGone(error)) await pause(clock, fullJitter(settings.reconnect, failures, random), stop.signal);
      }
    }
  }

  #tell(error: unknown): void {
    if (this.#deps.stop.signal.aborted || error instanceof BusError || isGone(error)) return;
    const failure = toFailure(error);
    if (failure.isConnection) return;
    const { logger, group, keys } = this.#deps;
    const hint = isRefusal(failure) ? ': check the ACL of this user' : '';
    logger.error({ group, keys, reason: failure.message }, `reading a stream failed${hint}`);
  }

  async #session({ connection, info }: OpenLink, stands: () => void): Promise<void> {
    const { stop, keys } = this.#deps;
    this.#acks.clear();
    const isRestarted = this.#runId !== info.runId;
    for (const key of keys) await this.#prepare(connection, key, !isRestarted);
    if (isRestarted) {
      await this.#deps.delivery.reportLoss('the Redis server was started again: its last second may be lost');
      this.#runId = info.runId;
    }
    for (const key of keys) await this.#giveUpKillers(connection, key);
    for (const key of keys) await this.#drainPending(connection, key);
    stands();
    while (!stop.signal.aborted) {
      const streams = await this.#readNew(connection);
      for (const [key, entries] of streams) await this.#takeNew(connection, key, entries);
      if (streams.size === 0) for (const key of keys) await this.#drainPending(connection, key);
      await this.#lookAround(connection);
    }
    await this.#flushAcks(connection);
  }

  /** The group stands, and what was lost while nobody read is told. */
  async #prepare(connection: RedisConnection, key: string, tells: boolean): Promise<void> {
    const { group, delivery } = this.#deps;
    const made = await remakeGroup(connection, key, group);
    if (made) {
      this.#trackers.get(key)?.forget();
      if (tells) await delivery.reportLoss(`the stream ${key} or its group was deleted`);
    }
    await this.#checkLoss(connection, key, tells && !made);
  }

  async #readNew(connection: RedisConnection): Promise<ReturnType<typeof readStreams>> {
    const { keys, group, settings, stop } = this.#deps;
    // Ahead of the read in the same connection: costs no round trip.
    void this.#flushAcks(connection).catch(() => undefined);
    const from = keys.map(() => '>');
    const args = ['GROUP', group, CONSUMER, 'COUNT', ENTRIES, 'BLOCK', settings.block];
    this.#blocked = connection;
    try {
      if (stop.signal.aborted) return new Map();
      return readStreams(
        await connection.call('XREADGROUP', [...args, 'STREAMS', ...keys, ...from], settings.block),
      );
    } finally {
      this.#blocked = undefined;
    }
  }

  async #takeNew(
    connection: RedisConnection,
    key: string,
    entries: readonly (Entry | MissingEntry)[],
  ): Promise<void> {
    for (const entry of entries) {
      const verdict = entry.texts === undefined ? 'gap' : this.#trackers.get(key)?.judge(entry);
      if (verdict === 'gap' || verdict === 'first') {
        // This entry and those behind it are among the pending ones too, behind what a cut connection may have taken.
        await this.#drainPending(connection, key);
        return;
      }
      if (!(await this.#take(key, entry))) return;
      this.#flushLateAcks(connection);
    }
  }

  /** Works on everything that was delivered to this consumer and not acknowledged, oldest first. */
  async #drainPending(connection: RedisConnection, key: string): Promise<void> {
    const { group, stop } = this.#deps;
    while (!stop.signal.aborted) {
      await this.#flushAcks(connection);
      const read = ['GROUP', group, CONSUMER, 'COUNT', ENTRIES, 'STREAMS', key, '0'];
      const entries = readStreams(await connection.call('XREADGROUP', read)).get(key) ?? [];
      if (entries.length === 0) return;
      for (const entry of entries) {
        if (!(await this.#take(key, entry))) return;
        this.#flushLateAcks(connection);
      }
    }
  }

  /** `false`: stopped before the entry was consumed. */
  async #take(key: string, entry: Entry | MissingEntry): Promise<boolean> {
    const { delivery } = this.#deps;
    const tracker = this.#trackers.get(key);
    if (entry.texts === undefined) {
      await delivery.reportLoss(`an entry of ${key} was trimmed before it was consumed`);
    } else {
      const verdict = tracker?.judge(entry);
      if (verdict === 'gap') await delivery.reportLoss(`entries of ${key} are missing`);
      if (verdict !== 'repeat' && !(await delivery.deliver(entry.texts, entry.id))) return false;
      if (verdict !== 'repeat') tracker?.consumed(entry);
    }
    this.#ack(key, entry.id);
    return true;
  }

  #ack(key: string, id: string): void {
    const ids = this.#acks.get(key);
    if (ids === undefined) this.#acks.set(key, [id]);
    else ids.push(id);
  }

  #flushLateAcks(connection: RedisConnection): void {
    if (this.#deps.clock.now() - this.#lastAck < LATEST_ACK) return;
    // A failure of the connection shows at the next read.
    void this.#flushAcks(connection).catch(() => undefined);
  }

  async #flushAcks(connection: RedisConnection): Promise<void> {
    this.#lastAck = this.#deps.clock.now();
    if (this.#acks.size === 0) return;
    const acks = [...this.#acks];
    this.#acks.clear();
    const answers = acks.map(([key, ids]) => connection.call('XACK', [key, this.#deps.group, ...ids]));
    this.#acknowledging = Promise.allSettled(answers);
    await Promise.all(answers);
  }

  /** Now and then: losses that no entry shows, and entries of consumers that are gone. */
  async #lookAround(connection: RedisConnection): Promise<void> {
    const { clock, settings, keys } = this.#deps;
    const now = clock.now();
    if (now < this.#nextCheck) return;
    this.#nextCheck = now + settings.block;
    for (const key of keys) await this.#checkLoss(connection, key, true);
    if (now < this.#nextClaim) return;
    this.#nextClaim = now + settings.claimAfter;
    for (const key of keys) await this.#claim(connection, key);
  }

  /** A restart of a server may forget how far a group had read; so `tells` is false when that is told anyway. */
  async #checkLoss(connection: RedisConnection, key: string, tells: boolean): Promise<void> {
    const { group, delivery } = this.#deps;
    const stream = await streamOf(connection, key);
    const state = (await groupsOf(connection, key)).find(({ name }) => name === group);
    if (stream === undefined || state === undefined) return;
    const lost = lostEntries(stream, state);
    if (lost === 0) return;
    if (tells) {
      const what = `${lost} entries of ${key} were trimmed before they were read, or the server forgot that they were`;
      await delivery.reportLoss(what);
    }
    const isAtEnd = state.lastDelivered === stream.lastId;
    const read = isAtEnd ? stream.added : stream.added - stream.length;
    await connection.call('XGROUP', ['SETID', key, group, state.lastDelivered, 'ENTRIESREAD', read]);
  }

  /** Takes over what another consumer of the group left; it is worked on with the pending entries. */
  async #claim(connection: RedisConnection, key: string): Promise<void> {
    const { group, settings, delivery } = this.#deps;
    let cursor = '0-0';
    do {
      const args = [key, group, CONSUMER, settings.claimAfter, cursor, 'COUNT', ENTRIES, 'JUSTID'];
      const [next, , deleted = []] = (await connection.call('XAUTOCLAIM', args)) as [
        string,
        string[],
        string[]?,
      ];
      if (deleted.length > 0) {
        await delivery.reportLoss(
          `${deleted.length} entries of ${key} were trimmed before they were consumed`,
        );
      }
      cursor = next;
    } while (cursor !== '0-0');
    await this.#drainPending(connection, key);
  }

  /** An entry that ended its consumer again and again must not do so for ever. */
  async #giveUpKillers(connection: RedisConnection, key: string): Promise<void> {
    const { group, delivery } = this.#deps;
    const reply = await connection.call('XPENDING', [key, group, '-', '+', ENTRIES, CONSUMER]);
    for (const [id, , , deliveries] of reply as readonly [string, string, number, number][]) {
      if (deliveries < MOST_TAKERS) continue;
      const [found] = (await connection.call('XRANGE', [key, id, id])) as readonly unknown[];
      const entry = found === undefined ? undefined : readEntry(found);
      const isKept = await delivery.giveUpEntry(entry?.texts ?? [], id, deliveries);
      if (!isKept) return;
      await connection.call('XACK', [key, group, id]);
      await delivery.reportLoss(`an entry of ${key} is given up on: see the dead letters`);
    }
  }
}

/** The state of a stream; undefined when it does not exist. */
async function streamOf(connection: RedisConnection, key: string): Promise<StreamState | undefined> {
  try {
    return readStreamState(await connection.call('XINFO', ['STREAM', key]));
  } catch (error) {
    if (isNoKey(error)) return undefined;
    throw error;
  }
}

/** A new group begins at the stream's end; the count of what was added before lets a later loss be seen. */
async function ensureGroup(connection: RedisConnection, key: string, group: string): Promise<void> {
  const stream = await streamOf(connection, key);
  await createGroup(connection, [key, group, stream?.lastId ?? '0-0'], stream?.added ?? 0);
}

/** A group that is gone is made again over all that is there: what was consumed before may come again, nothing is missed. */
async function remakeGroup(connection: RedisConnection, key: string, group: string): Promise<boolean> {
  return createGroup(connection, [key, group, '0-0'], 0);
}

/** `false`: it was there. */
async function createGroup(
  connection: RedisConnection,
  [key, group, from]: readonly [string, string, string],
  read: number,
): Promise<boolean> {
  try {
    await connection.call('XGROUP', ['CREATE', key, group, from, 'MKSTREAM', 'ENTRIESREAD', read]);
    return true;
  } catch (error) {
    if (toFailure(error).code === 'BUSYGROUP') return false;
    throw error;
  }
}
