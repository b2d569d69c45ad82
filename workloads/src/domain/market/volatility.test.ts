import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildCandle } from '../../../test/domain/build-candle.ts';
import { DAY, HOUR, MINUTE } from '../time.ts';
import { Volatility, sampleDeviation } from './volatility.ts';

const RUN = { seed: 6, numRuns: 60 };
const START = Date.UTC(2024, 0, 1);

type Closes = ReadonlyMap<number, string>;

function feed(interval: number, closes: Closes): Volatility {
  const volatility = new Volatility(interval);
  for (const [openTime, close] of closes) volatility.put(buildCandle({ interval, openTime, close }));
  return volatility;
}

/** Closes from START on, one an interval, without those that `missing` names by index. */
function series(
  interval: number,
  prices: readonly string[],
  missing: ReadonlySet<number> = new Set(),
): Closes {
  return new Map(
    prices.flatMap((close, index) =>
      missing.has(index) ? [] : [[START + index * interval, close] as const],
    ),
  );
}

/** Root of the mean square from the definition, with two passes over log returns in bps. */
function referenceSigma(returns: readonly number[]): number {
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  return Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (returns.length - 1));
}

const logBps = (from: number, to: number): number => 10_000 * (Math.log(to) - Math.log(from));

describe('the deviation of a sample', () => {
  it('divides by n − 1', () => {
    expect(sampleDeviation([1, 2, 3, 4])).toBeCloseTo(Math.sqrt(5 / 3), 12);
    expect(sampleDeviation([5, 5])).toBe(0);
  });

  it('is unknown below two values', () => {
    expect(sampleDeviation([])).toBeUndefined();
    expect(sampleDeviation([1])).toBeUndefined();
  });
});

describe('σ of one-hour returns', () => {
  it('is known from the candle that completes six hours on', () => {
    const prices = Array.from({ length: 73 }, (_, index) => `${100 + (index % 7)}`);
    expect(feed(5 * MINUTE, series(5 * MINUTE, prices.slice(0, 72))).hourlySigmaBps()).toBeUndefined();
    const warm = feed(5 * MINUTE, series(5 * MINUTE, prices));
    expect(warm.hourlySigmaBps()).toBeGreaterThan(0);
    expect(warm.warmupCandles).toBe(73);
  });

  it('takes in more hours until there are 24 of them', () => {
    const prices = Array.from({ length: 40 }, (_, index) => 100 + ((index * 29) % 13));
    for (const length of [7, 12, 25, 40]) {
      const seen = prices.slice(0, length);
      const hours = seen.slice(-25);
      const returns = hours.slice(1).map((to, index) => logBps(hours[index] ?? NaN, to));
      expect(feed(HOUR, series(HOUR, seen.map(String))).hourlySigmaBps()).toBeCloseTo(
        referenceSigma(returns),
        9,
      );
    }
  });

  it('of a price that stands still is 0', () => {
    const volatility = feed(
      HOUR,
      series(
        HOUR,
        Array.from({ length: 25 }, () => '100'),
      ),
    );
    expect(volatility.hourlySigmaBps()).toBe(0);
  });

  it('of hours that go up and down by 1 % in turn is about 101.6 bps', () => {
    const prices = Array.from({ length: 25 }, (_, index) => (index % 2 === 0 ? '100' : '101'));
    // 24 returns of ± ln 1.01, their mean 0: |ln 1.01| × √(24/23).
    expect(feed(HOUR, series(HOUR, prices)).hourlySigmaBps()).toBeCloseTo(
      10_000 * Math.log(1.01) * Math.sqrt(24 / 23),
      9,
    );
  });

  it('equals the reference for any prices, at any interval that divides an hour', () => {
    const cases = fc.constantFrom(5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR).chain((interval) => {
      const length = DAY / interval + 1;
      return fc.record({
        interval: fc.constant(interval),
        cents: fc.array(fc.integer({ min: 1, max: 10_000_000 }), {
          minLength: length,
          maxLength: length + 20,
        }),
      });
    });
    fc.assert(
      fc.property(cases, ({ interval, cents }) => {
        const prices = cents.map((value) => value / 100);
        const step = HOUR / interval;
        const newest = prices.length - 1;
        const hours = Array.from({ length: 25 }, (_, hour) => prices[newest - hour * step] ?? NaN);
        const returns = hours.slice(1).map((earlier, index) => logBps(earlier, hours[index] ?? NaN));
        const sigma = feed(interval, series(interval, prices.map(String))).hourlySigmaBps();
        expect(sigma).toBeCloseTo(referenceSigma(returns), 6);
      }),
      RUN,
    );
  });

  it('takes the last close before a missing one', () => {
    const prices = Array.from({ length: 289 }, (_, index) => `${100 + ((index * 37) % 11)}`);
    // Index 276 is the close one hour before the newest.
    const gapped = feed(5 * MINUTE, series(5 * MINUTE, prices, new Set([276])));
    const carried = prices.map((close, index) => (index === 276 ? (prices[275] ?? close) : close));
    expect(gapped.hourlySigmaBps()).toBe(feed(5 * MINUTE, series(5 * MINUTE, carried)).hourlySigmaBps());
  });

  it('is unknown while an hour of the day has no candle at all', () => {
    const prices = Array.from({ length: 300 }, (_, index) => `${100 + (index % 5)}`);
    const missing = new Set(Array.from({ length: 12 }, (_, index) => 265 + index));
    const until = (count: number): number | undefined =>
      feed(5 * MINUTE, series(5 * MINUTE, prices.slice(0, count), missing)).hourlySigmaBps();
    // The hole is the hour that ends one hour before candle 288; a candle later the hour reaches past the hole.
    expect(until(289)).toBeUndefined();
    expect(until(290)).toBeGreaterThanOrEqual(0);
  });

  it('of longer candles is scaled to an hour by the square root of time', () => {
    const prices = Array.from({ length: 25 }, (_, index) => (index % 2 === 0 ? '100' : '101'));
    const hourly = feed(HOUR, series(HOUR, prices)).hourlySigmaBps();
    expect(feed(4 * HOUR, series(4 * HOUR, prices)).hourlySigmaBps()).toBeCloseTo((hourly ?? NaN) / 2, 9);
  });

  it('depends on the last 24 hours alone, not on what came before or in which order it was filled', () => {
    const prices = Array.from({ length: 400 }, (_, index) => `${1_000 + ((index * 7_919) % 313)}`);
    const whole = series(5 * MINUTE, prices);
    const lastDay = new Map([...whole].slice(-289));
    const shuffled = new Map([...lastDay].sort(([a], [b]) => (a % 7) - (b % 7) || b - a));
    const expected = feed(5 * MINUTE, lastDay).hourlySigmaBps();
    expect(expected).toBeGreaterThan(0);
    expect(feed(5 * MINUTE, whole).hourlySigmaBps()).toBe(expected);
    expect(feed(5 * MINUTE, shuffled).hourlySigmaBps()).toBe(expected);
    expect(feed(5 * MINUTE, shuffled).candleReturns()).toEqual(feed(5 * MINUTE, whole).candleReturns());
  });
});

describe('one-candle returns', () => {
  it('hold the latest against the deviation of those before it', () => {
    const calm = Array.from({ length: 288 }, (_, index) => (index % 2 === 0 ? 100 : 100.1));
    const prices = [...calm, 105];
    const returns = prices.slice(1).map((to, index) => logBps(prices[index] ?? NaN, to));
    const result = feed(5 * MINUTE, series(5 * MINUTE, prices.map(String))).candleReturns();
    expect(result?.latestBps).toBeCloseTo(returns.at(-1) ?? NaN, 9);
    expect(result?.sigmaBps).toBeCloseTo(referenceSigma(returns.slice(0, -1)), 9);
    // A jump of nearly 5 % stands out because it does not widen its own measure.
    expect((result?.latestBps ?? NaN) / (result?.sigmaBps ?? NaN)).toBeGreaterThan(40);
  });

  it('skip the pairs around a missing candle', () => {
    const prices = Array.from({ length: 289 }, (_, index) => `${100 + ((index * 17) % 9)}`);
    const gapped = feed(5 * MINUTE, series(5 * MINUTE, prices, new Set([100]))).candleReturns();
    const numbers = prices.map(Number);
    const returns = numbers
      .slice(1)
      .map((to, index) => ({ index: index + 1, value: logBps(numbers[index] ?? NaN, to) }))
      .filter(({ index }) => index !== 100 && index !== 101 && index !== 288);
    expect(gapped?.sigmaBps).toBeCloseTo(referenceSigma(returns.map(({ value }) => value)), 9);
  });

  it('are unknown before six hours, without the candle before the newest, or with most candles missing', () => {
    const prices = Array.from({ length: 289 }, (_, index) => `${100 + (index % 3)}`);
    const returns = (missing: ReadonlySet<number>, count = 289): unknown =>
      feed(5 * MINUTE, series(5 * MINUTE, prices.slice(0, count), missing)).candleReturns();
    expect(returns(new Set())).toBeDefined();
    expect(returns(new Set(), 73)).toBeDefined();
    expect(returns(new Set(), 72)).toBeUndefined();
    expect(returns(new Set([287]))).toBeUndefined();
    expect(returns(new Set(Array.from({ length: 150 }, (_, index) => 50 + index)))).toBeUndefined();
    expect(new Volatility(MINUTE).candleReturns()).toBeUndefined();
  });
});
