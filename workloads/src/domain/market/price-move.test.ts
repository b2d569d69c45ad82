import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildCandle } from '../../../test/domain/build-candle.ts';
import { asRatio, formatPercent, price } from '../money/amounts.ts';
import { compareChangeExactly } from '../money/change.ts';
import { MINUTE } from '../time.ts';
import { CandleWindow } from './candle-window.ts';
import { candlesCovering, largestMove, moveOf } from './price-move.ts';

const WINDOW = 5 * MINUTE;

function windowOf(closes: readonly (string | undefined)[]): CandleWindow {
  const window = new CandleWindow({ interval: MINUTE, capacity: candlesCovering(WINDOW, MINUTE) });
  for (const [index, close] of closes.entries()) {
    if (close !== undefined) window.put(buildCandle({ openTime: index * MINUTE, close }));
  }
  return window;
}

const move = (closes: readonly (string | undefined)[], reference: string): string | undefined => {
  const largest = largestMove(windowOf(closes), price(reference), WINDOW);
  return largest === undefined ? undefined : formatPercent(largest);
};

describe('how many candles reach back far enough', () => {
  it.each([
    [5 * MINUTE, MINUTE, 6],
    [5 * MINUTE, 2 * MINUTE, 4],
    [MINUTE, 5 * MINUTE, 2],
  ])('%i ms of %i ms candles are %i', (duration, interval, count) => {
    expect(candlesCovering(duration, interval)).toBe(count);
  });
});

describe('the largest move within a window', () => {
  it('is that against the lowest close when the price rose', () => {
    expect(move(['100', '104', '101', '102', '103', '104'], '105')).toBe('5%');
  });

  it('is that against the highest close when it fell', () => {
    expect(move(['100', '104', '101', '100', '100', '100'], '93.6')).toBe('10%');
  });

  it('forgets the closes before the window', () => {
    expect(move(['50', '100', '100', '100', '100', '100', '100'], '101')).toBe('1%');
  });

  it('is unknown while a close is missing or the window is not full', () => {
    expect(move(['100', '100', '100', '100', '100'], '100')).toBeUndefined();
    expect(move(['100', '100', '100', undefined, '100', '100'], '100')).toBeUndefined();
  });

  it('is rounded up, so that no limit is passed by rounding', () => {
    const cents = fc.integer({ min: 1, max: 10_000_000 }).map((value) => price((value / 100).toFixed(2)));
    fc.assert(
      fc.property(cents, cents, (from, to) => {
        const ratio = moveOf(from, to);
        const beyond =
          compareChangeExactly(to, from, ratio) > 0 ||
          compareChangeExactly(to, from, asRatio(0n - ratio)) < 0;
        expect(beyond).toBe(false);
        // One unit less would be passed.
        const tighter = asRatio(ratio - 1n);
        const passed =
          compareChangeExactly(to, from, tighter) > 0 ||
          compareChangeExactly(to, from, asRatio(0n - tighter)) < 0;
        expect(passed).toBe(true);
      }),
      { seed: 8, numRuns: 300 },
    );
  });
});
