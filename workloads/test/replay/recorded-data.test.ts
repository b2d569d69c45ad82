import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { candleGroups } from '../../src/adapters/replay/candle-groups.ts';
import { DataFile } from '../../src/adapters/replay/data-file.ts';
import { type Decimal, add, formatDecimal } from '../../src/domain/money/decimal.ts';
import { NO_MONEY } from '../../src/domain/money/amounts.ts';
import { MINUTE } from '../../src/domain/time.ts';
import { readDataFile } from './data-folder.ts';

const EXCERPT = fileURLToPath(new URL('../../../examples/data/alts-btc-5m.csv.gz', import.meta.url));
/** The folder of the whole recordings; without it their tests are not registered. */
const FOLDER = process.env['CLAIRE_DATA'] ?? '';

const ALTS = [
  'ADABTC',
  'DASHBTC',
  'ETCBTC',
  'ETHBTC',
  'LTCBTC',
  'NXTBTC',
  'TRXBTC',
  'XLMBTC',
  'XMRBTC',
  'ZECBTC',
];

describe('the bundled excerpt', () => {
  it('has ten pairs, in groups of five minutes sorted by symbol', async () => {
    const file = await DataFile.open({ path: EXCERPT }, { symbols: ALTS, interval: 5 * MINUTE });
    const seen = new Set<string>();
    let before = 0;
    for await (const { openTime, rows } of candleGroups([file])) {
      const symbols = rows.map(({ candle }) => candle.symbol);
      expect(symbols).toEqual([...symbols].sort());
      expect(openTime).toBeGreaterThan(before);
      before = openTime;
      for (const symbol of symbols) seen.add(symbol);
    }
    expect([...seen].sort()).toEqual(ALTS);
    expect(file.counts.candles).toBe(file.counts.rows);
  });

  it('holds its volume together when it is aggregated', async () => {
    const request = { symbols: ['ETHBTC'], interval: 5 * MINUTE };
    const fine = await readDataFile({ path: EXCERPT }, request);
    const coarse = await readDataFile({ path: EXCERPT }, { ...request, interval: 15 * MINUTE });
    expect(coarse.file?.counts.droppedWindows).toEqual({ first: 0, inner: 0, last: 0 });
    const volumeOf = ({ rows }: typeof fine): string =>
      formatDecimal(rows.reduce<Decimal>((sum, { candle }) => add(sum, candle.volume), NO_MONEY));
    expect(coarse.rows).toHaveLength(fine.rows.length / 3);
    expect(volumeOf(coarse)).toBe(volumeOf(fine));
  });
});

if (FOLDER !== '') {
  describe('the whole recordings', () => {
    it.each([
      ['BTCUSDT-1m-2024.csv.gz', ['BTCUSDT'], MINUTE, { rows: 527_040, candles: 527_040, outsideRows: 0 }],
      ['BTCUSDT-1m-2024.csv.gz', ['BTCUSDT'], 15 * MINUTE, { rows: 527_040, candles: 35_136 }],
      ['alts-btc-5m-2018-01.csv.gz', ALTS, 5 * MINUTE, { rows: 57_546, candles: 57_546, outsideRows: 0 }],
      ['XRPETH-trades-2019-10.csv.gz', ['XRPETH'], MINUTE, { rows: 12_477, candles: 3_558, ticks: 12_464 }],
    ])('%s is sound to its end', async (name, symbols, interval, counts) => {
      const { error, file } = await readDataFile({ path: join(FOLDER, name) }, { symbols, interval });
      expect(error).toBeUndefined();
      expect(file?.counts).toMatchObject(counts);
    });
  });
}
