import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packSymbols, symbolsPerConnection } from './channel-pack.ts';

describe('packing symbols on connections', () => {
  it.each([
    [1, 30, 30],
    [2, 30, 15],
    [3, 30, 10],
    [1, 200, 30],
    [1, 5, 5],
    [40, 30, 1],
  ])('with %i channels a symbol and at most %i symbols puts %i on one', (channels, most, expected) => {
    expect(symbolsPerConnection(channels, most)).toBe(expected);
  });

  it('puts 200 symbols on 7 connections', () => {
    const symbols = Array.from({ length: 200 }, (_, at) => `S${at}`);
    expect(packSymbols(symbols, 30)).toHaveLength(7);
  });

  it('carries every wanted symbol exactly once and moves none that stays', () => {
    const universe = fc.uniqueArray(fc.integer({ min: 0, max: 60 }).map(String), { maxLength: 50 });
    fc.assert(
      fc.property(universe, universe, fc.integer({ min: 1, max: 10 }), (before, after, size) => {
        const first = packSymbols(before, size);
        const second = packSymbols(after, size, first);
        expect(second.flat().sort()).toEqual([...after].sort());
        expect(second.every((pack) => pack.length <= size)).toBe(true);
        for (const [at, pack] of first.entries()) {
          const staying = pack.filter((symbol) => after.includes(symbol));
          expect(second[at]).toEqual(expect.arrayContaining(staying));
        }
      }),
      { seed: 71 },
    );
  });
});
