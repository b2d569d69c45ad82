/**
 * The bus on a real Redis of this machine, publisher and consumer in one process: how many events go through, with and
 * without batching, and how long one takes at a steady load next to a bare XADD → XREADGROUP hop with the same bytes.
 * Both kinds of run alternate, so that what else the machine does meets both.
 */
import { randomUUID } from 'node:crypto';
import { build, type Histogram } from 'hdr-histogram-js';
import { Redis } from 'ioredis';
import { QUIET_LOGGER } from '../../workloads/src/adapters/memory/quiet-logger.ts';
import { RedisBus } from '../../workloads/src/adapters/redis/redis-bus.ts';
import type { RedisBusSettings } from '../../workloads/src/adapters/redis/settings.ts';
import { deadLetterKey, streamKey } from '../../workloads/src/contract/index.ts';
import { price } from '../../workloads/src/domain/money/amounts.ts';
import { encodeEvent } from '../../workloads/src/events/codec.ts';
import type { TickEvent } from '../../workloads/src/events/event.ts';
import { SystemClock } from '../../workloads/src/process/system-clock.ts';
import { startRedis, type TestRedis } from '../../workloads/test/support/redis.ts';
import { type Sample, summarize } from '../measure.ts';

export interface Throughput {
  readonly eventsPerSecond: Sample;
  /** Processor time of this process for one event, both ends: µs. */
  readonly cpuPerEvent: Sample;
}

export interface HopLatency {
  /** µs. */
  readonly p50: Sample;
  readonly p99: Sample;
}

export interface RedisFigures {
  readonly version: string;
  readonly batched: Throughput;
  readonly single: Throughput;
  readonly bus: HopLatency;
  readonly bare: HopLatency;
}

export const REDIS_EVENTS = 50_000;
export const REDIS_RUNS = 5;
/** Events a second of the latency runs, and for how many seconds. */
export const HOP_RATE = 1_000;
export const HOP_SECONDS = 2;
/** Events handed over before the publisher waits, as a burst of a feed does. */
const BURST = 500;
const SYMBOLS = Array.from({ length: 100 }, (_, i) => `COIN${i}USDT`);

const tick = (number: number): TickEvent => ({
  schemaVersion: 1,
  type: 'tick',
  eventId: `tick-${number}`,
  eventTime: 1_700_000_000_000 + number,
  createdTime: 1_700_000_000_000 + number,
  bot: 'bench/redis',
  symbol: SYMBOLS[number % SYMBOLS.length] ?? '',
  price: price('61234.56'),
  bid: price('61234.55'),
  ask: price('61234.57'),
});

/** A bus on keys of its own. */
async function openBus(redis: TestRedis, settings: Partial<RedisBusSettings>): Promise<RedisBus> {
  const bot = { namespace: 'bench', name: randomUUID() };
  return RedisBus.connect({
    server: { host: '127.0.0.1', port: redis.port },
    keys: {
      stream: (stream, shard) => streamKey(bot, stream, shard),
      deadLetters: (stream) => deadLetterKey(bot, stream),
    },
    instance: randomUUID(),
    clock: new SystemClock(),
    logger: QUIET_LOGGER,
    random: Math.random,
    settings,
  });
}

interface OneThroughput {
  readonly eventsPerSecond: number;
  readonly cpuPerEvent: number;
}

async function pump(redis: TestRedis, settings: Partial<RedisBusSettings>): Promise<OneThroughput> {
  // Nothing may be conflated: every event is counted.
  const bus = await openBus(redis, {
    ...settings,
    capacity: REDIS_EVENTS * 2,
    conflateAbove: REDIS_EVENTS * 2,
  });
  let done: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    done = resolve;
  });
  let count = 0;
  await bus.subscribe({
    stream: 'market_data',
    group: 'bench',
    handle: () => {
      count += 1;
      if (count === REDIS_EVENTS) done();
      return Promise.resolve();
    },
  });
  const events = Array.from({ length: REDIS_EVENTS }, (_, i) => tick(i));
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  for (let i = 0; i < events.length; i += 1) {
    void bus.publish('market_data', events.slice(i, i + 1));
    if (i % BURST === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await finished;
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  await bus.close();
  return { eventsPerSecond: REDIS_EVENTS / seconds, cpuPerEvent: (user + system) / REDIS_EVENTS };
}

/** Sends at fixed times, whatever the answers do; latency counts from the intended time. */
async function steadily(send: (number: number) => void): Promise<readonly bigint[]> {
  const step = BigInt(1e9 / HOP_RATE);
  const count = HOP_RATE * HOP_SECONDS;
  const start = process.hrtime.bigint() + step;
  const intended = Array.from({ length: count }, (_, i) => start + BigInt(i) * step);
  for (let next = 0; next < count;) {
    while (next < count && process.hrtime.bigint() >= (intended[next] ?? start)) {
      send(next);
      next += 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return intended;
}

function histogramOf(intended: readonly bigint[], arrived: readonly bigint[]): Histogram {
  const histogram = build();
  for (const [i, at] of arrived.entries()) {
    histogram.recordValue(Math.max(0, Number((at - (intended[i] ?? at)) / 1_000n)));
  }
  return histogram;
}

async function busHop(redis: TestRedis): Promise<Histogram> {
  const bus = await openBus(redis, {});
  const arrived: bigint[] = [];
  await bus.subscribe({
    stream: 'market_data',
    group: 'bench',
    handle: (event) => {
      arrived[Number(event.eventId.slice('tick-'.length))] = process.hrtime.bigint();
      return Promise.resolve();
    },
  });
  const intended = await steadily((number) => void bus.publish('market_data', [tick(number)]));
  while (Object.keys(arrived).length < intended.length) await new Promise((resolve) => setImmediate(resolve));
  await bus.close();
  return histogramOf(intended, arrived);
}

async function bareHop(redis: TestRedis): Promise<Histogram> {
  const key = randomUUID();
  const writer = new Redis({ port: redis.port });
  const reader = new Redis({ port: redis.port });
  await writer.xgroup('CREATE', key, 'bench', '$', 'MKSTREAM');
  const arrived: bigint[] = [];
  const count = HOP_RATE * HOP_SECONDS;
  const reading = (async () => {
    for (let seen = 0; seen < count;) {
      const reply = await reader.xreadgroup(
        ...(['GROUP', 'bench', 'main', 'COUNT', 64, 'BLOCK', 1_000, 'STREAMS', key, '>'] as const),
      );
      const streams = reply as readonly [string, readonly [string, readonly string[]][]][] | null;
      const entries = streams?.[0]?.[1] ?? [];
      for (const [, fields] of entries) {
        arrived[Number(fields[1])] = process.hrtime.bigint();
        seen += 1;
      }
      if (entries.length > 0) void reader.xack(key, 'bench', ...entries.map(([id]) => id));
    }
  })();
  const intended = await steadily((number) => {
    void writer.xadd(key, '*', 'n', number, 'e', encodeEvent('market_data', tick(number)));
  });
  await reading;
  writer.disconnect();
  reader.disconnect();
  return histogramOf(intended, arrived);
}

const throughput = (runs: readonly OneThroughput[]): Throughput => ({
  eventsPerSecond: summarize(runs.map((run) => run.eventsPerSecond)),
  cpuPerEvent: summarize(runs.map((run) => run.cpuPerEvent)),
});

const latency = (runs: readonly Histogram[]): HopLatency => ({
  p50: summarize(runs.map((run) => run.getValueAtPercentile(50))),
  p99: summarize(runs.map((run) => run.getValueAtPercentile(99))),
});

/** @throws Error saying how to install redis-server when it is missing */
export async function measureRedis(): Promise<RedisFigures> {
  const redis = await startRedis();
  try {
    await pump(redis, {});
    const batched: OneThroughput[] = [];
    const single: OneThroughput[] = [];
    const bus: Histogram[] = [];
    const bare: Histogram[] = [];
    for (let run = 0; run < REDIS_RUNS; run += 1) {
      batched.push(await pump(redis, {}));
      single.push(await pump(redis, { maxBatch: 1, maxInFlight: 1_000 }));
      bus.push(await busHop(redis));
      bare.push(await bareHop(redis));
      await redis.client.flushall();
    }
    const info = await redis.client.info('server');
    return {
      version: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown',
      batched: throughput(batched),
      single: throughput(single),
      bus: latency(bus),
      bare: latency(bare),
    };
  } finally {
    await redis.stop();
  }
}
