import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DataFolder, makeDataFolder, readDataFile } from '../../../test/replay/data-folder.ts';
import { formatDecimal } from '../../domain/money/decimal.ts';
import { MINUTE, SECOND } from '../../domain/time.ts';
import type { ReplayRow } from './replay-row.ts';

const T = 1_704_067_200_000;
const HEADER = 'time,id,side,price,quantity';
const trade = (second: number, id: number, rest = 'buy,10,1'): string =>
  `${T + second * SECOND},${id},${rest}`;

const textOf = ({ candle, ticks }: ReplayRow): string => {
  const amounts = [candle.open, candle.high, candle.low, candle.close, candle.volume, candle.quoteVolume];
  return `${(candle.openTime - T) / MINUTE}: ${amounts.map(formatDecimal).join(' ')} #${ticks?.length ?? 'none'}`;
};

describe('TradeRows', () => {
  let folder: DataFolder;
  beforeEach(async () => {
    folder = await makeDataFolder();
  });
  afterEach(() => folder.remove());

  const read = async (...lines: readonly string[]) => {
    const path = await folder.write('XRPETH-trades.csv', [HEADER, ...lines, ''].join('\n'));
    return readDataFile({ path }, { symbols: ['XRPETH'], interval: MINUTE });
  };

  it('makes candles of whole windows and keeps their trades', async () => {
    const { rows, file } = await read(
      trade(30, 1),
      trade(60, 2, 'buy,10,2'),
      trade(61, 3, 'sell,9.5,1'),
      trade(61, 4, 'buy,12.25,0.5'),
      trade(119, 5, 'sell,11,4'),
      trade(120, 6),
    );
    expect(rows.map(textOf)).toEqual(['1: 10 12.25 9.5 11 7.5 79.625 #4']);
    expect(rows[0]?.ticks?.map(({ time, price }) => [(time - T) / SECOND, formatDecimal(price)])).toEqual([
      [60, '10'],
      [61, '9.5'],
      [61, '12.25'],
      [119, '11'],
    ]);
    expect(file?.counts).toMatchObject({ rows: 6, candles: 1, ticks: 4, flatCandles: 0 });
    expect(file?.counts.droppedWindows).toEqual({ first: 1, inner: 0, last: 1 });
  });

  it('makes flat candles of minutes without a trade', async () => {
    const { rows, file } = await read(trade(0, 1), trade(70, 2, 'buy,11,1'), trade(250, 3), trade(300, 4));
    expect(rows.map(textOf)).toEqual([
      '1: 11 11 11 11 1 11 #1',
      '2: 11 11 11 11 0 0 #0',
      '3: 11 11 11 11 0 0 #0',
      '4: 10 10 10 10 1 10 #1',
    ]);
    expect(file?.counts.flatCandles).toBe(2);
  });

  it('takes a long silence for a hole: no candles, and nothing of the window it ends in', async () => {
    const later = 60 * 300;
    const { rows, file } = await read(
      trade(0, 1),
      trade(60, 2),
      trade(120, 3),
      trade(later + 10, 4),
      trade(later + 60, 5),
      trade(later + 120, 6),
    );
    expect(rows.map(textOf).map((text) => text.slice(0, 4))).toEqual(['1: 1', '2: 1', '301:']);
    expect(file?.counts.droppedWindows).toEqual({ first: 1, inner: 1, last: 1 });
  });

  it.each([
    ['a trade twice', ['ROW_DUPLICATED', 3], [trade(0, 1), trade(0, 1)]],
    ['trades at odds', ['ROW_CONFLICTING', 3], [trade(0, 1), trade(0, 1, 'buy,10,2')]],
    ['trades out of order', ['ROW_OUT_OF_ORDER', 3], [trade(5, 1), trade(4, 2)]],
    ['an unknown side', ['SIDE_WRONG', 2], [trade(0, 1, 'long,10,1')]],
    ['a price of zero', ['TRADE_WRONG', 2], [trade(0, 1, 'buy,0,1')]],
    ['a negative quantity', ['TRADE_WRONG', 2], [trade(0, 1, 'buy,10,-1')]],
    ['a price that is none', ['NUMBER_WRONG', 2], [trade(0, 1, 'buy,ten,1')]],
  ])('ends at %s', async (_, [code, line], lines) => {
    expect((await read(...lines)).error).toMatchObject({ code, line });
  });

  it('reads several symbols from one file, each by name in every window', async () => {
    const lines = [0, 60, 61, 120, 180].map(
      (second, i) => `${T + second * SECOND},${i},buy,${i % 2 ? 'BB' : 'AA'},1,1`,
    );
    const path = await folder.write(
      'market.csv',
      ['time,id,side,symbol,price,quantity', ...lines, ''].join('\n'),
    );
    const { rows } = await readDataFile({ path }, { symbols: ['AA', 'BB'], interval: MINUTE });
    expect(rows.map(({ candle }) => `${candle.symbol}${(candle.openTime - T) / MINUTE}`)).toEqual([
      'AA1',
      'BB1',
      'AA2',
      'BB2',
    ]);
  });
});
