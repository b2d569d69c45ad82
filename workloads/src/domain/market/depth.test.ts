import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildCandle } from '../../../test/domain/build-candle.ts';
import { asMoney, money, ratio } from '../money/amounts.ts';
import { compare, formatDecimal, toNumber } from '../money/decimal.ts';
import { MINUTE } from '../time.ts';
import { DepthEstimate, medianOf } from './depth.ts';

const SHARE = ratio('0.5');

function depthOf(volumes: readonly (string | undefined)[]): string | undefined {
  const estimate = new DepthEstimate(MINUTE);
  for (const [index, quoteVolume] of volumes.entries()) {
    if (quoteVolume !== undefined) estimate.put(buildCandle({ openTime: index * MINUTE, quoteVolume }));
  }
  const depth = estimate.depth(SHARE);
  return depth && formatDecimal(depth);
}

describe('the median of amounts', () => {
  it.each([
    [[], '0'],
    [['3'], '3'],
    [['3', '1'], '2'],
    [['10', '1', '2'], '2'],
    [['0.1', '0.2', '0.4', '100'], '0.3'],
  ])('of %j is %s', (amounts, expected) => {
    expect(formatDecimal(medianOf(amounts.map(money)))).toBe(expected);
  });

  it('has as many amounts at or above it as at or below it', () => {
    const amounts = fc.array(
      fc
        .record({ units: fc.bigInt({ min: 0n, max: 10n ** 20n }), scale: fc.integer({ min: 0, max: 8 }) })
        .map(asMoney),
      { minLength: 1, maxLength: 15 },
    );
    fc.assert(
      fc.property(amounts, (values) => {
        const median = medianOf(values);
        const above = values.filter((value) => compare(value, median) >= 0).length;
        const below = values.filter((value) => compare(value, median) <= 0).length;
        expect(Math.min(above, below)).toBeGreaterThanOrEqual(values.length / 2);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('the modelled depth', () => {
  const twelve = Array.from({ length: 12 }, (_, index) => `${index + 1}`);

  it('is the share of the median volume of the last twelve candles', () => {
    expect(depthOf(twelve)).toBe('3.25');
    expect(depthOf(['1000', '1000', ...twelve])).toBe('3.25');
  });

  it('is unknown before twelve candles', () => {
    expect(depthOf([])).toBeUndefined();
    expect(depthOf(twelve.slice(1))).toBeUndefined();
  });

  it('counts a missing candle as one without volume', () => {
    expect(depthOf([...twelve, undefined, '100'])).toBe(depthOf([...twelve, '0', '100']));
    const outage = Array.from({ length: 11 }, () => undefined);
    expect(depthOf([...twelve, ...outage, '100'])).toBe('0');
  });

  it('takes the last version of a candle', () => {
    const estimate = new DepthEstimate(MINUTE);
    for (const [index, quoteVolume] of twelve.entries()) {
      estimate.put(buildCandle({ openTime: index * MINUTE, quoteVolume }));
    }
    expect(estimate.put(buildCandle({ openTime: 5 * MINUTE, quoteVolume: '0' }))).toBe('replaced');
    // 0 1 2 3 4 5 | 7 8 9 10 11 12
    expect(toNumber(estimate.depth(SHARE) ?? money('0'))).toBe(3);
  });
});
