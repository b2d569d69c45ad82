/** Looks at the bus every few seconds: readiness, `/status` and metrics show what it saw last. */
import type { BusHealth, ServerStanding } from '../adapters/redis/bus-health.ts';
import { type Duration, SECOND } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Metrics } from '../ports/metrics.ts';
import {
  type BusMetrics,
  makeBusMetrics,
  makeStorageMetrics,
  type StorageMetrics,
} from './process-metrics.ts';
import type { Readiness } from './readiness.ts';

const LOOK_EVERY: Duration = 5 * SECOND;

export interface WatchedBus {
  health(): Promise<BusHealth>;
}

export class BusWatch {
  readonly #clock: Clock;
  readonly #readiness: Readiness;
  readonly #metrics: BusMetrics;
  readonly #storage: StorageMetrics;
  /** The server's run whose start is shown. */
  #run: string | undefined;
  #bus: WatchedBus | undefined;
  #seen: BusHealth | undefined;
  /** What of this life's bus is in the counters. */
  #counted: Pick<BusHealth, 'conflated' | 'losses'> = { conflated: 0, losses: 0 };
  #cancel: (() => void) | undefined;

  constructor(deps: { readonly clock: Clock; readonly readiness: Readiness; readonly metrics: Metrics }) {
    this.#clock = deps.clock;
    this.#readiness = deps.readiness;
    this.#metrics = makeBusMetrics(deps.metrics);
    this.#storage = makeStorageMetrics(deps.metrics);
  }

  /** What was seen last, for `/status`. */
  get view(): Readonly<Record<string, unknown>> | null {
    const seen = this.#seen;
    if (seen === undefined) return null;
    const { connectedSince = null, lastError = null, serverVersion = null, groups } = seen;
    const { deadLetters, waiting, conflated, losses } = seen;
    return {
      connectedSince,
      lastError,
      serverVersion,
      groups,
      deadLetters: Object.fromEntries(deadLetters),
      waiting,
      conflated,
      losses,
    };
  }

  /** The bus of the life that begins; undefined when it ends. */
  watch(bus: WatchedBus | undefined): void {
    this.#bus = bus;
    this.#seen = undefined;
    this.#counted = { conflated: 0, losses: 0 };
    this.#cancel?.();
    this.#cancel = undefined;
    this.#metrics.connected.set(bus === undefined ? 0 : 1, {});
    if (bus !== undefined) this.#later(bus);
  }

  #later(bus: WatchedBus): void {
    this.#cancel = this.#clock.after(LOOK_EVERY, () => {
      void this.#look(bus).finally(() => {
        if (this.#bus === bus) this.#later(bus);
      });
    });
  }

  async #look(bus: WatchedBus): Promise<void> {
    const health = await bus.health().catch((error: unknown) => String(error));
    if (this.#bus !== bus) return;
    if (typeof health === 'string') this.#readiness.set('BUS', health);
    else this.#take(health);
  }

  #take(health: BusHealth): void {
    this.#seen = health;
    const isConnected = health.connectedSince !== undefined;
    const { lastError = 'no connection' } = health;
    this.#readiness.show('BUS', isConnected ? undefined : `Redis is away: ${lastError}`);
    this.#metrics.connected.set(isConnected ? 1 : 0, {});
    this.#metrics.waiting.set(health.waiting, {});
    const before = this.#counted;
    this.#metrics.conflated.add(Math.max(0, health.conflated - before.conflated), {});
    this.#metrics.losses.add(Math.max(0, health.losses - before.losses), {});
    this.#counted = health;
    if (health.server !== undefined) this.#showServer(health.server);
    for (const { stream, group, lag, pending, pendingAge } of sumGroups(health)) {
      this.#metrics.lag.set(lag, { stream, group });
      this.#metrics.pending.set(pending, { stream, group });
      const since = pending === 0 ? 0 : (this.#clock.now() - pendingAge) / SECOND;
      this.#metrics.oldestPending.set(since, { stream, group });
    }
    for (const [stream, count] of health.deadLetters) this.#metrics.deadLetters.set(count, { stream });
  }

  #showServer({ runId, usedMemory, maxMemory, isPersisting, uptimeSeconds }: ServerStanding): void {
    this.#storage.redisUsed.set(usedMemory, {});
    this.#storage.redisLimit.set(maxMemory, {});
    this.#storage.redisPersisting.set(isPersisting ? 1 : 0, {});
    // The server tells whole seconds only: reckoned anew at each look, its start would seem to move.
    if (runId !== this.#run) {
      this.#run = runId;
      this.#storage.redisStarted.set(Math.round(this.#clock.now() / SECOND - uptimeSeconds), {});
    }
  }
}

type GroupSum = Pick<BusHealth['groups'][number], 'stream' | 'group' | 'pending' | 'pendingAge'> & {
  readonly lag: number;
};

/** One row a stream and group, whatever shards the stream has. */
function sumGroups({ groups }: BusHealth): readonly GroupSum[] {
  const sums = new Map<string, GroupSum>();
  for (const { stream, group, lag = 0, pending, pendingAge } of groups) {
    const key = `${stream}/${group}`;
    const sum = sums.get(key) ?? { stream, group, lag: 0, pending: 0, pendingAge: 0 };
    sums.set(key, {
      ...sum,
      lag: sum.lag + lag,
      pending: sum.pending + pending,
      pendingAge: Math.max(sum.pendingAge, pendingAge),
    });
  }
  return [...sums.values()];
}
