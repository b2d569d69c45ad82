/**
 * What metrics cost: processor time for one message with metrics recorded against the same service without, batch by
 * batch in one process, so that what else the machine does meets both; and how long a scrape takes at 200 symbols.
 */
import { PrometheusMetrics } from '../../workloads/src/adapters/prometheus/prometheus-metrics.ts';
import { EventClock } from '../../workloads/src/adapters/memory/event-clock.ts';
import { REPLAY_INPUTS } from '../../workloads/src/adapters/replay/replay-venue.ts';
import { QUIET_LOGGER } from '../../workloads/src/adapters/memory/quiet-logger.ts';
import type { Candle } from '../../workloads/src/domain/market/candle.ts';
import { asPrice, asQuantity, money, type Price, ratio } from '../../workloads/src/domain/money/amounts.ts';
import { decimal } from '../../workloads/src/domain/money/decimal.ts';
import { makeStrategy } from '../../workloads/src/domain/strategy/registry.ts';
import { MINUTE } from '../../workloads/src/domain/time.ts';
import { PROCESSES } from '../../workloads/src/contract/index.ts';
import { decodeEvent, encodeEvent } from '../../workloads/src/events/codec.ts';
import type { CandleEvent, StreamEvents, StreamName, TickEvent } from '../../workloads/src/events/event.ts';
import type { Bus } from '../../workloads/src/ports/bus.ts';
import type { Metrics } from '../../workloads/src/ports/metrics.ts';
import type { MarketData, MarketUpdate } from '../../workloads/src/ports/venue.ts';
import { DECLARED } from '../../workloads/src/process/metric-catalogue.ts';
import { OutboxRelay } from '../../workloads/src/services/outbox-relay.ts';
import { Screener } from '../../workloads/src/services/screener-ws/screener.ts';
import type { Service, ServiceDeps } from '../../workloads/src/services/service.ts';
import { SignalEngine } from '../../workloads/src/services/signal/signal-engine.ts';
import { instruments } from '../../workloads/test/pipeline/market-script.ts';
import { MemoryLedger } from '../../workloads/test/risk/memory-ledger.ts';
import { makeRisk } from '../../workloads/test/risk/risk-world.ts';
import { comparePairs, type Comparison, type Pair } from './pairs.ts';
import { measureWholeRun } from './monitoring-run.ts';
import { SwitchedMetrics } from './switched-metrics.ts';

/** Processor time of one message, µs, with metrics recorded and without. */
export interface Overhead extends Comparison {
  readonly service: string;
  readonly what: string;
}

export interface ScrapeTime {
  readonly service: string;
  readonly series: number;
  readonly bytes: number;
  /** ms. */
  readonly p50: number;
  readonly p99: number;
}

export const SYMBOLS = Array.from({ length: 200 }, (_, index) => `COIN${index}USDT`);
const START = Date.UTC(2026, 0, 5);
const PAIRS = 150;
const WARM_UP = 20;
export const BATCH = 2_000;
const MOMENTUM = {
  thresholdRatio: ratio('0.5'),
  lookback: 15 * MINUTE,
  interval: MINUTE,
  minQuoteVolume: money('100000'),
  cooldown: 15 * MINUTE,
};

type MarketEvent = StreamEvents['market_data'];
const SCRAPES = 200;

/** One service with an endless input. */
interface Subject {
  readonly service: string;
  readonly what: string;
  readonly metrics: SwitchedMetrics;
  readonly running: Service;
  /** Makes the next messages; what is returned lets the service take them. */
  readonly prepare: (count: number) => () => Promise<void>;
}

const cents = (value: number): Price => asPrice(decimal(BigInt(Math.round(value)), 2));

/** Candle `index` of an endless market: all symbols by turns, a minute further after each round. */
function candleAt(index: number): Candle {
  const symbol = SYMBOLS[index % SYMBOLS.length] ?? '';
  const minute = Math.floor(index / SYMBOLS.length);
  const [open, close] = [10_000 + ((minute * 7) % 13), 10_000 + (((minute + 1) * 7) % 13)];
  return {
    symbol,
    interval: MINUTE,
    openTime: START + minute * MINUTE,
    open: cents(open),
    high: cents(Math.max(open, close)),
    low: cents(Math.min(open, close)),
    close: cents(close),
    volume: asQuantity(decimal(123_456n, 3)),
    quoteVolume: money('1000000'),
  };
}

const head = (index: number, time: number) =>
  ({
    schemaVersion: 1,
    eventId: `bench-${index}`,
    eventTime: time,
    createdTime: time,
    bot: 'bench',
  }) as const;

const candleEvent = (index: number): CandleEvent => {
  const candle = candleAt(index);
  return { ...head(index, candle.openTime + MINUTE), type: 'candle', candle, origin: 'live' };
};

const tickEvent = (index: number): TickEvent => ({
  ...head(index, START + index),
  type: 'tick',
  symbol: SYMBOLS[index % SYMBOLS.length] ?? '',
  price: cents(10_000 + (index % 17)),
  bid: cents(9_999 + (index % 17)),
  ask: cents(10_001 + (index % 17)),
});

/** A bus on which what is published is encoded, as a real one does, and dropped; one stream is played by hand. */
function handBus(): { readonly bus: Bus; readonly deliver: (event: MarketEvent) => Promise<void> } {
  let handle: ((event: MarketEvent) => Promise<void>) | undefined;
  const bus: Bus = {
    publish: <Name extends StreamName>(stream: Name, events: readonly StreamEvents[Name][]) => {
      for (const event of events) encodeEvent(stream, event);
      return Promise.resolve();
    },
    subscribe: ({ stream, handle: take }) => {
      if (stream === 'market_data') {
        handle = (event) => (take as (...args: readonly unknown[]) => Promise<void>)(event, { attempt: 1 });
      }
      return Promise.resolve({ stop: () => Promise.resolve() });
    },
    deadLetters: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
  return { bus, deliver: (event) => handle?.(event) ?? Promise.reject(new Error('nobody listens')) };
}

const commonDeps = (metrics: SwitchedMetrics, bus: Bus): ServiceDeps & { readonly clock: EventClock } => {
  const ledger = new MemoryLedger();
  return {
    bot: 'bench',
    ledger,
    bus,
    relay: new OutboxRelay({ ledger, bus }),
    clock: new EventClock(START),
    log: QUIET_LOGGER,
    metrics,
    crash: (error: Error) => {
      throw error;
    },
  };
};

const recording = (): SwitchedMetrics => new SwitchedMetrics(new PrometheusMetrics());

/** Messages as they come from Redis: decoding and checking them is part of the work. */
function fromWire(
  make: (index: number) => MarketEvent,
  deliver: (event: MarketEvent) => Promise<void>,
): Subject['prepare'] {
  let next = 0;
  return (count) => {
    const wire = Array.from({ length: count }, (_, index) => encodeEvent('market_data', make(next + index)));
    next += count;
    return async () => {
      for (const text of wire) {
        const decoded = decodeEvent('market_data', text);
        if (!decoded.ok) throw new Error('an event of the bench does not decode');
        await deliver(decoded.event);
      }
    };
  };
}

function screenerSubject(): Subject {
  const metrics = recording();
  const { bus } = handBus();
  let listener: ((update: MarketUpdate) => Promise<void>) | undefined;
  const marketData: MarketData = {
    instruments: () => Promise.resolve(instruments(SYMBOLS)),
    history: () => Promise.resolve([]),
    subscribe: (_, take) => {
      listener = take;
      return Promise.resolve({ stop: () => Promise.resolve() });
    },
  };
  const running = new Screener({
    ...commonDeps(metrics, bus),
    venue: { name: 'bench', inputs: REPLAY_INPUTS, marketData },
    settings: { symbols: SYMBOLS, interval: MINUTE, warmupCandles: 0 },
  });
  let next = 0;
  return {
    service: 'screener-ws',
    what: 'candles from the venue client to their encoded events',
    metrics,
    running,
    prepare: (count) => {
      const updates = Array.from({ length: count }, (_, index) => candleAt(next + index));
      next += count;
      return async () => {
        for (const candle of updates) await listener?.({ kind: 'candle', candle, origin: 'live' });
      };
    },
  };
}

function signalSubject(): Subject {
  const metrics = recording();
  const { bus, deliver } = handBus();
  const running = new SignalEngine({
    ...commonDeps(metrics, bus),
    strategy: makeStrategy({ momentum: MOMENTUM }),
  });
  const what = 'encoded candle events to decisions';
  return { service: 'signal', what, metrics, running, prepare: fromWire(candleEvent, deliver) };
}

function riskSubject(): Subject {
  const metrics = recording();
  const { bus, deliver } = handBus();
  const deps = commonDeps(metrics, bus);
  const running = makeRisk(deps, {}, { ...deps, instruments: instruments(SYMBOLS) });
  const what = 'encoded ticks to marks and limits';
  return { service: 'risk', what, metrics, running, prepare: fromWire(tickEvent, deliver) };
}

/** Processor time of this process, µs a message. */
async function timed(take: () => Promise<void>, messages: number): Promise<number> {
  const before = process.cpuUsage();
  await take();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / messages;
}

async function measureSubject({ service, what, metrics, running, prepare }: Subject): Promise<Overhead> {
  await running.start();
  for (let round = 0; round < WARM_UP; round += 1) await prepare(BATCH)();
  const pairs: Pair[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const times = { on: 0, off: 0 };
    // First one kind, then the other, by turns: what warms up or slows down meets both.
    for (const kind of pair % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const)) {
      const take = prepare(BATCH);
      metrics.isOn = kind === 'on';
      times[kind] = await timed(take, BATCH);
    }
    pairs.push(times);
  }
  await running.stop();
  return { service, what, ...comparePairs(pairs) };
}

/** Every metric of a process with all its labels at 200 symbols, scraped again and again. */
async function measureScrape(service: keyof typeof DECLARED): Promise<ScrapeTime> {
  const metrics = new PrometheusMetrics();
  for (const declare of DECLARED[service]) declare(fullOf(metrics));
  const times: number[] = [];
  let text = '';
  for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
    const start = performance.now();
    text = await metrics.text();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? 0;
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  return { service, series, bytes: Buffer.byteLength(text), p50: at(0.5), p99: at(0.99) };
}

/** Declares on another one and gives each metric with a symbol a value for every symbol. */
function fullOf(inner: Metrics): Metrics {
  const setsOf = ({
    labels,
  }: {
    readonly labels: readonly string[];
  }): readonly Readonly<Record<string, string>>[] =>
    labels.includes('symbol')
      ? SYMBOLS.map((symbol) =>
          Object.fromEntries(labels.map((label) => [label, label === 'symbol' ? symbol : 'BUY'])),
        )
      : [];
  return {
    counter: (definition) => {
      const made = inner.counter(definition);
      for (const labels of setsOf(definition)) made.add(1, labels);
      return made;
    },
    gauge: (definition) => {
      const made = inner.gauge(definition);
      for (const labels of setsOf(definition)) made.set(1, labels);
      return made;
    },
    histogram: (definition) => {
      const made = inner.histogram(definition);
      for (const labels of setsOf(definition)) made.observe(1, labels);
      return made;
    },
  };
}

export interface MonitoringFigures {
  readonly overheads: readonly Overhead[];
  readonly scrapes: readonly ScrapeTime[];
}

/** @param data a year of one-minute candles of BTCUSDT */
export async function measureMonitoring(data: string): Promise<MonitoringFigures> {
  const overheads: Overhead[] = [];
  for (const make of [screenerSubject, signalSubject, riskSubject]) {
    overheads.push(await measureSubject(make()));
  }
  overheads.push(await measureWholeRun(data));
  const scrapes: ScrapeTime[] = [];
  for (const name of PROCESSES) scrapes.push(await measureScrape(name));
  return { overheads, scrapes };
}
