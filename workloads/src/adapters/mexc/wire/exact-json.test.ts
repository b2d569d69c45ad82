import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseExactJson } from './exact-json.ts';
import { WireError } from './wire-error.ts';

describe('exact JSON', () => {
  it('keeps every digit of a number that a float would change', () => {
    expect(
      parseExactJson('{"orderId":505979017439002624115,"fee":0.1000000000000000055,"t":1700000000000}'),
    ).toEqual({
      orderId: '505979017439002624115',
      fee: '0.1000000000000000055',
      t: 1_700_000_000_000,
    });
    expect(parseExactJson('[1e-8, 1e400, -0.0]')).toEqual(['1e-8', '1e400', -0]);
  });

  it('answers arbitrary text with a value or a typed error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => text.slice(0, -1)),
        ),
        (text) => {
          try {
            parseExactJson(text);
            return true;
          } catch (error) {
            return error instanceof WireError && error.code === 'JSON_MALFORMED';
          }
        },
      ),
      { seed: 45, numRuns: 2_000 },
    );
  });
});
