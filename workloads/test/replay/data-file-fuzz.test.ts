import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import type { ReplayRow } from '../../src/adapters/replay/replay-row.ts';
import { checkCandle } from '../../src/domain/market/candle-check.ts';
import { MINUTE } from '../../src/domain/time.ts';
import { type DataFolder, makeDataFolder, readDataFile } from './data-folder.ts';

const T = 1_704_067_200_000;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const CANDLES = [
  'open_time,symbol,open,high,low,close,volume,quote_volume',
  ...Array.from({ length: 24 }, (_, i) => {
    const price = 100 + ((i * 37) % 11);
    return `${T + (i >> 1) * MINUTE},${SYMBOLS[i % 2]},${price},${price + 2}.5,${price - 1}.25,${price + 1},3.0,${i}`;
  }),
  '',
].join('\n');
const TRADES = [
  'time,id,side,price,quantity',
  ...Array.from(
    { length: 40 },
    (_, i) => `${T + i * 9_000},${1_000 + i},${i % 3 ? 'buy' : 'sell'},0.00${140 + (i % 9)},${i + 1}`,
  ),
  '',
].join('\n');

/** One change to a file's bytes. */
type Mutation = (bytes: Buffer) => Buffer;

const at = (bytes: Buffer, place: number): number => Math.floor(place * (bytes.length + 1));
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

const mutations: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.uint8Array({ maxLength: 6 })).map(([where, insert]): Mutation => {
    return (bytes) =>
      Buffer.concat([bytes.subarray(0, at(bytes, where)), insert, bytes.subarray(at(bytes, where))]);
  }),
  fc
    .tuple(place, fc.constantFrom('\n', '\r\n', ',', '-', '.', '0', '9', '"', '\0', 'NaN', '1e5', ' '))
    .map(([where, text]): Mutation => {
      return (bytes) =>
        Buffer.concat([
          bytes.subarray(0, at(bytes, where)),
          Buffer.from(text),
          bytes.subarray(at(bytes, where)),
        ]);
    }),
  fc.tuple(place, fc.nat(60)).map(([where, length]): Mutation => {
    return (bytes) =>
      Buffer.concat([bytes.subarray(0, at(bytes, where)), bytes.subarray(at(bytes, where) + length)]);
  }),
  place.map(
    (where): Mutation =>
      (bytes) =>
        bytes.subarray(0, at(bytes, where)),
  ),
  fc.tuple(place, place).map(([from, to]): Mutation => {
    return (bytes) => {
      const lines = bytes.toString('latin1').split('\n');
      const [line = ''] = lines.splice(Math.floor(from * lines.length), 1);
      lines.splice(Math.floor(to * lines.length), 0, line);
      return Buffer.from(lines.join('\n'), 'latin1');
    };
  }),
  place.map((where): Mutation => {
    return (bytes) => {
      const lines = bytes.toString('latin1').split('\n');
      const index = Math.floor(where * lines.length);
      lines.splice(index, 0, lines[index] ?? '');
      return Buffer.from(lines.join('\n'), 'latin1');
    };
  }),
);

/** What no file, however broken, may get past the reader. */
function expectSound(rows: readonly ReplayRow[], interval: number): void {
  const last = new Map<string, number>();
  let before = 0;
  for (const { candle, ticks } of rows) {
    expect(checkCandle(candle)).toBeUndefined();
    expect(candle.interval).toBe(interval);
    expect(SYMBOLS).toContain(candle.symbol);
    expect(candle.openTime).toBeGreaterThanOrEqual(before);
    expect(candle.openTime).toBeGreaterThan(last.get(candle.symbol) ?? 0);
    before = candle.openTime;
    last.set(candle.symbol, candle.openTime);
    for (const { time } of ticks ?? []) {
      expect(Math.floor(time / interval) * interval).toBe(candle.openTime);
    }
  }
}

describe('a data file with anything in it', () => {
  let folder: DataFolder;
  beforeAll(async () => {
    folder = await makeDataFolder();
  });
  afterAll(() => folder.remove());

  const check = async (content: Buffer, interval: number) => {
    const path = await folder.write('BTCUSDT-fuzz.csv', content);
    const { rows, error } = await readDataFile({ path }, { symbols: SYMBOLS, interval });
    expectSound(rows, interval);
    expect(error?.message ?? '').not.toContain('\n');
    return { rows, error };
  };

  it('gives sound candles or a named error for arbitrary bytes', async () => {
    const contents = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([Buffer.from([0x1f, 0x8b]), bytes])),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => gzipSync(bytes)),
      fc
        .uint8Array({ maxLength: 300 })
        .map((bytes) => Buffer.concat([Buffer.from(CANDLES.slice(0, 57)), bytes])),
    );
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const { rows, error } = await check(content, MINUTE);
        if (rows.length === 0) expect(error).toBeDefined();
      }),
      { seed: 21, numRuns: 300 },
    );
  });

  it.each([
    ['candles', CANDLES],
    ['trades', TRADES],
  ])('gives sound candles or a named error for %s that were tampered with', async (_, base) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(mutations, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(MINUTE, 2 * MINUTE),
        async (changes, interval) => {
          await check(
            changes.reduce<Buffer>((bytes, change) => change(bytes), Buffer.from(base)),
            interval,
          );
        },
      ),
      { seed: 22, numRuns: 500 },
    );
  });

  it('gives sound candles or a named error for gzip data that were tampered with', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(mutations, { minLength: 1, maxLength: 2 }), async (changes) => {
        await check(
          changes.reduce<Buffer>((bytes, change) => change(bytes), gzipSync(CANDLES)),
          MINUTE,
        );
      }),
      { seed: 23, numRuns: 300 },
    );
  });

  it('reads a file that was left as it is to the end', async () => {
    const candles = await check(Buffer.from(CANDLES), MINUTE);
    expect(candles).toMatchObject({ error: undefined, rows: { length: 24 } });
    const trades = await check(Buffer.from(TRADES), MINUTE);
    expect(trades.error).toBeUndefined();
    expect(trades.rows).toHaveLength(4);
  });
});
