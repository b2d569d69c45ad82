/**
 * A screener of many symbols in a process of its own, which tells its memory when asked. The exchange is the parent's, who
 * also says what time the market has. Run with --expose-gc.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { MemoryBus } from '../../src/adapters/memory/memory-bus.ts';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../../src/adapters/memory/quiet-metrics.ts';
import { makePublicMexcVenue } from '../../src/adapters/mexc/mexc-venue.ts';
import { openWebSocket } from '../../src/adapters/mexc/socket.ts';
import { SystemClock } from '../../src/process/system-clock.ts';
import { memoryScreener } from '../support/memory-screener.ts';
import { seeded } from './faults.ts';
import { swiftSettings } from './swift-settings.ts';

export type WatcherOrder =
  | {
      readonly kind: 'start';
      readonly rest: string;
      readonly socket: string;
      readonly symbols: readonly string[];
    }
  | { readonly kind: 'time'; readonly now: number }
  | { readonly kind: 'report'; readonly measure: boolean };

export interface WatcherReport {
  /** Open time of the newest candle of the symbol that is furthest behind; 0 before each has one. */
  readonly allUpTo: number;
  /** Bytes in use after garbage collection, of the heap's pages, and resident. 0 when they were not asked for. */
  readonly held: number;
  readonly heap: number;
  readonly resident: number;
}

const SEED = 7;
let marketNow = 0;
const newest = new Map<string, number>();
let symbolCount = 0;

async function start({ rest, socket, symbols }: WatcherOrder & { readonly kind: 'start' }): Promise<void> {
  const clock = new SystemClock();
  symbolCount = symbols.length;
  const venue = makePublicMexcVenue({
    clock,
    random: seeded(SEED),
    fetch: (url, init) => fetch(url, init),
    openSocket: openWebSocket,
    log: QUIET_LOGGER,
    metrics: QUIET_METRICS,
    marketTime: { now: () => marketNow, at: (time) => time, speed: () => 0 },
    settings: swiftSettings({ rest, socket }),
  });
  const bus = new MemoryBus({ dispatch: 'concurrent' });
  await bus.subscribe({
    stream: 'market_data',
    group: 'test',
    handle: (event) => {
      if (event.type === 'candle') {
        const { symbol, openTime } = event.candle;
        newest.set(symbol, Math.max(openTime, newest.get(symbol) ?? 0));
      }
      return Promise.resolve();
    },
  });
  const screener = memoryScreener({ bot: 'watcher', bus, clock, venue, symbols });
  await venue.serverTime.sync();
  await screener.start();
}

/** Garbage is given back to the system in steps, some of them by other threads. */
async function collect(): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.();
    await pause(20);
  }
}

async function report(measure: boolean): Promise<WatcherReport> {
  const allUpTo = newest.size < symbolCount ? 0 : Math.min(...newest.values());
  if (!measure) return { allUpTo, held: 0, heap: 0, resident: 0 };
  await collect();
  const { heapUsed, heapTotal, external, rss } = process.memoryUsage();
  return { allUpTo, held: heapUsed + external, heap: heapTotal, resident: rss };
}

process.on('message', (order: WatcherOrder) => {
  if (order.kind === 'time') marketNow = order.now;
  if (order.kind === 'start') void start(order);
  if (order.kind === 'report') void report(order.measure).then((told) => process.send?.(told));
});
process.on('disconnect', () => process.exit());
