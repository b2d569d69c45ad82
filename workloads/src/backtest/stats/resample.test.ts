import { describe, expect, it } from '@jest/globals';
import { deflatedSharpeOf, expectedMaxSharpe } from './resample.ts';

/** The example of the paper: five years of days, 2.5 a year, best of 100 whose ratios vary by 1/2 a year. */
const DAYS = 250;
const MOMENTS = { ratio: 2.5 / Math.sqrt(DAYS), skew: -3, kurtosis: 10, count: 1_250 };
const VARIANCE = 0.5 / DAYS;

describe('the deflated Sharpe ratio', () => {
  it('is that of the example of Bailey and López de Prado (2014): 0.1132 by luck, 0.9004 deflated', () => {
    expect(expectedMaxSharpe(100, VARIANCE)).toBeCloseTo(0.1132, 4);
    expect(deflatedSharpeOf(MOMENTS, { count: 100, variance: VARIANCE })).toBeCloseTo(0.9004, 3);
  });

  it('falls with every trial more, and expects nothing by luck of a single one', () => {
    expect(expectedMaxSharpe(1, VARIANCE)).toBe(0);
    const [few = 0, many = 0] = [10, 1_000].map((count) =>
      deflatedSharpeOf(MOMENTS, { count, variance: VARIANCE }),
    );
    expect(few).toBeGreaterThan(many);
  });
});
