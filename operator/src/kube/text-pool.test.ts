import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { TextPool } from './text-pool.ts';

const objectOf = (bot: string, uid: string): string =>
  JSON.stringify({
    metadata: { name: `${bot}-risk`, uid, resourceVersion: uid.length === 0 ? '1' : '4711' },
    spec: { image: 'claire/workloads', selector: { bot }, ports: [{ port: 8002, name: 'http' }] },
  });

describe('a pool of texts', () => {
  test('gives back every JSON text as it was, whatever the word', () => {
    const words = fc.oneof(fc.constantFrom('', 'a', 'bot', '$&', '"', '\\', 'sha256'), fc.string());
    const texts = fc.oneof(
      fc.json(),
      fc
        .tuple(fc.string(), fc.uuid(), fc.string())
        .map(([a, uid, b]) => JSON.stringify({ [a]: uid, b: [b, uid] })),
    );
    fc.assert(
      fc.property(texts, words, (text, word) => {
        const pool = new TextPool();
        expect(pool.unpack(pool.pack(text, word), word)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  test('keeps one shape of objects that differ in names and UIDs', () => {
    const pool = new TextPool();
    const packed = [
      ['momentum', '5d60d2f1-da29-4bac-85c0-cd7f87c346c7'],
      ['other', 'bb0002d9-e9fc-49fd-a744-e3a59630d9b0'],
    ].map(([bot = '', uid = '']) => pool.pack(objectOf(bot, uid), bot));
    expect(pool.size).toBe(1);
    expect(packed.map(({ fillings }) => fillings.length < 60)).toEqual([true, true]);
  });

  test('forgets a shape with the last text that has it', () => {
    const pool = new TextPool();
    const [one, other] = [pool.pack('{"a":1}', ''), pool.pack('{"a":1}', '')];
    pool.release(one);
    expect(pool.size).toBe(1);
    pool.release(other);
    expect(pool.size).toBe(0);
  });
});
