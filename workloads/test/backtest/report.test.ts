import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';
import { claire, DATA, EXAMPLE } from '../cli/claire.ts';

const SECTIONS = [
  'verdict',
  'figures',
  'equity',
  'hold',
  'drawdown',
  'months',
  'price',
  'distribution',
  'exposure',
  'costs',
  'denied',
  'trades',
  'data',
];
/** The sections that are pictures. */
const DRAWN = ['equity', 'hold', 'drawdown', 'price', 'distribution', 'exposure'];

let folder: string;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claire-report-'));
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
}, 60_000);
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the report of a back-test, in a real browser', () => {
  it('draws every section, without an error and without asking for anything from outside', async () => {
    const ended = await claire(
      ['backtest', '-f', EXAMPLE, '--data', DATA, '--html', 'report.html', '--json'],
      folder,
    );
    expect(ended).toMatchObject({ code: 0 });
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    const problems: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    const url = pathToFileURL(join(folder, 'report.html')).href;
    await page.goto(url);
    // Run in the page, where the types of this test's own world do not exist.
    const shown = await page.evaluate<string[]>(
      "[...document.querySelectorAll('section, #verdict')].filter((one) => one.getBoundingClientRect().height > 30).map((one) => one.id)",
    );
    expect(shown.toSorted()).toEqual(SECTIONS.toSorted());
    const drawn = await page.evaluate<string[]>(
      "[...document.querySelectorAll('svg path.line, svg rect.bar')].filter((one) => one.getBBox().width > 1).map((one) => one.closest('section').id)",
    );
    expect([...new Set(drawn)].toSorted()).toEqual(DRAWN.toSorted());
    const picture = join(folder, 'report.png');
    await page.screenshot({ path: picture, fullPage: true });
    expect((await stat(picture)).size).toBeGreaterThan(50_000);
    expect(problems).toEqual([]);
    expect(requests.filter((asked) => asked !== url && !asked.startsWith('data:'))).toEqual([]);
    await page.close();
  }, 120_000);

  it('is text all through: no NaN, no undefined, no infinity', async () => {
    const text = await readFile(join(folder, 'report.html'), 'utf8');
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });
});
