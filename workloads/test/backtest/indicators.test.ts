/** Our indicators against an independent library, on made and on recorded prices. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { getMedian, getStandardDeviation, ROC } from 'trading-signals';
import { medianOf } from '../../src/domain/market/depth.ts';
import { sampleDeviation } from '../../src/domain/market/volatility.ts';
import { asMoney, price, ratioToDecimal } from '../../src/domain/money/amounts.ts';
import { changeOf } from '../../src/domain/money/change.ts';
import { decimal, toNumber } from '../../src/domain/money/decimal.ts';

const cents = fc.integer({ min: 1, max: 10_000_000 });
const DIGITS = 6;

describe('an indicator agrees with an independent library', () => {
  it('the change over a look-back with its rate of change, to the 1e-8 we round down to', () => {
    fc.assert(
      fc.property(
        fc.array(cents, { minLength: 4, maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        (prices, k) => {
          const oracle = new ROC(k);
          for (const value of prices) oracle.add(value / 100);
          const [now, then] = [prices.at(-1) ?? 1, prices.at(-1 - k) ?? 1];
          const text = (value: number): string => (value / 100).toFixed(2);
          const change = toNumber(ratioToDecimal(changeOf(price(text(now)), price(text(then)))));
          const wanted = oracle.getResultOrThrow();
          expect(Math.abs(change - wanted)).toBeLessThan(2e-8 + Math.abs(wanted) * 1e-12);
        },
      ),
    );
  });

  it('the deviation of returns with its deviation, which divides by n where ours divides by n − 1', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -500, max: 500, noNaN: true }), { minLength: 2, maxLength: 40 }),
        (values) => {
          const n = values.length;
          const wanted = getStandardDeviation(values) * Math.sqrt(n / (n - 1));
          expect(sampleDeviation(values)).toBeCloseTo(wanted, DIGITS);
        },
      ),
    );
  });

  it('the median volume with its median', () => {
    fc.assert(
      fc.property(fc.array(cents, { minLength: 1, maxLength: 12 }), (values) => {
        const amounts = values.map((value) => asMoney(decimal(BigInt(value), 2)));
        const sorted = values.map((value) => value / 100).sort((a, b) => a - b);
        expect(toNumber(medianOf(amounts))).toBeCloseTo(getMedian(sorted), DIGITS);
      }),
    );
  });
});
