import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { firstDifference, quantityOf } from './covers.ts';

describe('whether a live object covers a desired one', () => {
  test.each([
    ['defaults of the server', { a: 1, added: true }, { a: 1 }],
    ['an empty map that the server dropped', {}, { labels: {} }],
    ['a quantity in another form', { cpu: '1', memory: '1Gi' }, { cpu: '1000m', memory: '1024Mi' }],
    ['a number where a quantity was text', { cpu: '2' }, { cpu: 2 }],
    [
      'foreign neighbours in a named list',
      { list: [{ name: 'x' }, { name: 'a', v: 1 }] },
      { list: [{ name: 'a', v: 1 }] },
    ],
  ])('accepts %s', (_, live, desired) => {
    expect(firstDifference(live, desired)).toBeUndefined();
  });

  test.each([
    ['a changed value', { a: { b: 2 } }, { a: { b: 1 } }, '.a.b'],
    ['a missing field', {}, { a: 1 }, '.a'],
    ['a missing item of a named list', { l: [{ name: 'x' }] }, { l: [{ name: 'a', v: 1 }] }, '.l[0]'],
    ['an added item of a plain list', { l: ['a', 'b'] }, { l: ['a'] }, '.l'],
    ['another order of a plain list', { l: ['b', 'a'] }, { l: ['a', 'b'] }, '.l[0]'],
    ['false where true was wanted', { a: false }, { a: true }, '.a'],
    ['text that only looks alike', { a: 'x1' }, { a: 'x2' }, '.a'],
  ])('finds %s', (_, live, desired, path) => {
    const found = firstDifference(live, desired);
    expect(found?.startsWith(path)).toBe(true);
  });

  test('every JSON value covers itself, and itself with more beside it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        expect(firstDifference(value, value)).toBeUndefined();
        expect(firstDifference({ ...value, 'added by the server': 1 }, value)).toBeUndefined();
      }),
    );
  });

  test.each([
    ['1', 1_000_000_000n],
    ['500m', 500_000_000n],
    ['0.5', 500_000_000n],
    ['1Ki', 1_024_000_000_000n],
    ['1k', 1_000_000_000_000n],
  ])('reads the quantity %s', (text, units) => {
    expect(quantityOf(text)).toBe(units);
  });

  test.each(['', 'Gi', '1.', '-1', '1 Gi', '0x10'])('refuses %j as a quantity', (text) => {
    expect(quantityOf(text)).toBeUndefined();
  });
});
