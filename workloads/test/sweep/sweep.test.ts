/** `claire sweep` as people run it: on threads, interrupted, judged, and its report in a real browser. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';
import { claire, DATA, EXAMPLE, startClaire, type TemporaryFolder, temporaryFolder } from '../cli/claire.ts';

interface Run {
  readonly set: Readonly<Record<string, string>>;
  readonly digest: string;
  readonly roundTrips: number;
}
interface Told {
  readonly runs: readonly Run[];
  readonly verdict?: { readonly words: string };
}

const LOOKBACKS = '10m,15m,20m,30m';
const GRID = [
  '--set',
  `strategy.momentum.lookback=${LOOKBACKS}`,
  '--set',
  'strategy.momentum.threshold=2%,3%',
];
const SETS = 8;
const COMMON = ['-f', EXAMPLE, '--data', DATA, '--store', 'columns'];

let folder: TemporaryFolder;
let browser: Browser;

async function sweep(...options: readonly string[]): Promise<Told> {
  const { code, stdout, stderr } = await claire(
    ['sweep', ...COMMON, ...GRID, '--json', ...options],
    folder.path,
  );
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Told;
}

const digests = ({ runs }: Told): readonly string[] => runs.map(({ digest }) => digest);

beforeAll(async () => {
  folder = await temporaryFolder();
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
}, 60_000);
afterAll(async () => {
  await browser.close();
  await folder.remove();
});

describe('claire sweep', () => {
  it('makes the same runs on one thread and on two, and those of claire backtest', async () => {
    const one = await sweep('--threads', '1', '--results', 'one.jsonl');
    const two = await sweep('--threads', '2', '--results', 'two.jsonl');
    expect(one.runs).toHaveLength(SETS);
    expect(new Set(digests(one)).size).toBe(SETS);
    expect([...digests(two)].sort()).toEqual([...digests(one)].sort());
    const changed = (await readFile(EXAMPLE, 'utf8'))
      .replace(/lookback: \S+/, 'lookback: 20m')
      .replace(/threshold: \S+/, 'threshold: 2%');
    await folder.write('twenty.yaml', changed);
    const instruments = join(EXAMPLE, '../instruments.json');
    const { stdout, stderr } = await claire(
      ['backtest', '-f', 'twenty.yaml', '--data', DATA, '--instruments', instruments, '--json'],
      folder.path,
    );
    const alone = one.runs.find(({ set }) => Object.values(set).join() === '20m,2%');
    expect({ stderr, digest: (JSON.parse(stdout) as Run).digest }).toMatchObject({ digest: alone?.digest });
  }, 120_000);

  it('goes on where it was killed, and plays nothing twice', async () => {
    const args = ['sweep', ...COMMON, ...GRID, '--threads', '1', '--results', 'killed.jsonl', '--json'];
    const first = startClaire(args, folder.path);
    await first.sees(/playing 2 of 8/);
    first.child.kill('SIGKILL');
    await first.ended;
    const kept = (await readFile(join(folder.path, 'killed.jsonl'), 'utf8')).trim().split('\n').length - 1;
    expect(kept).toBeGreaterThanOrEqual(2);
    expect(kept).toBeLessThan(SETS);
    // A line that was cut off is played again.
    const file = join(folder.path, 'killed.jsonl');
    await writeFile(file, `${await readFile(file, 'utf8')}{"id":"set-7","dig`);
    const again = await startClaire(args, folder.path).ended;
    expect(again.stderr).toMatch(new RegExp(`playing ${kept} of ${SETS}`));
    expect([...digests(JSON.parse(again.stdout) as Told)].sort()).toEqual(
      [...digests(await sweep('--results', 'one.jsonl'))].sort(),
    );
  }, 120_000);

  it('leaves on Ctrl-C with 75 and what to do next', async () => {
    const args = ['sweep', ...COMMON, ...GRID, '--threads', '1', '--results', 'stopped.jsonl'];
    const started = startClaire(args, folder.path);
    await started.sees(/playing 1 of 8/);
    started.child.kill('SIGINT');
    const { code, stderr } = await started.ended;
    expect(code).toBe(75);
    expect(stderr).toMatch(/start the same command again/);
  }, 60_000);

  it('mixes no results of other data or parameters, and says what is wrong with a parameter', async () => {
    const other = await claire(
      ['sweep', ...COMMON, '--set', 'strategy.momentum.lookback=5m', '--results', 'one.jsonl'],
      folder.path,
    );
    expect(other).toMatchObject({ code: 78 });
    expect(other.stderr).toMatch(/other settings, data or parameters/);
    for (const [options, reason] of [
      [[], /--set: was not given/],
      [['--set', 'strategy.momentum.lookback=never'], /lookback/],
      [['--set', 'strategy.nothing=1'], /nothing/],
      [[...GRID, '--walk-forward', 'rolling'], /the history has/],
    ] as const) {
      const { code, stderr } = await claire(
        ['sweep', ...COMMON, ...options, '--results', 'wrong.jsonl', '--fresh'],
        folder.path,
      );
      expect(code).not.toBe(0);
      expect(stderr).toMatch(reason);
    }
  }, 60_000);

  it('walks forward, and draws a report without an error and without asking for anything from outside', async () => {
    const walk = ['--walk-forward', 'anchored', '--in-sample', '24h', '--out-of-sample', '12h'];
    await sweep('--results', 'walk.jsonl', '--html', 'sweep.html', ...walk);
    const page = await browser.newPage({ viewport: { width: 1_100, height: 900 } });
    const problems: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    const url = pathToFileURL(join(folder.path, 'sweep.html')).href;
    await page.goto(url);
    expect(problems).toEqual([]);
    expect(requests).toEqual([url]);
    const headings = await page.evaluate<string[]>(
      "[...document.querySelectorAll('h2')].filter((one) => one.getBoundingClientRect().height > 0).map((one) => one.textContent)",
    );
    for (const wanted of [
      /Heat map/,
      /Returns of all sets/,
      /Equity of the best set/,
      /Walk-forward, anchored/,
    ]) {
      expect(headings.some((heading) => wanted.test(heading))).toBe(true);
    }
    const text = await page.evaluate<string>('document.body.innerText');
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
    await page.close();
  }, 120_000);
});
