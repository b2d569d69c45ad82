import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ONE_RATIO, asRatio, ratio } from './amounts.ts';
import { approximate, changeOf, compareChange, compareChangeExactly } from './change.ts';
import { type Decimal, decimal, parseDecimal, toNumber } from './decimal.ts';

/** −100 % as a ratio. */
const MINUS_ONE = -100_000_000n;
const RUN = { seed: 3, numRuns: 1_000 };
const positives: fc.Arbitrary<Decimal> = fc.record({
  units: fc.bigInt({ min: 1n, max: 10n ** 30n }),
  scale: fc.integer({ min: 0, max: 24 }),
});
const changes = fc
  .oneof(
    fc.bigInt({ min: MINUS_ONE, max: 1_000_000_000n }),
    // Next to −100 %, where 1 + change nearly vanishes and a careless float loses its digits.
    fc.bigInt({ min: MINUS_ONE, max: MINUS_ONE + 50n }),
    fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
  )
  .map(asRatio);

describe('comparing a change with a limit', () => {
  it.each([
    ['101', '100', '0.01', 0],
    ['100.99999999999999999999', '100', '0.01', -1],
    ['101.00000000000000000001', '100', '0.01', 1],
    ['98', '100', '-0.02', 0],
    ['0.00000103', '0.000001', '0.03', 0],
    ['5', '5', '0', 0],
    ['0', '5', '-1', 0],
  ])('knows where %s against %s stands to %s', (now, before, change, sign) => {
    expect(compareChange(parseDecimal(now), parseDecimal(before), ratio(change))).toBe(sign);
  });

  it('never disagrees with the integers, for any amounts', () => {
    fc.assert(
      fc.property(positives, positives, changes, (now, before, change) => {
        expect(compareChange(now, before, change)).toBe(compareChangeExactly(now, before, change));
      }),
      RUN,
    );
  });

  it('never disagrees with the integers within a hair of the limit', () => {
    // The boundary value is before × (1 + change) exactly; the nudge is far below what a float can tell.
    const nudges = fc.bigInt({ min: -3n, max: 3n });
    fc.assert(
      fc.property(
        positives,
        changes,
        nudges,
        fc.integer({ min: 0, max: 20 }),
        (before, change, nudge, places) => {
          const boundary = before.units * (ONE_RATIO + change) * 10n ** BigInt(places);
          const now = decimal(boundary + nudge, before.scale + 8 + places);
          const sign = nudge === 0n ? 0 : nudge < 0n ? -1 : 1;
          expect(compareChange(now, before, change)).toBe(sign);
        },
      ),
      RUN,
    );
  });

  it('decides exactly where floats overflow or have no power of ten', () => {
    const huge = decimal(10n ** 400n, 0);
    expect(compareChange(decimal(10n ** 400n + 1n, 0), huge, ratio('0'))).toBe(1);
    expect(compareChange(huge, decimal(10n ** 400n + 1n, 0), ratio('0'))).toBe(-1);
    expect(compareChange(decimal(1n, 90), decimal(2n, 90), ratio('0'))).toBe(-1);
  });
});

describe('a change as a ratio', () => {
  it('reaches a limit exactly when the true change does', () => {
    fc.assert(
      fc.property(positives, positives, changes, (now, before, limit) => {
        expect(changeOf(now, before) >= limit).toBe(compareChangeExactly(now, before, limit) >= 0);
      }),
      RUN,
    );
  });
});

describe('the float of a decimal', () => {
  it('is the nearest one for every price an exchange quotes', () => {
    const quotes = fc.record({
      units: fc.bigInt({ min: 0n, max: 2n ** 53n }),
      scale: fc.integer({ min: 0, max: 18 }),
    });
    fc.assert(
      fc.property(quotes, (value) => {
        expect(approximate(value)).toBe(toNumber(value));
      }),
      RUN,
    );
  });

  it('is off by a few parts in 10^16 at most', () => {
    fc.assert(
      fc.property(positives, (value) => {
        expect(Math.abs(approximate(value) / toNumber(value) - 1)).toBeLessThan(1e-15);
      }),
      RUN,
    );
  });
});
