import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DataFolder, gzip, makeDataFolder, readDataFile } from '../../../test/replay/data-folder.ts';
import { formatDecimal } from '../../domain/money/decimal.ts';
import { MINUTE } from '../../domain/time.ts';
import type { DataFileCode } from './data-file-error.ts';
import type { ReplayRow } from './replay-row.ts';

const T = 1_704_067_200_000;
const HEADER = 'open_time,open,high,low,close,volume,quote_volume';
const MULTI = 'open_time,symbol,open,high,low,close,volume,quote_volume';
const REQUEST = { symbols: ['BTCUSDT'], interval: MINUTE };

/** The code and the line of an error. */
type Expected = readonly [DataFileCode, number | undefined];

const row = (minute: number, rest = '10,12,9,11,5,55'): string => `${T + minute * MINUTE},${rest}`;
const csv = (...rows: readonly string[]): string => `${[HEADER, ...rows].join('\n')}\n`;

const textOf = ({ candle }: ReplayRow): string =>
  [candle.open, candle.high, candle.low, candle.close, candle.volume, candle.quoteVolume]
    .map(formatDecimal)
    .join(' ');
const minutesOf = (rows: readonly ReplayRow[]): readonly number[] =>
  rows.map(({ candle }) => (candle.openTime - T) / MINUTE);

describe('DataFile', () => {
  let folder: DataFolder;
  beforeEach(async () => {
    folder = await makeDataFolder();
  });
  afterEach(() => folder.remove());

  const read = async (content: string | Buffer, name = 'BTCUSDT-1m.csv') =>
    readDataFile({ path: await folder.write(name, content) }, REQUEST);

  it('reads candles exactly', async () => {
    const { rows, error } = await read(csv(row(0, '10.50,12,9.05,11,5.00001,55'), row(1)));
    expect(error).toBeUndefined();
    expect(rows.map(textOf)).toEqual(['10.5 12 9.05 11 5.00001 55', '10 12 9 11 5 55']);
    expect(rows[0]?.candle).toMatchObject({ symbol: 'BTCUSDT', interval: MINUTE, openTime: T });
    expect(rows[0]?.ticks).toBeUndefined();
  });

  it('finds gzip by its content, not by its name', async () => {
    const { rows } = await read(gzip(csv(row(0), row(1))), 'BTCUSDT-1m.csv');
    expect(minutesOf(rows)).toEqual([0, 1]);
    const plain = await read(csv(row(0)), 'BTCUSDT-1m.csv.gz');
    expect(minutesOf(plain.rows)).toEqual([0]);
  });

  it('takes CRLF, a byte order mark, blank lines at the end and a missing last newline', async () => {
    const windows = `\ufeff${csv(row(0), row(1)).replaceAll('\n', '\r\n')}\r\n\r\n`;
    expect(minutesOf((await read(Buffer.from(windows, 'utf8'))).rows)).toEqual([0, 1]);
    expect(minutesOf((await read(csv(row(0), row(1)).trimEnd())).rows)).toEqual([0, 1]);
  });

  it('finds columns by name, in any order, and ignores others', async () => {
    const content = `close,note,open_time,high,low,open,quote_volume,volume\n11,x y,${T},12,9,10,55,5\n`;
    expect((await read(content)).rows.map(textOf)).toEqual(['10 12 9 11 5 55']);
  });

  it('reads a file of many blocks like a small one', async () => {
    const minutes = Array.from({ length: 9_000 }, (_, i) => i);
    const content = csv(...minutes.map((minute) => row(minute, `10.${minute},12,9,11,5,55`)));
    const { rows, file } = await read(content);
    expect(minutesOf(rows)).toEqual(minutes);
    expect(textOf(rows[8_765] as ReplayRow)).toBe('10.8765 12 9 11 5 55');
    expect(file?.bytesRead).toBe(content.length);
    expect(file?.counts).toMatchObject({ rows: 9_000, candles: 9_000 });
    const zipped = await read(gzip(content));
    expect(zipped.rows).toEqual(rows);
    expect(zipped.file?.bytesRead).toBe(zipped.file?.size);
  });

  it('takes the rows of the universe and counts the others', async () => {
    const content = `${MULTI}\n${T},AAA,1,1,1,1,1,1\n${T},BTCUSDT,10,12,9,11,5,55\n${T},BBB,1,1,1,1,1,1\n`;
    const { rows, file } = await read(content, 'market.csv');
    expect(rows.map(({ candle }) => candle.symbol)).toEqual(['BTCUSDT']);
    expect(file?.counts).toMatchObject({ rows: 3, outsideRows: 2, outsideSymbols: new Set(['AAA', 'BBB']) });
  });

  it('takes one symbol of a file when it is named', async () => {
    const content = `${MULTI}\n${T},AAA,1,1,1,1,1,1\n${T},BBB,2,2,2,2,2,2\n`;
    const path = await folder.write('market.csv', content);
    const request = { symbols: ['AAA', 'BBB'], interval: MINUTE };
    const { rows, file } = await readDataFile({ path, symbol: 'BBB' }, request);
    expect(rows.map(({ candle }) => candle.symbol)).toEqual(['BBB']);
    expect(file?.counts.outsideRows).toBe(1);
  });

  it('takes the symbol that is given before the one in the name', async () => {
    const path = await folder.write('ETHUSDT-1m.csv', csv(row(0)));
    const { rows } = await readDataFile({ path, symbol: 'BTCUSDT' }, REQUEST);
    expect(rows[0]?.candle.symbol).toBe('BTCUSDT');
  });

  it('makes candles of the interval of the bot from finer ones, whole windows only', async () => {
    const minutes = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20, 21];
    const path = await folder.write(
      'BTCUSDT-1m.csv',
      csv(
        ...minutes.map((minute) =>
          row(minute, `${100 + minute},${200 + minute},${minute},${150 + minute},1,2.5`),
        ),
      ),
    );
    const { rows, file } = await readDataFile({ path }, { symbols: ['BTCUSDT'], interval: 5 * MINUTE });
    expect(minutesOf(rows)).toEqual([5, 15]);
    expect(rows.map(textOf)).toEqual(['105 209 5 159 5 12.5', '115 219 15 169 5 12.5']);
    expect(rows[0]?.candle.interval).toBe(5 * MINUTE);
    expect(file?.counts.droppedWindows).toEqual({ first: 1, inner: 1, last: 1 });
  });

  const bad: readonly (readonly [string, Expected, RegExp, string | Buffer])[] = [
    ['an empty file', ['FILE_EMPTY', undefined], /is empty/, ''],
    ['an empty gzip', ['FILE_EMPTY', undefined], /is empty/, gzip('')],
    ['a header alone', ['FILE_EMPTY', undefined], /no rows/, csv()],
    ['binary data', ['FILE_NOT_TEXT', 1], /not a CSV/, Buffer.from([0, 1, 2, 0x80, 10, 3])],
    ['another header', ['HEADER_WRONG', 1], /neither open_time nor time: was "a,b"/, 'a,b\n1,2\n'],
    [
      'a missing column',
      ['HEADER_WRONG', 1],
      /lacks close, quote_volume/,
      'open_time,open,high,low,volume\n',
    ],
    ['a repeated column', ['HEADER_WRONG', 1], /"open" twice/, `${HEADER},open\n`],
    [
      'NaN',
      ['NUMBER_WRONG', 3],
      /close must be a plain decimal number: was "NaN"/,
      csv(row(0), row(1, '10,12,9,NaN,5,55')),
    ],
    ['an exponent', ['NUMBER_WRONG', 2], /volume .* was "5e3"/, csv(row(0, '10,12,9,11,5e3,55'))],
    ['an empty field', ['NUMBER_WRONG', 2], /open .* was ""/, csv(row(0, ',12,9,11,5,55'))],
    ['a zero price', ['CANDLE_WRONG', 2], /open must be above 0/, csv(row(0, '0,12,0,11,5,55'))],
    ['a negative price', ['CANDLE_WRONG', 2], /low must be above 0: was -9/, csv(row(0, '10,12,-9,11,5,55'))],
    ['a high below the close', ['CANDLE_WRONG', 3], /high/, csv(row(0), row(1, '10,10,9,11,5,55'))],
    ['a low above the open', ['CANDLE_WRONG', 3], /low/, csv(row(0), row(1, '10,12,10.5,11,5,55'))],
    [
      'a negative volume',
      ['CANDLE_WRONG', 2],
      /volume must not be negative/,
      csv(row(0, '10,12,9,11,-5,55')),
    ],
    ['seconds', ['TIME_WRONG', 2], /1704067200 \(in seconds\?\)/, csv('1704067200,10,12,9,11,5,55')],
    ['microseconds', ['TIME_WRONG', 2], /microseconds/, csv(`${T}000,10,12,9,11,5,55`)],
    [
      'a time that is none',
      ['NUMBER_WRONG', 2],
      /open_time .* was "2024-01-01"/,
      csv('2024-01-01,10,12,9,11,5,55'),
    ],
    ['too few fields', ['FIELD_COUNT_WRONG', 3], /ends after close/, csv(row(0), row(1, '10,12,9,11'))],
    [
      'too many fields',
      ['FIELD_COUNT_WRONG', 2],
      /goes on after quote_volume/,
      csv(row(0, '10,12,9,11,5,55,1')),
    ],
    ['a blank line in the middle', ['FIELD_COUNT_WRONG', 3], /blank/, csv(row(0), '', row(1))],
    ['rows out of order', ['ROW_OUT_OF_ORDER', 4], /sorted by time/, csv(row(0), row(2), row(1))],
    ['a row twice', ['ROW_DUPLICATED', 3], /is there twice; each/, csv(row(0), row(0))],
    ['two rows at odds', ['ROW_CONFLICTING', 3], /different values/, csv(row(0), row(0, '10,12,9,11,5,56'))],
    ['coarser candles', ['INTERVAL_WRONG', 2], /5m apart, coarser than .* 1m/, csv(row(0), row(5), row(10))],
    [
      'a row between two intervals',
      ['INTERVAL_WRONG', 5],
      /multiple of the interval/,
      csv(row(0), row(1), row(2), `${T + 150_000},10,12,9,11,5,55`),
    ],
    ['a line that does not end', ['LINE_TOO_LONG', 2], /longer than 4096/, csv('1'.repeat(10_000))],
    [
      'a long line',
      ['LINE_TOO_LONG', 2],
      /longer than 4096/,
      `${HEADER},note\n${row(0)},${'x'.repeat(5_000)}\n`,
    ],
    [
      'garbage after gzip',
      ['GZIP_CORRUPT', undefined],
      /damaged/,
      Buffer.concat([gzip(csv(row(0), row(1))), Buffer.from('garbage')]),
    ],
    [
      'padding after gzip',
      ['GZIP_CORRUPT', 3],
      /after the end of its gzip data/,
      Buffer.concat([gzip(csv(row(0), row(1))), Buffer.alloc(16)]),
    ],
  ];
  it.each(bad)('ends at %s', async (_, [code, line], text, content) => {
    const { error } = await read(content);
    expect(error).toMatchObject({ code, line, retryable: false });
    expect(error?.message).toMatch(text);
    expect(error?.message).not.toContain('\n');
    expect(error?.message).toContain(`BTCUSDT-1m.csv${line === undefined ? '' : `:${line}`}: `);
  });

  it('delivers what stands before a bad row', async () => {
    const { rows, error } = await read(csv(row(0), row(1), row(2, 'x,12,9,11,5,55')));
    expect(minutesOf(rows)).toEqual([0, 1]);
    expect(error?.line).toBe(4);
  });

  it('names the last whole line of a file that was cut off', async () => {
    const minutes = Array.from({ length: 5_000 }, (_, i) => row(i, `10.${(i * 7_919) % 9_973},12,9,11,5,55`));
    const whole = gzip(csv(...minutes));
    const { rows, error } = await read(whole.subarray(0, whole.length / 2));
    expect(error?.code).toBe('GZIP_TRUNCATED');
    expect(rows.length).toBeGreaterThan(1_000);
    expect(error?.line).toBe(rows.length + 1);
    expect(minutesOf(rows)).toEqual(rows.map((_, i) => i));
  });

  it('tells damaged gzip data from those cut off', async () => {
    const bytes = gzip(
      csv(...Array.from({ length: 500 }, (_, i) => row(i, `10.${(i * 7_919) % 9_973},12,9,11,5,55`))),
    );
    bytes.fill(0xff, 400, 500);
    expect((await read(bytes)).error?.code).toBe('GZIP_CORRUPT');
  });

  it('tells a missing file from one that cannot be read', async () => {
    const missing = await readDataFile({ path: '/nowhere/BTCUSDT-1m.csv' }, REQUEST);
    expect(missing.error).toMatchObject({
      code: 'FILE_MISSING',
      message: '/nowhere/BTCUSDT-1m.csv: no such file',
    });
    const path = join(await folder.write('x', '').then((file) => `${file}-folder`), 'BTCUSDT');
    await mkdir(path, { recursive: true });
    await chmod(path, 0o755);
    const directory = await readDataFile({ path }, REQUEST);
    expect(directory.error).toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(directory.error?.message).toMatch(/EISDIR/);
  });

  it('refuses a file without a symbol, or with none that is asked for', async () => {
    expect((await read(csv(row(0)), 'candles-1m.csv')).error).toMatchObject({ code: 'SYMBOL_UNKNOWN' });
    const other = await read(csv(row(0)), 'ETHUSDT-1m.csv');
    expect(other.error?.message).toMatch(/its symbol ETHUSDT is not in the universe of the bot \(BTCUSDT\)/);
    const none = await read(`${MULTI}\n${T},AAA,1,1,1,1,1,1\n`, 'market.csv');
    expect(none.error).toMatchObject({ code: 'SYMBOL_OUTSIDE_UNIVERSE' });
    expect(none.error?.message).toMatch(/AAA/);
  });

  it('finds the same symbol twice at a time among others', async () => {
    const line = (symbol: string): string => `${T},${symbol},10,12,9,11,5,55`;
    const { error } = await read(
      [MULTI, line('BTCUSDT'), line('AAA'), line('BTCUSDT'), ''].join('\n'),
      'm.csv',
    );
    expect(error).toMatchObject({ code: 'ROW_DUPLICATED', line: 4 });
  });

  it('takes one candle a symbol to be of the interval of the bot', async () => {
    expect(minutesOf((await read(csv(row(7)))).rows)).toEqual([7]);
    expect((await read(csv(`${T + 1},10,12,9,11,5,55`))).error?.code).toBe('INTERVAL_WRONG');
  });
});
