import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildCandle } from '../../../test/domain/build-candle.ts';
import { price } from '../money/amounts.ts';
import { MINUTE } from '../time.ts';
import { CandleWindow } from './candle-window.ts';
import { highestHigh, lowestLow } from './extremes.ts';

/** A candle as cents of its high and low; undefined where it is missing. */
type Range = { readonly high: number; readonly low: number } | undefined;

const ranges = fc.array(
  fc.option(fc.record({ low: fc.integer({ min: 1, max: 50_000 }), span: fc.nat({ max: 5_000 }) }), {
    nil: undefined,
    freq: 6,
  }),
  { minLength: 1, maxLength: 60 },
);

const text = (cents: number): string => (cents / 100).toFixed(cents % 3 === 0 ? 2 : 4);

describe('the highest high and the lowest low before the newest candle', () => {
  it('are those of a search through the list, wherever candles are missing and whatever the window keeps', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 1, max: 20 }), (made, count) => {
        const all: readonly Range[] = made.map((one) =>
          one === undefined ? undefined : { low: one.low, high: one.low + one.span },
        );
        const window = new CandleWindow({ interval: MINUTE, capacity: count + 1 });
        for (const [i, range] of all.entries()) {
          if (range === undefined) continue;
          const close = text(range.low);
          window.put(buildCandle({ openTime: i * MINUTE, close, high: text(range.high), low: close }));
          const before = all.slice(Math.max(0, i - count), i).filter((one) => one !== undefined);
          const [highest, lowest] = [highestHigh(window, count), lowestLow(window, count)];
          const known = before.length > 0;
          expect(highest).toEqual(
            known ? price(text(Math.max(...before.map(({ high }) => high)))) : undefined,
          );
          expect(lowest).toEqual(known ? price(text(Math.min(...before.map(({ low }) => low)))) : undefined);
        }
      }),
      { numRuns: 150 },
    );
  });
});
