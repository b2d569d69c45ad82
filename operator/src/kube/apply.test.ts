import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hashOf } from './apply.ts';
import { digestText } from './digest.ts';

/** The same said slowly: keys in order, what is undefined left out of maps, long texts as their digests. */
function ordered(value: unknown): unknown {
  if (typeof value === 'string') return digestText(value, 1_024);
  if (Array.isArray(value)) return value.map((item) => ordered(item) ?? null);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, ordered(part)]),
  );
}

/** Keys that JavaScript would not keep in order are none of Kubernetes'. */
const key = fc.string().filter((name) => !/^\d+$/.test(name) && name !== '__proto__');
const long = fc.string({ minLength: 1_000, maxLength: 3_000 });
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, undefined, true, 1.5),
    fc.string({ unit: 'binary' }),
    long,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
  ),
}));

describe('the hash of an object', () => {
  test('is that of its JSON with sorted keys, long texts as their digests', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const text = (JSON.stringify(ordered(value)) as string | undefined) ?? 'null';
        expect(hashOf(value)).toBe(createHash('sha256').update(text).digest('hex').slice(0, 16));
      }),
      { numRuns: 500 },
    );
  });

  test('tells a long text from the digest that stands for it', () => {
    const text = 'a'.repeat(2_000);
    expect(hashOf({ data: { file: digestText(text) } })).not.toBe(hashOf({ data: { file: text } }));
    expect(hashOf({ data: { file: text } })).not.toBe(hashOf({ data: { file: `${text}a` } }));
  });
});
