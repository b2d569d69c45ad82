/** Looks at the bus every few seconds: readiness, `/status` and metrics show what it saw last. */
import type { BusHealth } from '../adapters/redis/bus-health.ts';
import { type Duration, SECOND } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Gauge, Metrics } from '../ports/metrics.ts';
import type { Readiness } from './readiness.ts';

const LOOK_EVERY: Duration = 5 * SECOND;

export interface WatchedBus {
  health(): Promise<BusHealth>;
}

interface BusMetrics {
  readonly connected: Gauge;
  readonly waiting: Gauge;
  readonly lag: Gauge<'stream' | 'group'>;
  readonly pending: Gauge<'stream' | 'group'>;
  readonly deadLetters: Gauge<'stream'>;
}

const makeBusMetrics = (metrics: Metrics): BusMetrics => ({
  connected: metrics.gauge({
    name: 'trading_bus_connected',
    help: 'Whether Redis is connected: 1 or 0.',
    labels: [],
  }),
  waiting: metrics.gauge({
    name: 'trading_bus_waiting_events',
    help: 'Events published here that Redis has not taken yet.',
    labels: [],
  }),
  lag: metrics.gauge({
    name: 'trading_stream_lag_entries',
    help: 'Entries not delivered yet, by stream and group (those this process reads).',
    labels: ['stream', 'group'],
  }),
  pending: metrics.gauge({
    name: 'trading_stream_pending_entries',
    help: 'Entries delivered and not acknowledged, by stream and group (those this process reads).',
    labels: ['stream', 'group'],
  }),
  deadLetters: metrics.gauge({
    name: 'trading_dead_letters',
    help: 'Events given up on, by stream (those this process reads).',
    labels: ['stream'],
  }),
});

export class BusWatch {
  readonly #clock: Clock;
  readonly #readiness: Readiness;
  readonly #metrics: BusMetrics;
  #bus: WatchedBus | undefined;
  #seen: BusHealth | undefined;
  #cancel: (() => void) | undefined;

  constructor(deps: { readonly clock: Clock; readonly readiness: Readiness; readonly metrics: Metrics }) {
    this.#clock = deps.clock;
    this.#readiness = deps.readiness;
    this.#metrics = makeBusMetrics(deps.metrics);
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
    const sums = new Map<string, { stream: string; group: string; lag: number; pending: number }>();
    for (const { stream, group, lag = 0, pending } of health.groups) {
      const key = `${stream}/${group}`;
      const sum = sums.get(key) ?? { stream, group, lag: 0, pending: 0 };
      sums.set(key, { ...sum, lag: sum.lag + lag, pending: sum.pending + pending });
    }
    for (const { stream, group, lag, pending } of sums.values()) {
      this.#metrics.lag.set(lag, { stream, group });
      this.#metrics.pending.set(pending, { stream, group });
    }
    for (const [stream, count] of health.deadLetters) this.#metrics.deadLetters.set(count, { stream });
  }
}
