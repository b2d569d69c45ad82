import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asRatio, formatPercent, price, ratio } from '../money/amounts.ts';
import { DAY, HOUR, MINUTE } from '../time.ts';
import { averageSpread, type MinuteSum, SpreadAverage, spreadOf } from './spread-average.ts';

function averageOf(samples: readonly (readonly [number, string])[], warmup = 0): SpreadAverage {
  const average = new SpreadAverage({ warmup });
  for (const [time, spread] of samples) average.put(time, ratio(spread));
  return average;
}

describe('a spread', () => {
  it('is the distance of bid and ask against their middle, rounded up', () => {
    expect(formatPercent(spreadOf(price('99'), price('101')))).toBe('2%');
    expect(formatPercent(spreadOf(price('3'), price('4')))).toBe('28.571429%');
    expect(spreadOf(price('5'), price('5'))).toBe(0n);
  });
});

describe('the average spread', () => {
  it('gives every minute the same weight, however many updates it had', () => {
    const burst = Array.from({ length: 98 }, (_, index) => [MINUTE + index, '0.01'] as const);
    const average = averageOf([[0, '0.03'], ...burst]);
    expect(average.average(2 * MINUTE)).toBe(ratio('0.02'));
  });

  it('covers the last 24 hours', () => {
    const average = averageOf([
      [0, '0.5'],
      [MINUTE, '0.02'],
      [DAY, '0.04'],
    ]);
    expect(average.average(DAY)).toBe(ratio('0.03'));
    expect(average.average(DAY + MINUTE)).toBe(ratio('0.04'));
  });

  it('is unknown during warm-up, without samples, and when the last is a day old', () => {
    const average = averageOf([[0, '0.02']], HOUR);
    expect(average.average(HOUR - MINUTE)).toBeUndefined();
    expect(average.average(HOUR)).toBe(ratio('0.02'));
    expect(average.average(DAY)).toBeUndefined();
    expect(averageOf([]).average(HOUR)).toBeUndefined();
  });

  it('is not moved by samples after the moment asked about', () => {
    const average = averageOf([
      [0, '0.02'],
      [10 * MINUTE, '0.9'],
    ]);
    expect(average.average(5 * MINUTE)).toBe(ratio('0.02'));
  });
});

describe('the sum that is kept', () => {
  const minute = fc.nat(5_000);
  const sample = fc.tuple(minute, fc.nat(200_000_000));

  it('is that of the minutes, in whatever order samples come and whenever it is asked', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(sample, minute), { maxLength: 80 }), fc.nat(600), (steps, warmup) => {
        const average = new SpreadAverage({ warmup: warmup * MINUTE });
        const sums = new Map<number, { sum: number; count: number }>();
        let newest = -1;
        let first = -1;
        for (const [[slot, spread], ask] of steps) {
          average.put(slot * MINUTE, asRatio(BigInt(spread)));
          if (slot > newest - 1_440) {
            const { sum, count } = sums.get(slot) ?? { sum: 0, count: 0 };
            sums.set(slot, { sum: sum + spread, count: count + 1 });
            newest = Math.max(newest, slot);
            first = first < 0 ? slot : Math.min(first, slot);
          }
          const at = (wanted: number): number | undefined => {
            const found = wanted > newest - 1_440 ? sums.get(wanted) : undefined;
            return found === undefined ? undefined : Math.floor(found.sum / found.count);
          };
          const sumOf = (from: number, to: number): MinuteSum => {
            const means = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => at(from + i));
            const there = means.filter((mean) => mean !== undefined);
            return { total: there.reduce((sum, mean) => sum + mean, 0), count: there.length };
          };
          const plain = averageSpread({ newest, first, sumOf }, ask * MINUTE, warmup * MINUTE);
          expect(average.average(ask * MINUTE)).toBe(plain);
        }
      }),
    );
  });
});
