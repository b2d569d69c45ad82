import { afterEach, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { makePublicMexcVenue } from '../../src/adapters/mexc/mexc-venue.ts';
import { openWebSocket } from '../../src/adapters/mexc/socket.ts';
import type { Candle } from '../../src/domain/market/candle.ts';
import { formatDecimal } from '../../src/domain/money/decimal.ts';
import { MINUTE, SECOND } from '../../src/domain/time.ts';
import { SystemClock } from '../../src/process/system-clock.ts';
import { defaultRules } from '../../src/simulator/market/symbol-rules.ts';
import { openSimulator, type TestSimulator } from '../simulator/open-simulator.ts';
import { seeded } from './faults.ts';
import { CountingMetrics } from './harness.ts';
import { FRAME_FAULTS, Havoc } from './havoc.ts';
import { swiftSettings } from './swift-settings.ts';

const SEED = 20_261_126;
const SYMBOLS = Array.from({ length: 200 }, (_, i) => `S${String(i + 1).padStart(4, '0')}USDT`);
const WINDOWS = 12;
const STEP = 10 * SECOND;
const KLINE = 'Min1';
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A client whose market is the simulator's, and who notices dead sockets and silent channels within seconds. */
function watch(simulator: TestSimulator) {
  const metrics = new CountingMetrics();
  const venue = makePublicMexcVenue({
    clock: new SystemClock(),
    random: seeded(SEED),
    fetch: (url, init) => fetch(url, init),
    openSocket: openWebSocket,
    log: QUIET_LOGGER,
    metrics,
    marketTime: {
      now: () => simulator.venue.feed.now(),
      at: (time) => time,
      speed: () => 0,
    },
    settings: swiftSettings(simulator),
  });
  closing.push(() => venue.close());
  /** The last word on each window of each symbol, and what was said as `live` more than once. */
  const candles = new Map<string, Candle>();
  const lives = new Map<string, number>();
  return { venue, metrics, candles, lives };
}

const lineOf = ({
  open,
  high,
  low,
  close,
  volume,
  quoteVolume,
}: Omit<Candle, 'symbol' | 'openTime' | 'interval'>) =>
  [open, high, low, close, volume, quoteVolume].map(formatDecimal).join(' ');

it('carries 200 symbols on 7 connections and loses no closed candle, whatever happens to them', async () => {
  const simulator = await openSimulator({ rules: SYMBOLS.map(defaultRules), history: 3, steps: 8 });
  closing.push(() => simulator.close());
  const { venue, metrics, candles, lives } = watch(simulator);
  await venue.serverTime.sync();
  const first = Math.floor(simulator.venue.feed.now() / MINUTE) * MINUTE;
  await venue.marketData.subscribe({ symbols: SYMBOLS, interval: MINUTE }, (update) => {
    if (update.kind === 'candle') {
      const key = `${update.candle.symbol} ${update.candle.openTime}`;
      candles.set(key, update.candle);
      if (update.origin === 'live') lives.set(key, (lives.get(key) ?? 0) + 1);
    }
    return Promise.resolve();
  });
  const subscribed = async (): Promise<readonly number[]> => {
    const { json } = await simulator.admin('GET', 'connections');
    const open = json as readonly { readonly subscriptions: readonly string[] }[];
    return open.map(({ subscriptions }) => subscriptions.length).sort((a, b) => a - b);
  };
  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await condition())) await pause(50);
  };
  await until(async () => (await subscribed()).reduce((sum, count) => sum + count, 0) === SYMBOLS.length);
  expect(await subscribed()).toEqual([20, 30, 30, 30, 30, 30, 30]);
  expect(metrics.count('trading_venue_connections')).toBe(7);

  const delivered = (openTime: number) =>
    SYMBOLS.filter((symbol) => candles.has(`${symbol} ${openTime}`)).length;
  // Undisturbed, every symbol delivers.
  for (let moved = 0; moved < 2 * MINUTE; moved += STEP) await simulator.advance(STEP);
  await until(() => delivered(first) === SYMBOLS.length);

  const havoc = new Havoc(simulator, seeded(SEED));
  for (let turn = 0; turn < WINDOWS; turn += 1) {
    for (let moved = 0; moved < MINUTE; moved += STEP) {
      await simulator.advance(STEP);
      if (moved === 2 * STEP) await havoc.strike(turn);
      await pause(20);
    }
  }
  await simulator.admin('DELETE', 'faults');
  const last = first + (WINDOWS + 1) * MINUTE;
  await simulator.advance(MINUTE);

  const windowsOf = (symbol: string) =>
    (simulator.venue.exchange.market(symbol)?.klines.windows(KLINE) ?? []).filter(
      ({ start }) => start >= first && start <= last,
    );
  const compared = () => SYMBOLS.reduce((sum, symbol) => sum + windowsOf(symbol).length, 0);
  /** Windows whose last word is not what the exchange has. */
  const wrong = (): readonly string[] =>
    SYMBOLS.flatMap((symbol) =>
      windowsOf(symbol)
        .filter((kline) => {
          const candle = candles.get(`${symbol} ${kline.start}`);
          return candle === undefined || lineOf(candle) !== lineOf(kline as never);
        })
        .map(({ start }) => `${symbol} ${start}`),
    );
  await until(() => wrong().length === 0);
  expect(candles.size).toBeGreaterThanOrEqual(SYMBOLS.length * (WINDOWS + 2));
  expect(compared()).toBeGreaterThanOrEqual(SYMBOLS.length * (WINDOWS + 2));
  expect([...lives].filter(([, times]) => times > 1)).toEqual([]);

  const struck = simulator.venue.faults.counts();
  const origins = ['live', 'backfill', 'correction'].map(
    (origin) => [origin, metrics.count('trading_venue_candles_total', origin)] as const,
  );
  process.stdout.write(
    `candles compared: ${JSON.stringify({ compared: compared(), ...Object.fromEntries(origins), ...havoc.counts, ...struck })}\n`,
  );
  expect(havoc.counts.cutOne).toBeGreaterThanOrEqual(2);
  expect(havoc.counts.cutAll).toBeGreaterThanOrEqual(2);
  expect(havoc.counts.stallOne).toBeGreaterThanOrEqual(2);
  expect(havoc.counts.stallAll).toBeGreaterThanOrEqual(2);
  for (const fault of FRAME_FAULTS) {
    expect(struck[fault]).toBeGreaterThanOrEqual(20);
  }
  expect(metrics.count('trading_venue_candles_total', 'backfill')).toBeGreaterThan(SYMBOLS.length);
}, 240_000);
