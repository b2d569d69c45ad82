import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { DAY } from '../../src/domain/time.ts';
import { parseDecimal, toStep } from '../../src/domain/money/decimal.ts';
import { formatProblem, type ReadBot, readTradingBots } from '../../src/contract/index.ts';

const FOLDER = new URL('../../../examples/', import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
const PAIRS = [
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

function read(name: string): ReadBot {
  const result = readTradingBots(readFileSync(new URL(name, FOLDER), 'utf8'), name);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  const [bot] = result.value;
  if (bot === undefined || result.value.length !== 1) throw new Error(`${name}: not one bot`);
  return bot;
}

const rows = (): readonly (readonly string[])[] =>
  gunzipSync(readFileSync(new URL('data/alts-btc-5m.csv.gz', FOLDER)))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));

interface InstrumentsFile {
  readonly instruments: readonly Readonly<Record<string, string>>[];
}

const instruments = (): InstrumentsFile['instruments'] =>
  (JSON.parse(readFileSync(new URL('instruments.json', FOLDER), 'utf8')) as InstrumentsFile).instruments;

describe('the examples', () => {
  it('are there', () => {
    expect(FILES).toEqual([
      'backtest-breakout.yaml',
      'backtest-btcusdt.yaml',
      'cluster-simulator.yaml',
      'external-storage.yaml',
      'live-mexc.yaml',
      'paper-mexc.yaml',
      'paper-replay-drawdown.yaml',
      'paper-replay.yaml',
      'paper-simulator.yaml',
      'reference.yaml',
    ]);
  });

  it.each(FILES)('%s is a valid TradingBot', (name) => {
    expect(read(name).settings.name).toMatch(/^[a-z-]+$/);
  });

  it('name each bot differently', () => {
    const names = FILES.map((name) => read(name).settings.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(['paper-replay.yaml', 'paper-replay-drawdown.yaml', 'backtest-breakout.yaml'])(
    '%s watches the pairs of the bundled data',
    (name) => {
      expect(read(name).settings.universe.symbols).toEqual(PAIRS);
      expect(read(name).locallyIgnored).toEqual([]);
    },
  );

  it('are described in their README', () => {
    const readme = readFileSync(new URL('README.md', FOLDER), 'utf8');
    expect(FILES.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it('have every section of the API in the reference', () => {
    const { wire } = read('reference.yaml');
    const text = readFileSync(new URL('reference.yaml', FOLDER), 'utf8');
    const sections = Object.keys(wire.spec).filter((name) => !new RegExp(`^  ${name}:`, 'm').test(text));
    expect(sections).toEqual([]);
  });
});

describe('the bundled market data', () => {
  it('holds the four days it says, ordered by time and symbol', () => {
    const [header, ...candles] = rows();
    expect(header).toEqual(['open_time', 'symbol', 'open', 'high', 'low', 'close', 'volume', 'quote_volume']);
    const keys = candles.map(([time = '', symbol = '']) => `${time} ${symbol}`);
    expect(keys).toEqual([...new Set(keys)].toSorted());
    const times = candles.map(([time]) => Number(time));
    const start = Date.parse('2018-01-16T00:00:00Z');
    expect([Math.min(...times), Math.max(...times)]).toEqual([start, start + 4 * DAY - 300_000]);
    expect([...new Set(candles.map(([, symbol]) => symbol))].toSorted()).toEqual(PAIRS);
  });
});

describe('the bundled instruments', () => {
  it('cover every symbol that a replay example watches', () => {
    const known = instruments().map(({ symbol }) => symbol);
    const watched = FILES.map((name) => read(name).settings)
      .filter(({ exchange }) => exchange.venue === 'replay')
      .flatMap(({ universe }) => universe.symbols);
    expect(watched.filter((symbol) => !known.includes(symbol))).toEqual([]);
    expect(known).toEqual(known.toSorted());
  });

  it('have names that fit and steps above zero', () => {
    for (const { symbol, base, quote, tickSize, lotSize, minQuantity, minNotional } of instruments()) {
      expect(symbol).toBe(`${base ?? ''}${quote ?? ''}`);
      for (const text of [tickSize, lotSize, minQuantity, minNotional]) {
        expect(parseDecimal(text ?? '').units).toBeGreaterThan(0n);
      }
    }
  });

  it('have ticks on which every recorded price lies', () => {
    const ticks = new Map(
      instruments().map(({ symbol, tickSize }) => [symbol, parseDecimal(tickSize ?? '')]),
    );
    const off = rows()
      .slice(1)
      .filter(([, symbol, ...values]) =>
        values.slice(0, 4).some((text) => {
          const price = parseDecimal(text);
          const tick = ticks.get(symbol);
          return tick === undefined || toStep(price, tick, 'down').units !== price.units;
        }),
      );
    expect(off).toEqual([]);
  });
});
