import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Decimal,
  DecimalFormatError,
  type Rounding,
  ZERO,
  abs,
  add,
  atLeast,
  atMost,
  compare,
  decimal,
  divide,
  divideUnits,
  equals,
  formatDecimal,
  formatFixed,
  greaterThan,
  isNegative,
  isPositive,
  isZero,
  lessThan,
  maximum,
  minimum,
  multiply,
  negate,
  normalize,
  parseDecimal,
  pow10,
  rescale,
  subtract,
  toNumber,
  toStep,
} from './decimal.ts';

const RUN = { seed: 1, numRuns: 300 };
const ROUNDINGS: readonly Rounding[] = ['down', 'up', 'floor', 'ceil', 'half-even'];
const decimals: fc.Arbitrary<Decimal> = fc.record({
  units: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  scale: fc.integer({ min: 0, max: 18 }),
});
const positives = decimals.map((value) => ({ units: abs(value).units + 1n, scale: value.scale }));
const roundings = fc.constantFrom(...ROUNDINGS);

describe('reading and writing decimals', () => {
  it.each([
    ['0', 0n, 0],
    ['-0', 0n, 0],
    ['007', 7n, 0],
    ['1.2300', 123n, 2],
    ['-0.00000001', -1n, 8],
    ['42283.58', 4_228_358n, 2],
  ])('reads %s without its trailing zeros', (text, units, scale) => {
    expect(parseDecimal(text)).toEqual({ units, scale });
  });

  it.each([
    ...[
      '',
      ' 1',
      '1 ',
      '1\n',
      '+1',
      '--1',
      '1.',
      '.5',
      '1.2.3',
      '1e5',
      '1_000',
      '1,5',
      '0x10',
      'NaN',
      'Infinity',
    ],
    '1'.repeat(41),
    `0.${'1'.repeat(37)}`,
  ])('refuses %j', (text) => {
    expect(() => parseDecimal(text)).toThrow(DecimalFormatError);
  });

  it('reads short texts as it reads long ones, whatever is in them', () => {
    const texts = fc.string({ unit: fc.constantFrom(...'0123456789.-+e '.split('')), maxLength: 17 });
    fc.assert(
      fc.property(texts, (text) => {
        const isPlain = /^-?\d+(\.\d+)?$/.test(text);
        const zeros = '0'.repeat(20);
        const read = (written: string) => {
          try {
            return parseDecimal(written);
          } catch {
            return undefined;
          }
        };
        // Zeros after the point change nothing, and make it too long for the short way.
        const long = text.includes('.') ? `${text}${zeros}` : `${text}.${zeros}`;
        expect(read(text)).toEqual(isPlain ? read(long) : undefined);
        expect(read(text) !== undefined).toBe(isPlain);
      }),
      { numRuns: 2_000 },
    );
  });

  it('names the text it could not read, cut to a line', () => {
    const error = new DecimalFormatError('x'.repeat(200));
    expect(error.code).toBe('DECIMAL_FORMAT');
    expect(error.message).toBe(`not a plain decimal number: was "${'x'.repeat(80)}"`);
  });

  it('writes what it reads back as the same value in its shortest form', () => {
    fc.assert(
      fc.property(decimals, (value) => {
        const text = formatDecimal(value);
        expect(text).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/);
        expect(parseDecimal(text)).toEqual(normalize(value));
      }),
      RUN,
    );
  });

  it.each([
    ['1.005', 2, '1.00'],
    ['1.015', 2, '1.02'],
    ['-1.015', 2, '-1.02'],
    ['2.5', 0, '2'],
    ['3.5', 0, '4'],
    ['-0.004', 2, '0.00'],
    ['7', 3, '7.000'],
    ['0.05', 1, '0.0'],
    ['-12.3456', 3, '-12.346'],
  ])('shows %s with %i places as %s', (text, places, shown) => {
    expect(formatFixed(parseDecimal(text), places)).toBe(shown);
  });

  it('becomes the nearest float', () => {
    fc.assert(
      fc.property(decimals, (value) => {
        expect(toNumber(value)).toBe(Number(formatDecimal(value)));
      }),
      RUN,
    );
  });

  it('gives powers of ten within and beyond its table', () => {
    for (const exponent of [0, 1, 36, 112, 113, 200]) expect(pow10(exponent)).toBe(10n ** BigInt(exponent));
  });
});

describe('arithmetic of decimals', () => {
  it('adds commutatively and associatively, and takes away again', () => {
    fc.assert(
      fc.property(decimals, decimals, decimals, (a, b, c) => {
        expect(equals(add(a, b), add(b, a))).toBe(true);
        expect(equals(add(add(a, b), c), add(a, add(b, c)))).toBe(true);
        expect(equals(subtract(add(a, b), b), a)).toBe(true);
        expect(equals(add(a, negate(a)), ZERO)).toBe(true);
      }),
      RUN,
    );
  });

  it('multiplies exactly and distributes over sums', () => {
    fc.assert(
      fc.property(decimals, decimals, decimals, (a, b, c) => {
        expect(multiply(a, b)).toEqual({ units: a.units * b.units, scale: a.scale + b.scale });
        expect(equals(multiply(a, add(b, c)), add(multiply(a, b), multiply(a, c)))).toBe(true);
      }),
      RUN,
    );
  });

  it('does what floats cannot: 0.1 + 0.2 is 0.3', () => {
    expect(equals(add(parseDecimal('0.1'), parseDecimal('0.2')), parseDecimal('0.3'))).toBe(true);
  });
});

describe('the order of decimals', () => {
  it('is that of the fractions, whatever the scales', () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const difference = a.units * 10n ** BigInt(b.scale) - b.units * 10n ** BigInt(a.scale);
        expect(compare(a, b)).toBe(difference === 0n ? 0 : difference < 0n ? -1 : 1);
      }),
      RUN,
    );
  });

  it('is told alike by every comparison', () => {
    fc.assert(
      fc.property(decimals, fc.oneof(decimals, fc.constant(undefined)), (a, other) => {
        // Undefined stands for the same value at another scale: a tie that random pairs never make.
        const b = other ?? { units: a.units * 1_000n, scale: a.scale + 3 };
        const order = compare(a, b);
        expect(compare(b, a)).toBe(order === 0 ? 0 : -order);
        expect([lessThan(a, b), equals(a, b), greaterThan(a, b)]).toEqual([
          order < 0,
          order === 0,
          order > 0,
        ]);
        expect([atMost(a, b), atLeast(a, b)]).toEqual([order <= 0, order >= 0]);
        expect(compare(minimum(a, b), maximum(a, b))).toBeLessThanOrEqual(0);
        expect(equals(add(minimum(a, b), maximum(a, b)), add(a, b))).toBe(true);
      }),
      RUN,
    );
  });

  it('knows the sign', () => {
    fc.assert(
      fc.property(decimals, (a) => {
        expect([isNegative(a), isZero(a), isPositive(a)]).toEqual([
          a.units < 0n,
          a.units === 0n,
          a.units > 0n,
        ]);
        expect(abs(a).units).toBe(a.units < 0n ? -a.units : a.units);
      }),
      RUN,
    );
  });

  it('normalises equal values to equal representations', () => {
    fc.assert(
      fc.property(decimals, fc.integer({ min: 0, max: 12 }), (a, zeros) => {
        const padded = { units: a.units * 10n ** BigInt(zeros), scale: a.scale + zeros };
        expect(normalize(padded)).toEqual(normalize(a));
      }),
      RUN,
    );
  });
});

describe('rounding', () => {
  // [numerator, divisor, down, up, floor, ceil, half-even]
  it.each([
    [7n, 2n, 3n, 4n, 3n, 4n, 4n],
    [-7n, 2n, -3n, -4n, -4n, -3n, -4n],
    [7n, -2n, -3n, -4n, -4n, -3n, -4n],
    [-7n, -2n, 3n, 4n, 3n, 4n, 4n],
    [5n, 2n, 2n, 3n, 2n, 3n, 2n],
    [-5n, 2n, -2n, -3n, -3n, -2n, -2n],
    [1n, 3n, 0n, 1n, 0n, 1n, 0n],
    [-1n, 3n, 0n, -1n, -1n, 0n, 0n],
    [2n, 3n, 0n, 1n, 0n, 1n, 1n],
    [-2n, 3n, 0n, -1n, -1n, 0n, -1n],
    [1n, 2n, 0n, 1n, 0n, 1n, 0n],
    [6n, 3n, 2n, 2n, 2n, 2n, 2n],
    [0n, 5n, 0n, 0n, 0n, 0n, 0n],
  ])('of %i / %i goes where its name says', (numerator, divisor, ...expected) => {
    expect(ROUNDINGS.map((rounding) => divideUnits(numerator, divisor, rounding))).toEqual(expected);
  });

  it('moves by less than a step and in the direction named', () => {
    fc.assert(
      fc.property(decimals, fc.integer({ min: 0, max: 10 }), roundings, (value, scale, rounding) => {
        const rounded = rescale(value, scale, rounding);
        const moved = subtract(rounded, value);
        expect(rounded.scale).toBe(scale);
        expect(lessThan(abs(moved), decimal(1n, scale))).toBe(true);
        const outward = isNegative(value) ? negate(moved) : moved;
        if (rounding === 'floor') expect(isPositive(moved)).toBe(false);
        if (rounding === 'ceil') expect(isNegative(moved)).toBe(false);
        if (rounding === 'down') expect(isPositive(outward)).toBe(false);
        if (rounding === 'up') expect(isNegative(outward)).toBe(false);
        if (rounding === 'half-even') expect(atMost(abs(moved), decimal(5n, scale + 1))).toBe(true);
      }),
      RUN,
    );
  });

  it('of a quotient brackets it: floor × b ≤ a ≤ ceil × b', () => {
    fc.assert(
      fc.property(decimals, positives, fc.integer({ min: 0, max: 12 }), (a, b, scale) => {
        const low = divide(a, b, scale, 'floor');
        const high = divide(a, b, scale, 'ceil');
        expect(atMost(multiply(low, b), a)).toBe(true);
        expect(atLeast(multiply(high, b), a)).toBe(true);
        expect(atMost(subtract(high, low), decimal(1n, scale))).toBe(true);
        for (const rounding of ROUNDINGS) {
          expect([low.units, high.units]).toContain(divide(a, b, scale, rounding).units);
        }
      }),
      RUN,
    );
  });

  it('refuses to divide by zero', () => {
    expect(() => divide(ZERO, decimal(0n, 3), 2, 'down')).toThrow(RangeError);
  });

  it('to a step gives a multiple of it, less than a step away, and leaves multiples alone', () => {
    fc.assert(
      fc.property(decimals, positives, roundings, (value, step, rounding) => {
        const stepped = toStep(value, step, rounding);
        const multiple = divide(stepped, step, 0, 'floor');
        expect(equals(multiply(multiple, step), stepped)).toBe(true);
        expect(lessThan(abs(subtract(stepped, value)), step)).toBe(true);
        expect(toStep(stepped, step, rounding)).toEqual(stepped);
      }),
      RUN,
    );
  });
});
