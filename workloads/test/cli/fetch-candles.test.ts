import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseInstruments } from '../../src/adapters/replay/instruments.ts';
import { MINUTE } from '../../src/domain/time.ts';
import { defaultRules } from '../../src/simulator/market/symbol-rules.ts';
import { openSimulator, START, type TestSimulator } from '../simulator/open-simulator.ts';
import { claire, type Ended, startClaire, temporaryFolder, type TemporaryFolder } from './claire.ts';

/** Three pages of the venue, all of which it has: its market begins a day before `START`. */
const CANDLES = 1_440;
const FIRST = START - CANDLES * MINUTE;
const NAME = 'BTCUSDT-1m-2026-01-04-2026-01-05.csv';
const DAY = ['--from', '2026-01-04', '--to', '2026-01-05'];
const HEADER = 'open_time,open,high,low,close,volume,quote_volume';

let simulator: TestSimulator;
let folder: TemporaryFolder;
/** What a download that nothing cut comes to. */
let whole: string;

beforeAll(async () => {
  simulator = await openSimulator({
    history: CANDLES,
    steps: 1,
    rules: [defaultRules('BTCUSDT'), defaultRules('ETHUSDT')],
  });
  const place = await temporaryFolder();
  expect(await fetchCandles(place)).toMatchObject({ code: 0 });
  whole = await readFile(join(place.path, 'data', NAME), 'utf8');
  await place.remove();
}, 120_000);
afterAll(() => simulator.close());
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await simulator.admin('DELETE', 'faults');
  await folder.remove();
});

const options = (...more: readonly string[]): readonly string[] => [
  'fetch-candles',
  ...['--symbols', 'BTCUSDT', '--from', '2026-01-04', '--to', '2026-01-05', '--rest', simulator.rest],
  ...more,
];
const fetchCandles = (place: TemporaryFolder, ...more: readonly string[]): Promise<Ended> =>
  claire(options(...more), place.path);
const arm = async (fault: object): Promise<void> => {
  expect((await simulator.admin('POST', 'faults', fault)).status).toBe(200);
};
const files = (): Promise<readonly string[]> => readdir(join(folder.path, 'data'));

describe('claire fetch-candles', () => {
  it('explains itself', async () => {
    const { code, stdout } = await claire(['fetch-candles', '--help'], folder.path);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Example:\n {2}claire fetch-candles/);
  });

  it('brings every closed candle of the time, as a back-test reads it', () => {
    const [header, ...rows] = whole.trimEnd().split('\n');
    expect(header).toBe(HEADER);
    expect(rows).toHaveLength(CANDLES);
    const times = rows.map((row) => Number(row.split(',')[0]));
    expect(times).toEqual(Array.from({ length: CANDLES }, (_, i) => FIRST + i * MINUTE));
  });

  it('writes several symbols with their instruments, says what to do next, and plays them', async () => {
    const fetched = await claire(
      ['fetch-candles', '--symbols', 'ETHUSDT,BTCUSDT', ...DAY, '--rest', simulator.rest],
      folder.path,
    );
    expect(fetched).toMatchObject({ code: 0 });
    expect(fetched.stdout).toMatch(
      /^BTCUSDT {2}1,440 candles up to 2026-01-05 00:00:00, no gaps: BTCUSDT-1m/m,
    );
    expect(await files()).toEqual([NAME, NAME.replace('BTC', 'ETH'), 'instruments.json']);
    const path = join(folder.path, 'data/instruments.json');
    expect([...parseInstruments(await readFile(path, 'utf8'), path).keys()]).toEqual(['BTCUSDT', 'ETHUSDT']);
    await folder.write(
      'bot.yaml',
      `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: fetched }
spec:
  exchange: { venue: replay }
  universe: { quote: USDT, symbols: [BTCUSDT] }
  strategy: { breakout: {} }
`,
    );
    const next = /next: claire (.*)/.exec(fetched.stdout)?.[1]?.replace('BOT.yaml', 'bot.yaml').split(' ');
    const played = await claire([...(next ?? []), '--json'], folder.path);
    expect(played).toMatchObject({ code: 0 });
    expect(JSON.parse(played.stdout)).toMatchObject({ candles: 1_440 });
  }, 60_000);

  it('goes on at the last whole row after a cut anywhere, to the same bytes', async () => {
    const part = join(folder.path, 'data', `${NAME}.part`);
    await arm({ kind: 'status', status: 404, match: 'klines' });
    expect(await fetchCandles(folder)).toMatchObject({ code: 69, stdout: '' });
    await simulator.admin('DELETE', 'faults');
    for (const bytes of [0, 20, HEADER.length + 1, HEADER.length + 7, Math.floor(whole.length / 2)]) {
      await writeFile(part, whole.slice(0, bytes));
      expect(await fetchCandles(folder)).toMatchObject({ code: 0 });
      expect(await readFile(join(folder.path, 'data', NAME), 'utf8')).toBe(whole);
      expect(await files()).toEqual([NAME, 'instruments.json']);
      await rm(join(folder.path, 'data', NAME));
    }
  }, 120_000);

  it('leaves at once when interrupted, says how to go on, and never shows half a file as a whole one', async () => {
    await arm({ kind: 'delay', delay: 300, match: 'klines' });
    const started = startClaire(options(), folder.path);
    await started.sees(/BTCUSDT candles \d+ of 1440/);
    started.child.kill('SIGINT');
    const { code, stderr } = await started.ended;
    expect(code).toBe(75);
    expect(stderr).toMatch(/interrupted by SIGINT.*do: start the same command again to go on\n$/);
    expect(await files()).toEqual([`${NAME}.part`]);
    const before = (await stat(join(folder.path, 'data', `${NAME}.part`))).size;
    expect(before).toBeGreaterThan(HEADER.length + 1);
    expect(before).toBeLessThan(whole.length);
    await simulator.admin('DELETE', 'faults');
    expect(await fetchCandles(folder)).toMatchObject({ code: 0 });
    expect(await readFile(join(folder.path, 'data', NAME), 'utf8')).toBe(whole);
  }, 60_000);

  it('waits when it is told that it asks too often, and when an answer is lost', async () => {
    await arm({ kind: 'status', status: 429, retryAfter: 1, count: 2, match: 'klines' });
    await arm({ kind: 'lost-reply', count: 1, match: 'klines' });
    expect(await fetchCandles(folder)).toMatchObject({ code: 0 });
    expect(await readFile(join(folder.path, 'data', NAME), 'utf8')).toBe(whole);
  }, 60_000);

  it('compresses a whole file, and leaves alone what is there', async () => {
    expect(await fetchCandles(folder, '--gzip')).toMatchObject({ code: 0 });
    expect(await files()).toEqual([`${NAME}.gz`, 'instruments.json']);
    expect(gunzipSync(await readFile(join(folder.path, 'data', `${NAME}.gz`))).toString()).toBe(whole);
    const again = await fetchCandles(folder, '--gzip');
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('was there already') });
  }, 60_000);

  it('tells of candles that the exchange does not have', async () => {
    const early = await claire(
      [
        'fetch-candles',
        '--symbols',
        'BTCUSDT',
        '--from',
        '2026-01-03',
        '--to',
        '2026-01-05',
        '--json',
        '--rest',
        simulator.rest,
      ],
      folder.path,
    );
    expect(early).toMatchObject({ code: 0 });
    expect(JSON.parse(early.stdout)).toMatchObject({
      files: [{ candles: CANDLES, first: FIRST, missing: 0 }],
    });
    const none = await claire(
      [
        'fetch-candles',
        '--symbols',
        'BTCUSDT',
        '--from',
        '2025-01-01',
        '--to',
        '2025-01-02',
        '--rest',
        simulator.rest,
      ],
      folder.path,
    );
    expect(none).toMatchObject({ code: 65, stdout: expect.stringContaining('no candles') });
  }, 60_000);

  it('does not go on with a file that it has not written', async () => {
    await fetchCandles(folder);
    const path = join(folder.path, 'data', NAME);
    await writeFile(`${path}.part`, `${HEADER}\n${START},1,1,1,1,1\n`);
    await rm(path);
    const { code, stderr } = await fetchCandles(folder);
    expect(code).toBe(65);
    expect(stderr).toMatch(/\.part:2: is no candle of an earlier start; do: delete the file/);
    await truncate(`${path}.part`);
    expect(await fetchCandles(folder)).toMatchObject({ code: 0 });
  }, 60_000);

  it.each([
    [['--symbols', 'btc'], 64, /--symbols: was "btc"; allowed are upper-case letters/],
    [['--symbols', 'NOPEUSDT'], 64, /--symbols: was NOPEUSDT, which the exchange does not list/],
    [['--interval', '7m'], 64, /--interval: must be 1m or 5m/],
    [['--from', '2026-13-01'], 64, /--from: must be a day such as/],
    [['--from', '2026-01-08'], 64, /--to: was 2026-01-05; allowed is later than --from/],
    [['--to', '2031-01-01'], 64, /--to: was 2031-01-01; allowed is up to \d{4}-\d\d-\d\dT\d{4}: later/],
    [
      ['--interval', '1h', '--from', '2026-01-05T00:30'],
      64,
      /--from: was 2026-01-05T00:30; allowed is where/,
    ],
    [['--rest', 'ftp://x'], 64, /--rest: the address of REST must be an address starting with https/],
    [['--rest', 'http://127.0.0.1:1'], 69, /the exchange: .*do: start the same command again/],
  ] as const)(
    'refuses %j',
    async (more, code, reason) => {
      const ended = await fetchCandles(folder, ...more);
      expect(ended).toMatchObject({ code, stdout: '' });
      expect(ended.stderr).toMatch(reason);
    },
    30_000,
  );
});
