import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ONE_RATIO,
  asMoney,
  asPrice,
  asQuantity,
  asRatio,
  formatPercent,
  money,
  notional,
  price,
  quantity,
  ratio,
  ratioOf,
  ratioToDecimal,
  scaleBy,
} from './amounts.ts';
import {
  DecimalFormatError,
  atLeast,
  atMost,
  decimal,
  equals,
  formatDecimal,
  parseDecimal,
} from './decimal.ts';

const RUN = { seed: 2, numRuns: 300 };
const ratios = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }).map(asRatio);
const amounts = fc.record({
  units: fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }),
  scale: fc.integer({ min: 0, max: 12 }),
});

describe('ratios', () => {
  it.each([
    ['0.03', 3_000_000n],
    ['1', 100_000_000n],
    ['-0.5', -50_000_000n],
    ['0.00000001', 1n],
    ['0.0300000000000', 3_000_000n],
  ])('reads %s', (text, units) => {
    expect(ratio(text)).toBe(units);
  });

  it('refuses what it would have to round, and what is no number', () => {
    expect(() => ratio('0.000000001')).toThrow('a ratio has at most 8 decimal places: was 0.000000001');
    expect(() => ratio('3%')).toThrow(DecimalFormatError);
  });

  it('reads back what it writes as a decimal', () => {
    fc.assert(
      fc.property(ratios, (value) => {
        expect(ratio(formatDecimal(ratioToDecimal(value)))).toBe(value);
      }),
      RUN,
    );
  });

  it.each([
    ['0', '0%'],
    ['0.03', '3%'],
    ['0.0006', '0.06%'],
    ['-0.125', '-12.5%'],
    ['12', '1200%'],
    ['0.00000001', '0.000001%'],
  ])('shows %s as %s', (text, shown) => {
    expect(formatPercent(ratio(text))).toBe(shown);
  });

  it('shows a percentage that reads back as the ratio', () => {
    fc.assert(
      fc.property(ratios, (value) => {
        const percent = formatPercent(value);
        expect(percent.endsWith('%')).toBe(true);
        expect(equals(parseDecimal(percent.slice(0, -1)), decimal(value, 6))).toBe(true);
      }),
      RUN,
    );
  });

  it('are quotients rounded as named', () => {
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        const divisor = { units: (b.units < 0n ? -b.units : b.units) + 1n, scale: b.scale };
        expect(atMost(scaleBy(divisor, ratioOf(a, divisor, 'floor')), a)).toBe(true);
        expect(atLeast(scaleBy(divisor, ratioOf(a, divisor, 'ceil')), a)).toBe(true);
      }),
      RUN,
    );
  });

  it('scale a value exactly', () => {
    fc.assert(
      fc.property(amounts, ratios, (value, by) => {
        expect(scaleBy(value, by)).toEqual({ units: value.units * by, scale: value.scale + 8 });
        expect(equals(scaleBy(value, ONE_RATIO), value)).toBe(true);
      }),
      RUN,
    );
  });
});

describe('amounts', () => {
  it('are read exactly and kept in one representation', () => {
    expect(price('42283.580')).toEqual({ units: 4_228_358n, scale: 2 });
    expect(asPrice(decimal(1000n, 2))).toEqual(price('10'));
    expect(asQuantity(decimal(1000n, 2))).toEqual(quantity('10'));
    expect(asMoney(decimal(1000n, 2))).toEqual(money('10'));
    for (const read of [price, quantity, money]) expect(() => read('1e3')).toThrow(DecimalFormatError);
  });

  it('multiply to a notional without rounding', () => {
    expect(formatDecimal(notional(price('42283.58'), quantity('0.00001')))).toBe('0.4228358');
  });
});
