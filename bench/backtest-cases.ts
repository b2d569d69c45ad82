/** What the back-test part plays: bots as files, over the year of Bitcoin or what is made of it. */
import { createReadStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { DAY, MINUTE } from '../workloads/src/domain/time.ts';
import type { YearData } from './year-data.ts';

export interface BacktestCase {
  readonly name: string;
  /** A TradingBot as YAML. */
  readonly bot: string;
  /** As an instruments file holds them. */
  readonly instruments: readonly object[];
  /** Values of --data. */
  readonly data: readonly string[];
  readonly options: readonly string[];
  /** How often the columns are made anew. */
  readonly firstRuns: number;
}

const EXAMPLES = join(import.meta.dirname, '../examples');
const PORTFOLIO_SYMBOLS = Array.from({ length: 10 }, (_, i) => `P${i}USDT`);
const PORTFOLIO_DAYS = 90;
/** How far apart the stretches of the year are that the symbols get. */
const APART_DAYS = 30;
const YEARS = 4;

const instrumentOf = (symbol: string): object => ({
  symbol,
  base: symbol.replace(/USDT$/, ''),
  quote: 'USDT',
  tickSize: '0.01',
  lotSize: '0.00001',
  minQuantity: '0.00001',
  minNotional: '5',
});
const BITCOIN = [instrumentOf('BTCUSDT')];

/** An entry whenever the price rose a little and the last one is an hour ago; out after half an hour. */
const HOURLY = `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: hourly }
spec:
  exchange: { venue: replay }
  universe: { quote: USDT, symbols: [BTCUSDT] }
  strategy:
    momentum: { interval: 1m, threshold: 0.1%, lookback: 15m, minQuoteVolume: '0', cooldown: 1h, takeProfit: 20%, maxHolding: 30m }
  risk: { profile: aggressive, capital: '10000', stopLoss: 2%, maxConsecutiveLosses: 50 }
`;

/** The bot of the check value, with other symbols. */
const withSymbols = (bot: string, symbols: readonly string[]): string =>
  bot.replace('symbols: [BTCUSDT]', `symbols: [${symbols.join(', ')}]`);

/** A row without its time. */
async function rowsOf({ path }: YearData): Promise<readonly string[]> {
  const file = createReadStream(path);
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  const rows: string[] = [];
  for await (const line of createInterface({ input })) rows.push(line.slice(line.indexOf(',') + 1));
  return rows.slice(1);
}

async function writeRows(path: string, count: number, row: (index: number) => string): Promise<string> {
  const first = Date.UTC(2020, 0, 1);
  const lines = ['open_time,open,high,low,close,volume,quote_volume'];
  for (let i = 0; i < count; i += 1) lines.push(`${first + i * MINUTE},${row(i)}`);
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

/** Ten symbols over the same ninety days, each with another stretch of the year, so that they do not move together. */
async function portfolio(rows: readonly string[], bot: string, folder: string): Promise<BacktestCase> {
  const data: string[] = [];
  for (const [i, symbol] of PORTFOLIO_SYMBOLS.entries()) {
    const start = (i * APART_DAYS * DAY) / MINUTE;
    const path = join(folder, `${symbol}.csv`);
    data.push(
      `${symbol}=${await writeRows(path, (PORTFOLIO_DAYS * DAY) / MINUTE, (at) => rows[start + at] ?? '')}`,
    );
  }
  return {
    name: `ten symbols, ${PORTFOLIO_DAYS} days`,
    bot: withSymbols(bot, PORTFOLIO_SYMBOLS),
    instruments: PORTFOLIO_SYMBOLS.map(instrumentOf),
    data,
    options: [],
    firstRuns: 1,
  };
}

/** The year again and again. */
async function years(rows: readonly string[], bot: string, folder: string): Promise<BacktestCase> {
  const path = join(folder, 'years.csv');
  const data = [
    `BTCUSDT=${await writeRows(path, YEARS * rows.length, (at) => rows[at % rows.length] ?? '')}`,
  ];
  return {
    name: `never a trade, the year ${YEARS} times`,
    bot,
    instruments: BITCOIN,
    data,
    options: [],
    firstRuns: 1,
  };
}

export interface BacktestCases {
  /** The rule of the check value on the year. */
  readonly rule: BacktestCase;
  /** A rule that never trades, on the year and on several: their memory is that of the candles. */
  readonly idle: BacktestCase;
  readonly years: BacktestCase;
  readonly others: readonly BacktestCase[];
}

/** The cases; what they need is made in the folder. */
export async function backtestCases(year: YearData, folder: string): Promise<BacktestCases> {
  await mkdir(folder, { recursive: true });
  const [bot, rows] = [await readFile(join(EXAMPLES, 'backtest-btcusdt.yaml'), 'utf8'), await rowsOf(year)];
  const data = [`BTCUSDT=${year.path}`];
  const common = { instruments: BITCOIN, data, options: [], firstRuns: 1 };
  const never = bot.replace('threshold: 1%', 'threshold: 90%');
  return {
    rule: { ...common, name: 'the 1 % rule, a year', bot, firstRuns: 5 },
    idle: { ...common, name: 'never a trade, a year', bot: never },
    years: await years(rows, never, folder),
    others: [
      await portfolio(rows, bot, folder),
      { ...common, name: 'a trade an hour, a year', bot: HOURLY, options: ['--breaker', 'daily'] },
    ],
  };
}

/** 500 sets: 20 look-backs, 25 thresholds. */
export const SWEEP_GRID = [
  'strategy.momentum.lookback=5m..24m:1m',
  'strategy.momentum.threshold=1%..3.4%:0.1%',
];
