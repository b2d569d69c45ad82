/**
 * The pipeline as separate processes on a real Redis and PostgreSQL 15 (`fsync` on): this one plays the screener and
 * reads the signals, a real `claire signal` is in between. Open loop: latency counts from the intended time of sending.
 * For comparison, the same events go through a bare consumer process (`echo.ts`) at the same rate, run by run.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build, type Histogram } from 'hdr-histogram-js';
import { Redis } from 'ioredis';
import { QUIET_LOGGER } from '../../workloads/src/adapters/memory/quiet-logger.ts';
import { openLedger } from '../../workloads/src/adapters/postgres/open-ledger.ts';
import { RedisBus } from '../../workloads/src/adapters/redis/redis-bus.ts';
import { streamKey } from '../../workloads/src/contract/index.ts';
import { money, price, quantity } from '../../workloads/src/domain/money/amounts.ts';
import { MINUTE } from '../../workloads/src/domain/time.ts';
import { encodeEvent } from '../../workloads/src/events/codec.ts';
import {
  type CandleEvent,
  type CandleOrigin,
  SCHEMA_VERSION,
  type TickEvent,
} from '../../workloads/src/events/event.ts';
import { SystemClock } from '../../workloads/src/process/system-clock.ts';
import { keysOf } from '../../workloads/test/bus/redis-fixture.ts';
import { temporaryFolder, type TemporaryFolder } from '../../workloads/test/cli/claire.ts';
import { instrumentOf } from '../../workloads/test/crash/exchange-world.ts';
import {
  commandLine,
  killAll,
  startProcess,
  type TestProcess,
} from '../../workloads/test/process/process-fixture.ts';
import { writeRunFolder } from '../../workloads/test/process/run-folder.ts';
import type { MadeEnvelope } from '../../workloads/src/services/envelope.ts';
import { startPostgres15, type TestPostgres } from '../../workloads/test/support/postgres.ts';
import { startRedis, type TestRedis } from '../../workloads/test/support/redis.ts';
import { type Sample, summarize } from '../measure.ts';

/** Events a second of the latency runs; one in `SIGNAL_EVERY` is a candle that makes a signal. */
export const PIPELINE_RATE = 1_000;
export const SIGNAL_EVERY = 100;
export const PIPELINE_SECONDS = 10;
export const PIPELINE_RUNS = 5;
/** Events a second that must be kept up with, none of them conflated. */
export const FLOOD_RATE = 20_000;
/** `CLAIRE_BENCH_FLOOD=600` floods for ten minutes. */
const FLOOD_SECONDS = Number(process.env['CLAIRE_BENCH_FLOOD'] ?? 15);

const BOT = { namespace: 'default', name: 'bench' };
const DATABASE = 'claire_bench';
const SYMBOLS = Array.from({ length: 100 }, (_, i) => `B${String(i).padStart(3, '0')}USDT`);
const WARM_UP = 6;
/** A candle of the past, so that none is ahead of the clock. */
const START = Math.floor(Date.now() / MINUTE) * MINUTE - 5_000 * MINUTE;
const ECHO = fileURLToPath(new URL('./echo.ts', import.meta.url));

export interface Hop {
  /** µs. */
  readonly p50: Sample;
  readonly p99: Sample;
}

export interface Flood {
  readonly seconds: number;
  readonly sent: number;
  /** Events a second that this process managed to send. */
  readonly rate: number;
  /** Entries that the signal engine had not read yet, at the middle and at the end of the flood. */
  readonly lagMiddle: number;
  readonly lagEnd: number;
  /** ms until it had read all of them after the last was sent. */
  readonly drained: number;
  /** Processor time of the signal process for an event, µs. */
  readonly cpuPerEvent: number;
  /** MiB of the signal process, before and after. */
  readonly memoryBefore: number;
  readonly memoryAfter: number;
}

export interface PipelineFigures {
  readonly signal: Hop;
  readonly bare: Hop;
  readonly flood: Flood;
}

const botFile = `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: ${BOT.name} }
spec:
  exchange: { venue: simulator, endpoints: { rest: 'http://127.0.0.1:9', ws: 'ws://127.0.0.1:9/ws' } }
  universe: { quote: USDT, symbols: [${SYMBOLS.join(', ')}] }
  strategy:
    momentum: { interval: 1m, threshold: 0.1%, lookback: 4m, minQuoteVolume: '0', cooldown: 1m, takeProfit: 50%, maxHolding: 4h }
`;

/** What a screener sends. Each candle is higher than the last by more than the threshold. */
class Market {
  readonly #closed = new Map<string, number>();
  #count = 0;

  candle(origin: CandleOrigin): CandleEvent {
    const symbol = SYMBOLS[this.#count % SYMBOLS.length] ?? '';
    this.#count += 1;
    const index = this.#closed.get(symbol) ?? 0;
    this.#closed.set(symbol, index + 1);
    const [open, close] = [100 + index, 101 + index].map((value) => price(value.toFixed(2)));
    const openTime = START + index * MINUTE;
    return {
      ...head('candle', `${symbol}-${index}`, openTime + MINUTE),
      origin,
      candle: {
        symbol,
        interval: MINUTE,
        openTime,
        open: open ?? price('1'),
        high: close ?? price('1'),
        low: open ?? price('1'),
        close: close ?? price('1'),
        volume: quantity('10'),
        quoteVolume: money('1000'),
      },
    };
  }

  tick(number: number): TickEvent {
    const symbol = SYMBOLS[number % SYMBOLS.length] ?? '';
    return { ...head('tick', `tick-${number}-${this.#count}`, Date.now()), symbol, price: price('61234.56') };
  }
}

const head = <Type extends string>(type: Type, eventId: string, eventTime: number): MadeEnvelope<Type> => ({
  schemaVersion: SCHEMA_VERSION,
  type,
  eventId,
  eventTime,
  createdTime: Date.now(),
  bot: BOT.name,
});

/** Sends at fixed times, whatever the answers do; returns the intended times. */
async function steadily(
  rate: number,
  count: number,
  send: (number: number) => void,
): Promise<(n: number) => bigint> {
  const start = process.hrtime.bigint() + 1_000_000n;
  const intended = (n: number): bigint => start + BigInt(Math.round((n * 1e9) / rate));
  for (let next = 0; next < count;) {
    for (; next < count && process.hrtime.bigint() >= intended(next); next += 1) send(next);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return intended;
}

/** Arrivals by number, and their distance from the intended times. */
class Arrivals {
  readonly #at = new Map<number, bigint>();

  note(number: number): void {
    this.#at.set(number, process.hrtime.bigint());
  }

  async all(count: number): Promise<void> {
    while (this.#at.size < count) await pause(1);
  }

  histogram(intended: (n: number) => bigint): Histogram {
    const histogram = build();
    for (const [n, at] of this.#at) histogram.recordValue(Math.max(0, Number((at - intended(n)) / 1_000n)));
    return histogram;
  }
}

const EVENTS = PIPELINE_RATE * PIPELINE_SECONDS;
const makesSignal = (n: number): boolean => n % SIGNAL_EVERY === 0;

class Bench {
  readonly #redis: TestRedis;
  readonly #bus: RedisBus;
  readonly #signal: TestProcess;
  readonly #market: Market;
  /** Which event a signal follows from. */
  readonly #causes = new Map<string, number>();
  #arrivals = new Arrivals();

  private constructor(redis: TestRedis, bus: RedisBus, signal: TestProcess, market: Market) {
    this.#redis = redis;
    this.#bus = bus;
    this.#signal = signal;
    this.#market = market;
  }

  static async start(redis: TestRedis, signal: TestProcess): Promise<Bench> {
    const bus = await RedisBus.connect({
      server: { host: '127.0.0.1', port: redis.port },
      keys: keysOf(BOT),
      instance: randomUUID(),
      clock: new SystemClock(),
      logger: QUIET_LOGGER,
      random: Math.random,
      // Nothing may be conflated: every event is counted.
      settings: { capacity: 2_000_000, conflateAbove: 2_000_000 },
    });
    const bench = new Bench(redis, bus, signal, new Market());
    await bus.subscribe({
      stream: 'signals',
      group: 'bench',
      handle: (event) => {
        const number = bench.#causes.get(event.cause ?? '');
        if (number !== undefined) bench.#arrivals.note(number);
        return Promise.resolve();
      },
    });
    await signal.until('/livez', ({ status }) => status === 200);
    await signal.until('/readyz', ({ text }) => !text.includes('STARTING'));
    const past = Array.from({ length: WARM_UP * SYMBOLS.length }, () => bench.#market.candle('backfill'));
    await bus.publish('market_data', past);
    return bench;
  }

  /** From the intended time of a candle to its signal here. */
  async toSignal(): Promise<Histogram> {
    this.#arrivals = new Arrivals();
    this.#causes.clear();
    const intended = await steadily(PIPELINE_RATE, EVENTS, (n) => {
      if (!makesSignal(n)) return void this.#bus.publish('market_data', [this.#market.tick(n)]);
      const candle = this.#market.candle('live');
      this.#causes.set(candle.eventId, n);
      void this.#bus.publish('market_data', [candle]);
    });
    await this.#arrivals.all(EVENTS / SIGNAL_EVERY);
    return this.#arrivals.histogram(intended);
  }

  /** The same way and back with nothing but Redis in between. */
  async bare(): Promise<Histogram> {
    const key = randomUUID();
    const echo = spawn(process.execPath, [ECHO, String(this.#redis.port), key], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [writer, reader] = [new Redis({ port: this.#redis.port }), new Redis({ port: this.#redis.port })];
    const arrivals = new Arrivals();
    const over = new AbortController();
    try {
      await once(echo.stdout, 'data');
      const reading = readBack(reader, `${key}:back`, arrivals, over.signal);
      const intended = await steadily(PIPELINE_RATE, EVENTS, (n) => {
        const text = encodeEvent('market_data', this.#market.tick(n));
        void writer.xadd(key, '*', 'n', n, makesSignal(n) ? 'r' : 't', '1', 'e', text);
      });
      await arrivals.all(EVENTS / SIGNAL_EVERY);
      over.abort();
      await reading;
      return arrivals.histogram(intended);
    } finally {
      writer.disconnect();
      reader.disconnect();
      echo.kill('SIGKILL');
      await once(echo, 'exit');
      await this.#redis.client.del(key, `${key}:back`);
    }
  }

  async flood(): Promise<Flood> {
    const before = await this.#cost();
    const count = FLOOD_RATE * FLOOD_SECONDS;
    let lagMiddle = 0;
    const start = performance.now();
    await steadily(FLOOD_RATE, count, (n) => {
      void this.#bus.publish('market_data', [this.#market.tick(n)]);
      if (n === count / 2) void this.#lag().then((lag) => (lagMiddle = lag));
    });
    const sentAfter = performance.now() - start;
    const lagEnd = await this.#lag();
    const drainStart = performance.now();
    while ((await this.#lag()) > 0) await pause(5);
    const drained = performance.now() - drainStart;
    const after = await this.#cost();
    return {
      seconds: FLOOD_SECONDS,
      sent: count,
      rate: (count / sentAfter) * 1_000,
      lagMiddle,
      lagEnd,
      drained,
      cpuPerEvent: ((after.cpu - before.cpu) * 1e6) / count,
      memoryBefore: before.memory,
      memoryAfter: after.memory,
    };
  }

  async close(): Promise<void> {
    await this.#bus.close();
  }

  /** Entries of all shards that the signal engine has not read, or not acknowledged. */
  async #lag(): Promise<number> {
    const keys = await this.#redis.client.keys(`${streamKey(BOT, 'market_data')}*`);
    let total = 0;
    for (const key of keys) {
      const groups = (await this.#redis.client.xinfo('GROUPS', key)) as readonly (readonly unknown[])[];
      for (const row of groups) {
        const field = (name: string): unknown => row[row.indexOf(name) + 1];
        if (field('name') === 'signal') total += Number(field('lag') ?? 0) + Number(field('pending') ?? 0);
      }
    }
    return total;
  }

  async #cost(): Promise<{ readonly cpu: number; readonly memory: number }> {
    const { text } = await this.#signal.get('/metrics', 'metrics');
    const read = (name: string): number =>
      Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
    return {
      cpu: read('process_cpu_seconds_total'),
      memory: read('process_resident_memory_bytes') / 1024 / 1024,
    };
  }
}

async function readBack(reader: Redis, key: string, arrivals: Arrivals, signal: AbortSignal): Promise<void> {
  let last = '0';
  while (!signal.aborted) {
    const reply = await reader.xread('COUNT', 64, 'BLOCK', 100, 'STREAMS', key, last);
    for (const [id, fields] of reply?.[0]?.[1] ?? []) {
      last = id;
      arrivals.note(Number(fields[1]));
    }
  }
}

const hop = (runs: readonly Histogram[]): Hop => ({
  p50: summarize(runs.map((run) => run.getValueAtPercentile(50))),
  p99: summarize(runs.map((run) => run.getValueAtPercentile(99))),
});

async function prepare(folder: TemporaryFolder, redis: TestRedis, postgres: TestPostgres): Promise<void> {
  const servers = { redis, postgres, database: DATABASE };
  const { identity } = await writeRunFolder(folder, botFile, { name: 'signal', servers });
  const ledger = await openLedger({
    location: postgres.url(),
    database: DATABASE,
    identity,
    writers: ['screener-rest'],
  });
  await ledger.transaction((tx) => tx.putInstruments(SYMBOLS.map(instrumentOf)));
  await ledger.close();
}

/** @throws Error saying what to install when Redis or PostgreSQL 15 is missing */
export async function measurePipeline(): Promise<PipelineFigures> {
  const [folder, redis, postgres] = await Promise.all([
    temporaryFolder(),
    startRedis(),
    startPostgres15({ durable: true }),
  ]);
  const processes: TestProcess[] = [];
  try {
    await prepare(folder, redis, postgres);
    const signal = startProcess(commandLine('signal'), folder.path);
    processes.push(signal);
    const bench = await Bench.start(redis, signal);
    await bench.toSignal();
    const [signals, bare]: [Histogram[], Histogram[]] = [[], []];
    for (let run = 0; run < PIPELINE_RUNS; run += 1) {
      signals.push(await bench.toSignal());
      bare.push(await bench.bare());
    }
    const flood = await bench.flood();
    await bench.close();
    return { signal: hop(signals), bare: hop(bare), flood };
  } finally {
    await killAll(processes);
    await Promise.all([redis.stop(), postgres.stop()]);
    await folder.remove();
  }
}
