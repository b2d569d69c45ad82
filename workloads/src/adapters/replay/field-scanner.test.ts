import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Decimal, formatDecimal, parseDecimal } from '../../domain/money/decimal.ts';
import { FieldScanner } from './field-scanner.ts';

function scan(field: string): { readonly value: Decimal | undefined; readonly position: number } {
  const scanner = new FieldScanner();
  scanner.load(Buffer.from(`${field},rest\n`, 'latin1'));
  return { value: scanner.decimal(), position: scanner.position };
}

function parse(field: string): Decimal | undefined {
  try {
    return parseDecimal(field);
  } catch {
    return undefined;
  }
}

const digits = (max: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
const plainDecimals = fc
  .tuple(fc.constantFrom('', '-'), digits(42), fc.option(digits(40), { nil: undefined }))
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}`);

describe('FieldScanner', () => {
  it('reads every decimal as the domain does, and refuses the same texts', () => {
    fc.assert(
      fc.property(plainDecimals, (field) => {
        expect(scan(field).value).toEqual(parse(field));
      }),
      { seed: 11, numRuns: 2_000 },
    );
  });

  it('never takes a field whole that the domain refuses', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[-+0-9.eExnaN ]{0,12}$/), (field) => {
        const { value, position } = scan(field);
        const whole = value !== undefined && position === field.length;
        expect(whole).toBe(parse(field) !== undefined);
        if (whole) expect(formatDecimal(value)).toBe(formatDecimal(parseDecimal(field)));
      }),
      { seed: 12, numRuns: 2_000 },
    );
  });

  it.each([
    ['9007199254740991', 9_007_199_254_740_991n, 0],
    ['9007199254740993', 9_007_199_254_740_993n, 0],
    ['0.00005288', 5_288n, 8],
    ['42320.000', 42_320n, 0],
    ['10.50', 105n, 1],
    ['0.0000000000000000000000000000000001', 1n, 34],
  ])('keeps %s exact', (field, units, scale) => {
    expect(scan(field).value).toEqual({ units, scale });
  });

  it('tells how a field ended', () => {
    const scanner = new FieldScanner();
    scanner.load(Buffer.from('a,b\r\nc\nd e'));
    const ends = ['a', 'b', 'c'].map((name) => {
      expect(scanner.text()).toBe(name);
      return scanner.endField();
    });
    expect(ends).toEqual(['comma', 'line', 'line']);
    expect(scanner.endField()).toBe('inside');
  });

  it('refuses a whole number beyond 2^53 − 1', () => {
    const scanner = new FieldScanner();
    scanner.load(Buffer.from('9007199254740992\n'));
    expect(scanner.integer()).toBeUndefined();
  });
});
