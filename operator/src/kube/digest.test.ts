import { describe, expect, test } from '@jest/globals';
import { digestText, isDigestOf } from './digest.ts';
import { firstDifference } from './covers.ts';

const LONG = 'x'.repeat(10_000);

describe('a text that is kept to be compared', () => {
  test('stays as it is when it is short', () => {
    expect(digestText('{"a":1}')).toBe('{"a":1}');
  });

  test('takes little room when it is long, and is still told from any other', () => {
    const kept = { data: { file: digestText(LONG) } };
    expect(kept.data.file.length).toBeLessThan(80);
    expect(firstDifference(kept, { data: { file: LONG } })).toBeUndefined();
    expect(firstDifference(kept, { data: { file: `${LONG}y` } })).toBe('.data.file');
  });

  test('cannot be replaced by the digest of the wanted one', () => {
    const forged = digestText(LONG);
    expect(isDigestOf(digestText(forged), LONG)).toBe(false);
    expect(firstDifference({ file: digestText(forged) }, { file: LONG })).toBe('.file');
  });
});
