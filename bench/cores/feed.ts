/** From the venue's socket to the stream `market_data`: 200 symbols on seven connections, an open loop of klines. */
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { build, type Histogram } from 'hdr-histogram-js';
import { MemoryBus } from '../../workloads/src/adapters/memory/memory-bus.ts';
import { QUIET_LOGGER } from '../../workloads/src/adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../../workloads/src/adapters/memory/quiet-metrics.ts';
import { MEXC_SETTINGS } from '../../workloads/src/adapters/mexc/mexc-settings.ts';
import { makePublicMexcVenue } from '../../workloads/src/adapters/mexc/mexc-venue.ts';
import { openWebSocket } from '../../workloads/src/adapters/mexc/socket.ts';
import { toNumber } from '../../workloads/src/domain/money/decimal.ts';
import { SystemClock } from '../../workloads/src/process/system-clock.ts';
import { memoryScreener } from '../../workloads/test/support/memory-screener.ts';
import type { SenderReport, SendOrder } from './feed-sender.ts';

export const FEED_RATES = [1_000, 10_000] as const;
export const FEED_SECONDS = 10;
export const FEED_SYMBOLS = 200;
const WARM_UP = { rate: 10_000, seconds: 5 };
const SCALE = 1_000_000;
const HIGHEST_US = 60_000_000;

export interface FeedFigures {
  readonly rate: number;
  readonly sent: number;
  /** Ticks on the stream. The others were replaced by a later one of their symbol while they waited. */
  readonly delivered: number;
  /** Microseconds from the intended time of sending to the handler of the stream. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly highest: number;
}

export interface FeedMeasurement {
  readonly figures: readonly FeedFigures[];
  readonly connections: number;
  /** MiB, after the warm-up and at the end; the sender's thread is in both. */
  readonly memoryEarly: number;
  readonly memoryLate: number;
}

const memory = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().rss / 1024 / 1024;
};

class Sender {
  readonly #worker = new Worker(new URL('./feed-sender.ts', import.meta.url));
  #waiting: ((report: SenderReport) => void) | undefined;
  readonly #kept: SenderReport[] = [];

  constructor() {
    this.#worker.on('message', (report: SenderReport) => {
      this.#kept.push(report);
      this.#waiting?.(report);
    });
  }

  async next<Kind extends SenderReport['kind']>(
    isIt: (report: SenderReport) => report is SenderReport & { readonly kind: Kind },
  ): Promise<SenderReport & { readonly kind: Kind }> {
    for (;;) {
      const found = this.#kept.find(isIt);
      if (found !== undefined) {
        this.#kept.splice(0, this.#kept.indexOf(found) + 1);
        return found;
      }
      await new Promise<SenderReport>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  order(order: SendOrder): void {
    this.#worker.postMessage(order);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** What a stream's handler sees of one round of sending. */
interface Round {
  readonly rate: number;
  readonly first: number;
  startNs: bigint;
  readonly histogram: Histogram;
  delivered: number;
}

function note(round: Round, price: number): void {
  const index = Math.round((price - 1) * SCALE) - round.first;
  if (index < 0) return;
  const intended = round.startNs + BigInt(Math.round((index * 1e9) / round.rate));
  const latency = Number(process.hrtime.bigint() - intended) / 1_000;
  round.histogram.recordValue(Math.min(HIGHEST_US, Math.max(1, Math.round(latency))));
  round.delivered += 1;
}

const answer = (url: string): Promise<Response> =>
  Promise.resolve(new Response(url.includes('/time') ? `{"serverTime":${Date.now()}}` : '[]'));

export async function measureFeed(): Promise<FeedMeasurement> {
  const sender = new Sender();
  const { port } = await sender.next((report) => report.kind === 'port');
  const symbols = Array.from({ length: FEED_SYMBOLS }, (_, i) => `S${String(i).padStart(4, '0')}USDT`);
  const clock = new SystemClock();
  const venue = makePublicMexcVenue({
    clock,
    random: () => 0.5,
    fetch: answer,
    openSocket: openWebSocket,
    log: QUIET_LOGGER,
    metrics: QUIET_METRICS,
    settings: { ...MEXC_SETTINGS, restUrl: 'http://127.0.0.1:1', wsUrl: `ws://127.0.0.1:${port}/ws` },
  });
  const bus = new MemoryBus({ dispatch: 'concurrent' });
  let round: Round | undefined;
  const subscription = await bus.subscribe({
    stream: 'market_data',
    group: 'bench',
    handle: (event) => {
      if (event.type === 'tick' && round !== undefined) note(round, toNumber(event.price));
      return Promise.resolve();
    },
  });
  const screener = memoryScreener({ bot: 'bench', bus, clock, venue, symbols });
  await venue.serverTime.sync();
  await screener.start();
  await sender.next(
    (report): report is SenderReport & { readonly kind: 'subscribed' } =>
      report.kind === 'subscribed' && report.channels >= FEED_SYMBOLS,
  );
  let sentBefore = 0;
  const send = async (rate: number, seconds: number): Promise<FeedFigures> => {
    const count = rate * seconds;
    const histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: HIGHEST_US });
    const current: Round = { rate, first: sentBefore, startNs: 0n, histogram, delivered: 0 };
    sender.order({ rate, count, first: sentBefore });
    sentBefore += count;
    current.startNs = (await sender.next((report) => report.kind === 'begun')).startNs;
    round = current;
    await sender.next((report) => report.kind === 'sent');
    await pause(500);
    round = undefined;
    const at = (percentile: number): number => histogram.getValueAtPercentile(percentile);
    return {
      rate,
      sent: count,
      delivered: current.delivered,
      p50: at(50),
      p99: at(99),
      p999: at(99.9),
      highest: histogram.maxValue,
    };
  };
  await send(WARM_UP.rate, WARM_UP.seconds);
  const memoryEarly = memory();
  const figures: FeedFigures[] = [];
  for (const rate of FEED_RATES) figures.push(await send(rate, FEED_SECONDS));
  const memoryLate = memory();
  await screener.stop();
  await subscription.stop();
  await venue.close();
  await sender.close();
  return { figures, connections: Math.ceil(FEED_SYMBOLS / 30), memoryEarly, memoryLate };
}
