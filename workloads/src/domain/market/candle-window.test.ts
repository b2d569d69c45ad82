import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildCandle } from '../../../test/domain/build-candle.ts';
import { NO_MONEY, asMoney } from '../money/amounts.ts';
import { add, equals, formatDecimal } from '../money/decimal.ts';
import { MINUTE } from '../time.ts';
import { CandleWindow } from './candle-window.ts';
import type { Candle } from './candle.ts';

const RUN = { seed: 5, numRuns: 500 };
const candleAt = (minute: number, texts: { close?: string; quoteVolume?: string } = {}): Candle =>
  buildCandle({ ...texts, openTime: minute * MINUTE });

function windowOf(capacity: number, minutes: readonly number[]): CandleWindow {
  const window = new CandleWindow({ interval: MINUTE, capacity });
  for (const minute of minutes) window.put(candleAt(minute));
  return window;
}

/** What the window must say, from the list of everything put, without any cleverness. */
class NaiveWindow {
  readonly #capacity: number;
  readonly #candles = new Map<number, Candle>();
  #newest = -1;
  #seen = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  put(minute: number, candle: Candle): string {
    if (minute <= this.#newest - this.#capacity) return 'ignored';
    const known = this.#candles.has(minute);
    this.#candles.set(minute, candle);
    if (known) return 'replaced';
    this.#seen += 1;
    const appended = minute > this.#newest;
    this.#newest = Math.max(this.#newest, minute);
    return appended ? 'appended' : 'filled';
  }

  /** The newest `count` places, newest first. */
  #last(count: number): (Candle | undefined)[] {
    return Array.from({ length: count }, (_, age) => this.#candles.get(this.#newest - age));
  }

  describe(): unknown {
    return Array.from({ length: this.#capacity + 1 }, (_, count) => {
      const last = this.#last(count);
      const missing = last.findIndex((candle) => candle === undefined);
      return {
        count,
        complete: missing < 0,
        gapAt: missing < 0 || this.#newest < 0 ? undefined : (this.#newest - missing) * MINUTE,
        volume: formatDecimal(
          last.reduce((sum, candle) => asMoney(add(sum, candle?.quoteVolume ?? NO_MONEY)), NO_MONEY),
        ),
        at: count === this.#capacity ? undefined : this.#candles.get(this.#newest - count),
        seen: this.#seen,
      };
    });
  }
}

const describeWindow = (window: CandleWindow): unknown =>
  Array.from({ length: window.capacity + 1 }, (_, count) => ({
    count,
    complete: count === 0 || window.isComplete(count),
    gapAt: count === 0 ? undefined : window.gapAt(count),
    volume: formatDecimal(window.quoteVolume(count)),
    at: window.at(count),
    seen: window.seen,
  }));

describe('a window of candles', () => {
  it('keeps the newest and forgets what is older', () => {
    const window = windowOf(3, [1, 2, 3, 4]);
    expect([0, 1, 2, 3].map((age) => window.at(age)?.openTime)).toEqual([
      4 * MINUTE,
      3 * MINUTE,
      2 * MINUTE,
      undefined,
    ]);
    expect(window.latest?.openTime).toBe(4 * MINUTE);
    expect(window.seen).toBe(4);
  });

  it('replaces a candle that is sent again', () => {
    const window = windowOf(3, [1, 2]);
    expect(window.put(candleAt(2, { close: '7', quoteVolume: '0.5' }))).toBe('replaced');
    expect(formatDecimal(window.latest!.close)).toBe('7');
    expect(formatDecimal(window.quoteVolume(2))).toBe('100.5');
    expect(window.seen).toBe(2);
  });

  it('knows where candles are missing, and lets a late one fill the hole', () => {
    const window = windowOf(5, [1, 2, 5]);
    expect(window.isComplete(1)).toBe(true);
    expect(window.isComplete(2)).toBe(false);
    expect(window.gapAt(2)).toBe(4 * MINUTE);
    expect(window.put(candleAt(4))).toBe('filled');
    expect(window.gapAt(3)).toBe(3 * MINUTE);
    expect(window.put(candleAt(3))).toBe('filled');
    expect(window.isComplete(5)).toBe(true);
    expect(window.gapAt(5)).toBeUndefined();
  });

  it('ignores a candle older than itself', () => {
    const window = windowOf(2, [5, 6]);
    expect(window.put(candleAt(4))).toBe('ignored');
    expect(window.seen).toBe(2);
    expect(formatDecimal(window.quoteVolume(2))).toBe('200');
  });

  it('sums exactly when a candle brings more decimal places', () => {
    const window = new CandleWindow({ interval: MINUTE, capacity: 3 });
    for (const [minute, quoteVolume] of ['1', '0.5', '0.000000001'].entries()) {
      window.put(candleAt(minute, { quoteVolume }));
    }
    expect(formatDecimal(window.quoteVolume(3))).toBe('1.500000001');
    expect(formatDecimal(window.quoteVolume(1))).toBe('0.000000001');
  });

  it('says nothing of a candle that never came', () => {
    const window = new CandleWindow({ interval: MINUTE, capacity: 2 });
    expect(window.latest).toBeUndefined();
    expect(window.isComplete(1)).toBe(false);
    expect(window.gapAt(1)).toBeUndefined();
    expect(equals(window.quoteVolume(2), NO_MONEY)).toBe(true);
  });

  it('refuses what would be a mistake of its caller', () => {
    const window = windowOf(2, [1, 2]);
    expect(() => window.isComplete(3)).toThrow('a window of 2 candles never holds 3');
    expect(() => window.put(buildCandle({ interval: 5 * MINUTE }))).toThrow(
      'a window of 60000 ms takes no candle of 300000 ms',
    );
    expect(() => window.put(buildCandle({ openTime: 60_001 }))).toThrow(
      'open time must be a multiple of the interval (60000 ms): was 60001',
    );
    for (const capacity of [0, -1, 1.5, NaN]) {
      expect(() => new CandleWindow({ interval: MINUTE, capacity })).toThrow(
        `a window holds at least one value: was ${capacity}`,
      );
    }
  });

  it('says what a list of everything put would say, for any order, gap and replacement', () => {
    // Steps mostly forward by one, sometimes over a gap, sometimes back into the window or before it.
    const steps = fc.array(
      fc.record({
        step: fc.oneof(
          { weight: 5, arbitrary: fc.constant(1) },
          { weight: 2, arbitrary: fc.integer({ min: -12, max: 12 }) },
          { weight: 1, arbitrary: fc.integer({ min: 13, max: 400 }) },
        ),
        units: fc.bigInt({ min: 0n, max: 10n ** 15n }),
        scale: fc.integer({ min: 0, max: 10 }),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), steps, (capacity, puts) => {
        const window = new CandleWindow({ interval: MINUTE, capacity });
        const naive = new NaiveWindow(capacity);
        let newest = 500;
        for (const { step, units, scale } of puts) {
          const minute = newest + step;
          const candle = candleAt(minute, { quoteVolume: formatDecimal({ units, scale }) });
          expect(window.put(candle)).toBe(naive.put(minute, candle));
          expect(describeWindow(window)).toEqual(naive.describe());
          newest = Math.max(newest, minute);
        }
      }),
      RUN,
    );
  });
});
