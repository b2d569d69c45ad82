import { describe, expect, it } from '@jest/globals';
import { readTradingBots } from '../../contract/index.ts';
import { planRun, type RunOptions } from './plan.ts';

const HERE = '/home/me';
const OPTIONS: RunOptions = { file: ['bots/a.yaml'], data: ['X.csv'], speed: 'max', ledger: 'build/ledger' };

function bots(...symbols: readonly string[]) {
  const text = symbols
    .map(
      (symbol) => `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: ${symbol.toLowerCase()} }
spec:
  exchange: { venue: replay }
  universe: { quote: USDT, symbols: [${symbol}] }
  strategy: { momentum: { interval: 1m, threshold: 1%, lookback: 15m } }
`,
    )
    .join('---\n');
  const read = readTradingBots(text, 'bots/a.yaml');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value;
}

describe('the plan of a run', () => {
  it('looks for instruments beside the bot unless told otherwise', () => {
    const found = (options: RunOptions) => planRun(options, bots('BTCUSDT'), HERE).bots[0]?.instruments;
    expect(found(OPTIONS)).toBe('bots/instruments.json');
    expect(found({ ...OPTIONS, instruments: 'mine.json' })).toBe('mine.json');
  });

  it('takes a bus for bots on a venue, and refuses it for replays', () => {
    const bus = 'redis://me@127.0.0.1:7000';
    const onVenue = bots('BTCUSDT').map((bot) => ({
      ...bot,
      settings: { ...bot.settings, exchange: { ...bot.settings.exchange, venue: 'simulator' as const } },
    }));
    const options = { file: OPTIONS.file, speed: OPTIONS.speed, ledger: OPTIONS.ledger };
    expect(planRun({ ...options, bus }, onVenue, HERE).bus).toEqual({
      host: '127.0.0.1',
      port: 7_000,
      user: 'me',
      path: '',
    });
    expect(() => planRun({ ...OPTIONS, bus }, bots('BTCUSDT'), HERE)).toThrow(
      '--bus: was given, but bot btcusdt',
    );
  });

  it('gives each of several bots the files about its own symbols, and all of them the files about many', () => {
    const data = ['BTCUSDT-1m.csv', 'ETHUSDT=eth.csv', 'all.csv'];
    const plan = planRun({ ...OPTIONS, data }, bots('BTCUSDT', 'ETHUSDT'), HERE);
    expect(plan.bots.map((planned) => planned.data.map(({ path }) => path))).toEqual([
      ['BTCUSDT-1m.csv', 'all.csv'],
      ['eth.csv', 'all.csv'],
    ]);
  });

  it('does not skip a file that no bot asks for: the replay refuses it with its reason', () => {
    const plan = planRun({ ...OPTIONS, data: ['XRPUSDT-1m.csv'] }, bots('BTCUSDT', 'ETHUSDT'), HERE);
    expect(plan.bots.map(({ data }) => data.length)).toEqual([1, 1]);
  });

  it.each([
    ['no data', { data: [] }, 64],
    ['a speed that is none', { speed: 'fast' }, 64],
    ['data that is none', { data: ['BTCUSDT='] }, 64],
    ['a place that is none', { ledger: 'mysql://h' }, 64],
  ])('refuses %s', (_, change, exitCode) => {
    expect(() => planRun({ ...OPTIONS, ...change }, bots('BTCUSDT'), HERE)).toThrow(
      expect.objectContaining({ exitCode }),
    );
  });
});
