import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { money, price, quantity } from '../../domain/money/amounts.ts';
import { MINUTE } from '../../domain/time.ts';
import { type CandleGroup, candleGroups, type RowSource } from './candle-groups.ts';
import { DataFileError } from './data-file-error.ts';
import type { ReplayRow } from './replay-row.ts';

const makeRow = (symbol: string, minute: number): ReplayRow => ({
  candle: {
    symbol,
    interval: MINUTE,
    openTime: minute * MINUTE,
    open: price('1'),
    high: price('1'),
    low: price('1'),
    close: price('1'),
    volume: quantity('1'),
    quoteVolume: money('1'),
  },
  ticks: undefined,
});

interface FakeSource extends RowSource {
  closed: boolean;
}

/** A source of rows like "A1" (symbol, minute), in batches; "!" is an error. */
function makeSource(path: string, ...batches: readonly string[]): FakeSource {
  const source: FakeSource = {
    path,
    closed: false,
    async *batches() {
      try {
        for (const batch of batches) {
          await Promise.resolve();
          if (batch === '!') throw new DataFileError('NUMBER_WRONG', 'is bad', { file: path, line: 7 });
          yield batch.split(' ').map((text) => makeRow(text.slice(0, 1), Number(text.slice(1))));
        }
      } finally {
        source.closed = true;
      }
    },
  };
  return source;
}

const textOf = ({ openTime, rows }: CandleGroup): string =>
  `${openTime / MINUTE}:${rows.map(({ candle }) => candle.symbol).join('')}`;

async function read(sources: readonly RowSource[]): Promise<{ groups: string[]; error: unknown }> {
  const groups: string[] = [];
  try {
    for await (const group of candleGroups(sources)) groups.push(textOf(group));
    return { groups, error: undefined };
  } catch (error) {
    return { groups, error };
  }
}

describe('candleGroups', () => {
  it('merges files by time, then by symbol, across batches', async () => {
    const first = makeSource('first', 'C1 A1 C2', 'A2 A4', 'C4');
    const second = makeSource('second', 'B2', 'B3 B4');
    const { groups, error } = await read([first, second]);
    expect(error).toBeUndefined();
    expect(groups).toEqual(['1:AC', '2:ABC', '3:B', '4:ABC']);
    expect([first.closed, second.closed]).toEqual([true, true]);
  });

  it('goes on with the next file of a symbol, whatever the order of the files', async () => {
    const { groups, error } = await read([makeSource('feb', 'A3 A4'), makeSource('jan', 'A1 A2')]);
    expect(error).toBeUndefined();
    expect(groups).toEqual(['1:A', '2:A', '3:A', '4:A']);
  });

  it.each([
    ['the same candle', ['A1 A2', 'A2 A3'], ['1:A']],
    ['interleaved candles', ['A1 A3', 'A2 A4'], ['1:A', '2:A']],
  ])('refuses two files that give %s of a symbol', async (_, batches, before) => {
    const { groups, error } = await read(batches.map((batch, i) => makeSource(`file-${i}`, batch)));
    expect(groups).toEqual(before);
    expect(error).toMatchObject({ code: 'FILES_OVERLAP' });
    expect(String(error)).toMatch(/file-\d: overlaps with file-\d for A at/);
  });

  it('gives every group before an error of a file, also of the other files', async () => {
    const other = makeSource('other', 'B1 B2 B3 B4');
    const { groups, error } = await read([makeSource('bad', 'A1 A2', '!'), other]);
    expect(groups).toEqual(['1:AB', '2:AB']);
    expect(error).toMatchObject({ code: 'NUMBER_WRONG', line: 7 });
    expect(other.closed).toBe(true);
  });

  it('closes its files when nobody reads on', async () => {
    const source = makeSource('file', 'A1', 'A2');
    for await (const group of candleGroups([source])) {
      expect(textOf(group)).toBe('1:A');
      break;
    }
    expect(source.closed).toBe(true);
  });

  it('gives the same groups however the rows are spread over files and batches', async () => {
    const minutes = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 });
    const symbolMinutes = fc.record({ A: minutes, B: minutes, C: minutes });
    await fc.assert(
      fc.asyncProperty(symbolMinutes, fc.integer({ min: 1, max: 5 }), async (bySymbol, size) => {
        const all = Object.entries(bySymbol).flatMap(([symbol, times]) =>
          times.map((minute) => ({ symbol, minute })),
        );
        all.sort((a, b) => a.minute - b.minute || (a.symbol < b.symbol ? 1 : -1));
        const text = ({ symbol, minute }: { symbol: string; minute: number }): string => `${symbol}${minute}`;
        const batchesOf = (rows: readonly string[]): string[] =>
          Array.from({ length: Math.ceil(rows.length / size) }, (_, i) =>
            rows.slice(i * size, (i + 1) * size).join(' '),
          );
        const together = await read([makeSource('all', all.map(text).join(' '))]);
        const apart = await read(
          ['A', 'B', 'C'].map((symbol) =>
            makeSource(symbol, ...batchesOf(all.filter((row) => row.symbol === symbol).map(text))),
          ),
        );
        expect(apart).toEqual(together);
        expect(together.groups).toHaveLength(new Set(all.map(({ minute }) => minute)).size);
      }),
      { seed: 31, numRuns: 100 },
    );
  });
});
