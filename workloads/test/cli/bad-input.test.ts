import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claire, LIVE_EXAMPLE, startClaire, type TemporaryFolder, temporaryFolder } from './claire.ts';
import { BOT, csv, dayWithEntry, INSTRUMENTS, quiet } from './made-market.ts';

let folder: TemporaryFolder;
const run = (...args: readonly string[]) => claire(args, folder.path);

beforeAll(async () => {
  folder = await temporaryFolder();
  await folder.write('bot.yaml', BOT);
  await folder.write('instruments.json', INSTRUMENTS);
  await folder.write('XYZUSDT-good.csv', csv(quiet(50, 100)));
});
afterAll(() => folder.remove());

const ROWS = quiet(20, 100);
/** The good rows with one of them changed; the header is line 1. */
const changed = (index: number, change: (row: string) => string): string =>
  csv(ROWS.map((row, i) => (i === index ? change(row) : row)));
const field = (row: string, at: number, value: string): string => row.split(',').with(at, value).join(',');

function corruptGzip(): Uint8Array {
  const bytes = gzipSync(csv(ROWS));
  bytes[bytes.length - 6]! ^= 0xff;
  return bytes;
}

const BAD_DATA: readonly (readonly [string, string, string | Uint8Array, RegExp])[] = [
  [
    'a price that is NaN',
    'XYZUSDT-nan.csv',
    changed(9, (row) => field(row, 4, 'NaN')),
    /XYZUSDT-nan\.csv:11: .*NaN/,
  ],
  [
    'a negative price',
    'XYZUSDT-negative.csv',
    changed(9, (row) => field(row, 3, '-1')),
    /negative\.csv:11: .*-1/,
  ],
  ['a price of zero', 'XYZUSDT-zero.csv', changed(9, (row) => field(row, 3, '0')), /zero\.csv:11: /],
  [
    'a high below the low',
    'XYZUSDT-crossed.csv',
    changed(9, (row) => field(row, 2, '1')),
    /crossed\.csv:11: .*high/,
  ],
  [
    'a negative volume',
    'XYZUSDT-volume.csv',
    changed(9, (row) => field(row, 5, '-5')),
    /volume\.csv:11: .*-5/,
  ],
  ['a row too short', 'XYZUSDT-short.csv', changed(9, (row) => row.slice(0, 30)), /short\.csv:11: /],
  [
    'rows out of order',
    'XYZUSDT-order.csv',
    csv([...ROWS.slice(0, 9), ROWS[12]!, ...ROWS.slice(9)]),
    /order\.csv:12: /,
  ],
  ['a row twice', 'XYZUSDT-twice.csv', csv([...ROWS.slice(0, 10), ...ROWS.slice(9)]), /twice\.csv:12: /],
  [
    'a time that is none',
    'XYZUSDT-time.csv',
    changed(9, (row) => field(row, 0, 'noon')),
    /time\.csv:11: .*noon/,
  ],
  ['no header', 'XYZUSDT-header.csv', `${ROWS.join('\n')}\n`, /header\.csv:1: .*header/],
  ['an empty file', 'XYZUSDT-empty.csv', '', /empty\.csv/],
  ['the data of another symbol', 'OTHER-5m.csv', csv(ROWS), /OTHER-5m\.csv: .*OTHER.*universe/],
  [
    'candles coarser than the bot',
    'XYZUSDT-coarse.csv',
    csv(ROWS.filter((_, i) => i % 3 === 0)),
    /coarse\.csv:?\d*: .*(interval|5m|15m)/,
  ],
  [
    'a gzip that was cut',
    'XYZUSDT-cut.csv.gz',
    gzipSync(csv(ROWS)).subarray(0, 150),
    /cut\.csv\.gz:\d+: .*cut off/,
  ],
  ['a gzip with a wrong byte', 'XYZUSDT-corrupt.csv.gz', corruptGzip(), /corrupt\.csv\.gz/],
];

describe('a wrong data file ends the run in one line and leaves a ledger that opens:', () => {
  it.each(BAD_DATA)('%s', async (_, name, content, expected) => {
    const file = await folder.write(name, content);
    const bad = await run('run', '-f', 'bot.yaml', '--data', file, '--fresh');
    expect(
      bad.stderr
        .trimEnd()
        .split('\n')
        .filter((line) => line.startsWith('claire: ')),
    ).toHaveLength(1);
    expect(bad.stderr).toMatch(expected);
    expect(bad.stderr).not.toMatch(/^ +at /m);
    expect(bad.code).toBe(65);
    const good = await run('run', '-f', 'bot.yaml', '--data', 'XYZUSDT-good.csv', '--fresh', '--json');
    expect({ code: good.code, ...(JSON.parse(good.stdout) as object) }).toMatchObject({
      code: 0,
      candles: 50,
    });
  });

  it('keeps what came before the wrong row', async () => {
    const rows = quiet(40, 100).map((row, i) => (i === 30 ? field(row, 4, 'NaN') : row));
    const file = await folder.write('XYZUSDT-late.csv', csv(rows));
    expect((await run('run', '-f', 'bot.yaml', '--data', file, '--fresh')).code).toBe(65);
    const { stdout } = await run('status');
    expect(stdout).toMatch(/replay +not finished: \d+ candles/);
    expect((await run('verify-journal')).code).toBe(0);
  });
});

describe('what is missing is named:', () => {
  it.each([
    ['a data file', ['--data', 'none.csv'], 66, /^claire: none\.csv: no such file\n$/],
    ['all data files', [], 64, /^claire: --data: was not given; .*do: add --data FILE/],
    [
      'an instruments file',
      ['--data', 'XYZUSDT-good.csv', '--instruments', 'none.json'],
      66,
      /none\.json: no such file/,
    ],
  ])('%s', async (_, args, code, expected) => {
    const result = await run('run', '-f', 'bot.yaml', ...args);
    expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(expected) });
  });

  it('the instrument of a symbol', async () => {
    const file = await folder.write('other.json', INSTRUMENTS.replaceAll('XYZUSDT', 'ABCUSDT'));
    const result = await run('run', '-f', 'bot.yaml', '--data', 'XYZUSDT-good.csv', '--instruments', file);
    expect(result).toMatchObject({
      code: 65,
      stderr: expect.stringMatching(
        /^claire: other\.json: has no instrument for XYZUSDT of bot\.yaml:1; do: /,
      ),
    });
  });
});

describe('what a run does not take is refused before anything is opened:', () => {
  it.each([
    ['a speed', ['--speed', 'fast'], 64, /^claire: --speed: .*"fast"\n$/],
    ['a data argument', ['--data', 'XYZUSDT='], 64, /^claire: --data: .*"XYZUSDT="\n$/],
  ])('%s', async (_, args, code, expected) => {
    const result = await run(
      'run',
      '-f',
      'bot.yaml',
      '--data',
      'XYZUSDT-good.csv',
      '--ledger',
      'unmade',
      ...args,
    );
    expect(result).toMatchObject({ code, stderr: expect.stringMatching(expected) });
  });

  it('a wrong YAML, with every problem on a line of its own', async () => {
    const file = await folder.write(
      'wrong.yaml',
      BOT.replace('threshold: 3%', 'threshold: 300%').replace('quote: USDT', 'quot: USDT'),
    );
    const { code, stderr } = await run('run', '-f', file, '--data', 'XYZUSDT-good.csv');
    expect(code).toBe(78);
    expect(stderr.split('\n').slice(0, -1)).toEqual([
      expect.stringMatching(
        /^claire: wrong\.yaml:\d+: spec\.universe\.quot: is no known field; did you mean quote\?$/,
      ),
      expect.stringMatching(/^claire: wrong\.yaml:\d+: spec\.strategy\.momentum\.threshold: was "300%"; /),
    ]);
  });

  it('a mode that this command cannot trade', async () => {
    const live = await readFile(LIVE_EXAMPLE, 'utf8');
    const file = await folder.write('live.yaml', live);
    const { code, stderr } = await run('run', '-f', file);
    expect(code).toBe(69);
    expect(stderr).toMatch(
      /^claire: live\.yaml:\d+: spec\.mode: was live .* cannot trade yet; allowed paper\n$/,
    );
  });

  it('two bots of one name', async () => {
    const file = await folder.write('two.yaml', `${BOT}---\n${BOT}`);
    const { code, stderr } = await run('run', '-f', file, '--data', 'XYZUSDT-good.csv');
    expect(code).toBe(78);
    expect(stderr).toMatch(
      /^claire: two\.yaml:\d+: metadata\.name: was "made", as of the bot at two\.yaml:1/,
    );
  });
});

describe('claire flatten', () => {
  it('has the running process sell what it holds', async () => {
    const data = await folder.write('XYZUSDT-entry.csv', csv(dayWithEntry()));
    const args = ['--ledger', 'flattened'];
    const { child, ended, sees } = startClaire(
      ['run', '-f', 'bot.yaml', '--data', data, '--speed', '8000x', '--debug', ...args],
      folder.path,
    );
    await sees(/bought \d/);
    const flatten = await run('flatten', '--yes', ...args);
    expect(flatten).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(`recorded, 1 open position will be sold; the running process \\(claire pid ${child.pid} `),
      ),
    });
    await sees(/XYZUSDT closed \(FLATTEN\)/);
    expect((await ended).code).toBe(0);
    const orders = await run('export', 'orders', ...args);
    expect(orders.stdout).toMatch(/SELL,FLATTEN,/);
    expect((await run('positions', ...args)).stdout).toBe('no position is open\n');
  });
});
