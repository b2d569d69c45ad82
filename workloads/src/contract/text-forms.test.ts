import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { asRatio, formatPercent } from '../domain/money/amounts.ts';
import { HOUR, MINUTE, SECOND } from '../domain/time.ts';
import { durationOf, percentToRatio } from './text-forms.ts';

describe('percentages', () => {
  it.each([
    ['3%', 3_000_000n],
    ['0.000001%', 1n],
    ['100%', 100_000_000n],
    ['0%', 0n],
    ['007.50%', 7_500_000n],
  ])('%s is exact', (text, units) => {
    expect(percentToRatio(text)).toBe(units);
  });

  it('read what the domain writes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 999_999_999n }), (units) => {
        expect(percentToRatio(formatPercent(asRatio(units)))).toBe(units);
      }),
      { seed: 3 },
    );
  });

  it.each(['3', '3 %', '-3%', '+3%', '.5%', '3.%', '1e2%', '1000%', '0.0000001%', '٣%', ''])(
    '%j is none',
    (text) => {
      expect(() => percentToRatio(text)).toThrow(RangeError);
    },
  );
});

describe('durations', () => {
  it.each([
    ['30s', 30 * SECOND],
    ['1h30m', 90 * MINUTE],
    ['240m', 4 * HOUR],
    ['250ms', 250],
    ['0s', 0],
  ])('%s is read', (text, duration) => {
    expect(durationOf(text)).toBe(duration);
  });

  it.each(['5', '5 m', '1d', '1.5h', '-5m', 'm', '', '1h1m1s1ms1s'])('%j is none', (text) => {
    expect(() => durationOf(text)).toThrow(RangeError);
  });
});
