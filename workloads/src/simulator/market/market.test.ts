import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Candle } from '../../domain/market/candle.ts';
import { asMoney, asPrice, asQuantity, quantity, ratio } from '../../domain/money/amounts.ts';
import {
  ZERO,
  add,
  compare,
  equals,
  formatDecimal,
  greaterThan,
  lessThan,
} from '../../domain/money/decimal.ts';
import { HOUR, MINUTE } from '../../domain/time.ts';
import { makeRandom, makeRandomAt } from '../random.ts';
import { Feed } from './feed.ts';
import { KLINE_INTERVALS } from './intervals.ts';
import { KlineBook } from './kline-book.ts';
import { buildLadder, type LadderShape } from './ladder.ts';
import type { Print } from './print.ts';
import { defaultRules } from './symbol-rules.ts';
import { makeSyntheticMarket, makeSyntheticSource } from './synthetic-market.ts';
import { walkCandle } from './walk.ts';

const RUNS = { seed: 20_261_123, numRuns: 300 };
const T = Date.UTC(2026, 0, 5);

/** Prices of up to four decimals, as data have them: also between the ticks of the symbol. */
const candles = fc
  .record({
    prices: fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 1, max: 2_000_000 }))),
    scale: fc.integer({ min: 0, max: 4 }),
    volume: fc.bigInt({ min: 0n, max: 10n ** 14n }),
    quoteVolume: fc.bigInt({ min: 0n, max: 10n ** 16n }),
    isRising: fc.boolean(),
  })
  .map(({ prices, scale, volume, quoteVolume, isRising }): Candle => {
    const [low = 1, a = 1, b = 1, high = 1] = [...prices].sort((x, y) => x - y);
    const at = (units: number) => asPrice({ units: BigInt(units), scale });
    const [open, close] = isRising ? [a, b] : [b, a];
    return {
      symbol: 'BTCUSDT',
      interval: MINUTE,
      openTime: T,
      open: at(open),
      high: at(high),
      low: at(low),
      close: at(close),
      volume: asQuantity({ units: volume, scale: 6 }),
      quoteVolume: asMoney({ units: quoteVolume, scale: 8 }),
    };
  });

const shape = (steps: number) => ({ steps, priceScale: 2, depth: quantity('10') });

describe('A candle that is walked', () => {
  it('comes out again, exactly', () => {
    fc.assert(
      fc.property(candles, fc.integer({ min: 4, max: 60 }), fc.string(), (candle, steps, seed) => {
        const book = new KlineBook(10);
        for (const print of walkCandle(candle, shape(steps), makeRandom(seed))) book.add(print);
        const kline = book.current('Min1')!;
        for (const field of ['open', 'high', 'low', 'close', 'volume', 'quoteVolume'] as const) {
          expect(formatDecimal(kline[field])).toBe(formatDecimal(candle[field]));
        }
      }),
      RUNS,
    );
  });

  it('meets its low first when it rises, its high first when it falls', () => {
    fc.assert(
      fc.property(candles, (candle) => {
        const prices = walkCandle(candle, shape(20), makeRandom('s')).map(({ price }) => price);
        const low = prices.findIndex((price) => equals(price, candle.low));
        const high = prices.findIndex((price) => equals(price, candle.high));
        const order = compare(candle.close, candle.open);
        if (equals(candle.low, candle.high) || order === 0) return;
        const [first, extreme] = order > 0 ? [low, candle.low] : [high, candle.high];
        const passed = order > 0 ? high : low;
        // An open that is an extreme itself has been met before.
        if (!equals(candle.open, order > 0 ? candle.high : candle.low)) {
          expect(first).toBeLessThanOrEqual(passed);
        }
        expect(equals(prices[first]!, extreme)).toBe(true);
      }),
      RUNS,
    );
  });

  it('trades nothing negative, in the order of time, within its window', () => {
    fc.assert(
      fc.property(candles, fc.integer({ min: 4, max: 60 }), (candle, steps) => {
        const prints = walkCandle(candle, shape(steps), makeRandom('s'));
        expect(prints).toHaveLength(steps);
        expect(prints.every(({ quantity: q, amount }) => !lessThan(q, ZERO) && !lessThan(amount, ZERO))).toBe(
          true,
        );
        const times = prints.map(({ time }) => time);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(times.at(-1)).toBeLessThan(T + MINUTE);
      }),
      RUNS,
    );
  });
});

const LADDER: LadderShape = {
  priceScale: 2,
  quantityScale: 4,
  levels: 20,
  halfSpreadRatio: ratio('0.0001'),
  gapRatio: ratio('0.0002'),
};
const print = (units: number, side: Print['side'], depth: string): Print => ({
  symbol: 'BTCUSDT',
  time: T,
  price: asPrice({ units: BigInt(units), scale: 2 }),
  quantity: quantity('1'),
  amount: asMoney({ units: BigInt(units), scale: 2 }),
  side,
  depth: quantity(depth),
});

describe('The ladder', () => {
  it('stands uncrossed around the last trade, with something on every level', () => {
    const sides = fc.constantFrom('BUY' as const, 'SELL' as const);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_000_000 }), sides, (units, side) => {
        const { bids, asks } = buildLadder(print(units, side, '0'), LADDER, makeRandom('s'));
        const [ask] = asks;
        if (bids[0] !== undefined) expect(lessThan(bids[0].price, ask!.price)).toBe(true);
        expect([...bids, ...asks].every((level) => greaterThan(level.quantity, ZERO))).toBe(true);
        expect([...bids, ...asks].every(({ price }) => greaterThan(price, ZERO))).toBe(true);
        const touch = side === 'BUY' ? ask : bids[0];
        expect(formatDecimal(touch!.price)).toBe(formatDecimal(print(units, side, '0').price));
      }),
      RUNS,
    );
  });

  it('is as deep as it is told, half a level more or less', () => {
    const { asks } = buildLadder(print(5_000_000, 'BUY', '100'), LADDER, makeRandom('s'));
    const total = asks.reduce((sum, level) => sum + Number(formatDecimal(level.quantity)), 0);
    expect(total).toBeGreaterThan(50);
    expect(total).toBeLessThan(150);
  });
});

describe('Seeded numbers', () => {
  it('are the same for a seed, and others for another', () => {
    const draw = (seed: string) => makeRandom(seed).hex(64);
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
    const at = makeRandomAt('a');
    expect(at(7).hex(32)).toBe(makeRandomAt('a')(7).hex(32));
    expect(at(7).hex(32)).not.toBe(at(8).hex(32));
  });
});

const RULES = [defaultRules('BTCUSDT'), defaultRules('ETHUSDT')];

async function takeAll(pauses: readonly number[], seed: string): Promise<readonly Print[]> {
  const source = makeSyntheticSource(makeSyntheticMarket(RULES, seed, MINUTE), MINUTE, T);
  const feed = new Feed(source, {
    stepsOf: () => 6,
    depthShareRatio: ratio('0.5'),
    priceScaleOf: () => 2,
    randomOf: (symbol) => makeRandom(`${seed}/${symbol}`),
  });
  const prints: Print[] = [];
  for (const until of [...pauses, T + HOUR]) {
    await feed.loadUntil(until);
    for (let next = feed.take(until); next !== undefined; next = feed.take(until)) prints.push(next);
  }
  return prints;
}

describe('The feed', () => {
  it('gives the same market for a seed, however often it is asked', async () => {
    const whole = await takeAll([], 'one');
    const pauses = [T + 1, T + 90_000, T + 90_001, T + 31 * MINUTE];
    expect(await takeAll(pauses, 'one')).toEqual(whole);
    expect(await takeAll([], 'two')).not.toEqual(whole);
  });

  it('has no candle depend on which other symbols there are', () => {
    const together = makeSyntheticMarket(RULES, 's', MINUTE)(T);
    const alone = makeSyntheticMarket(RULES.slice(1), 's', MINUTE)(T);
    expect(together[1]).toEqual(alone[0]);
  });

  it('makes every window the sum of the finer ones', async () => {
    const book = new KlineBook(1_000);
    for (const one of await takeAll([], 'one')) if (one.symbol === 'BTCUSDT') book.add(one);
    const volume = (channel: string) =>
      book.windows(channel).reduce((sum, window) => add(sum, window.volume), ZERO);
    for (const { channel } of KLINE_INTERVALS) expect(equals(volume(channel), volume('Min1'))).toBe(true);
    expect(book.windows('Min1')).toHaveLength(61);
    expect(book.windows('Min5')).toHaveLength(13);
  });

  it('cuts weeks on Mondays and months on their first', () => {
    const at = Date.UTC(2026, 1, 18, 12);
    const [week, month] = KLINE_INTERVALS.slice(-2);
    expect(new Date(week!.startOf(at)).toISOString()).toBe('2026-02-16T00:00:00.000Z');
    expect(new Date(month!.startOf(at)).toISOString()).toBe('2026-02-01T00:00:00.000Z');
    expect(new Date(month!.endOf(month!.startOf(at))).toISOString()).toBe('2026-03-01T00:00:00.000Z');
  });
});
