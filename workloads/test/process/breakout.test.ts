/**
 * A strategy with an exit of its own, traded by the five real processes on Redis and PostgreSQL against the simulator:
 * what they decide is what a back-test of the same candles decides, signal by signal and exit by exit.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RoundTrip } from '../../src/domain/account/account.ts';
import { openLedgerForReading } from '../../src/adapters/postgres/open-ledger.ts';
import { readBotFiles } from '../../src/cli/bot-files.ts';
import { PROCESSES, type ProcessName } from '../../src/contract/index.ts';
import { formatDecimal } from '../../src/domain/money/decimal.ts';
import type { OrderIntent } from '../../src/domain/orders/order.ts';
import { HOUR, MINUTE, type Timestamp } from '../../src/domain/time.ts';
import type { LedgerReading, LedgerView } from '../../src/ports/ledger.ts';
import { defaultRules } from '../../src/simulator/market/symbol-rules.ts';
import { backtest } from '../backtest/harness.ts';
import { type TemporaryFolder, temporaryFolder } from '../cli/claire.ts';
import { ACCOUNT, openSimulator, type TestSimulator } from '../simulator/open-simulator.ts';
import { startPostgres15, type TestPostgres } from '../support/postgres.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { killAll, type TestProcess, until } from './process-fixture.ts';
import { makeRunFolder, startProcesses, urlsOf } from './run-folder.ts';

const SYMBOLS = ['AAAUSDT', 'BBBUSDT'] as const;
const DATABASE = 'claire_breakout';
/** Figures over a day are believed after six hours of them. */
const HISTORY = 8 * 60;
/** More than a slow machine needs to get ready and to trade. */
const LIVE = 120;
const PATIENCE = 600_000;

/**
 * Quiet first; then each minute further out than all before it, up and down in turn: an entry and an exit of its own every
 * minute, one symbol going up while the other goes down.
 */
function closeAt(index: number, phase: number): number {
  const isUp = (index + phase) % 2 === 0;
  const reach = index < HISTORY ? 0.0005 : 0.003 + 0.0001 * (index - HISTORY);
  return 1_000 * (1 + (isUp ? reach : -reach));
}

function market(): string {
  const rows = ['open_time,symbol,open,high,low,close,volume,quote_volume'];
  for (let index = 0; index < HISTORY + LIVE; index += 1) {
    for (const [phase, symbol] of SYMBOLS.entries()) {
      const [open, close] = [closeAt(index - 1, phase), closeAt(index, phase)];
      const prices = [open, Math.max(open, close), Math.min(open, close), close];
      const [time, texts] = [Date.UTC(2026, 0, 5) + index * MINUTE, prices.map((price) => price.toFixed(2))];
      rows.push([time, symbol, ...texts, '100000', (100_000 * close).toFixed(2)].join(','));
    }
  }
  return `${rows.join('\n')}\n`;
}

const botFile = ({ rest, socket }: TestSimulator): string => `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: breakout }
spec:
  exchange: { venue: simulator, endpoints: { rest: '${rest}', ws: '${socket}' } }
  universe: { quote: USDT, symbols: [${SYMBOLS.join(', ')}] }
  strategy:
    breakout: { interval: 1m, entryLookback: 3m, exitLookback: 2m, buffer: 0%, cooldown: 0s }
  risk:
    profile: aggressive
    capital: '10000'
    stopLoss: 4%
    maxDailyDrawdown: 5%
    maxPosition: 5%
    maxOrderNotional: '500'
    maxTradesPerHour: 100
    maxConsecutiveLosses: 50
    maxPriceMove: 100%
    maxVolatilityMultiple: 100
`;

let folder: TemporaryFolder;
let postgres: TestPostgres;
let redis: TestRedis;
let simulator: TestSimulator;
let view: LedgerView;
const processes = new Map<ProcessName, TestProcess>();

const read = <T>(work: (ledger: LedgerReading) => Promise<T>): Promise<T> => view.read(work);

beforeAll(async () => {
  folder = await temporaryFolder();
  [postgres, redis] = await Promise.all([startPostgres15(), startRedis()]);
  await folder.write('market.csv', market());
  simulator = await openSimulator({
    rules: SYMBOLS.map(defaultRules),
    data: [{ path: join(folder.path, 'market.csv') }],
    dataSymbols: SYMBOLS,
    history: HISTORY,
    start: 'now',
    speed: 1,
  });
  await makeRunFolder(folder, botFile(simulator), urlsOf({ redis, postgres, database: DATABASE }));
  const key = { MEXC_API_KEY: ACCOUNT.key.key, MEXC_API_SECRET: ACCOUNT.key.secret };
  await startProcesses(folder, PROCESSES, processes, key);
}, 180_000);

afterAll(async () => {
  await (view as LedgerView | undefined)?.close();
  await killAll([...processes.values()]);
  await simulator.close();
  await redis.stop();
  await postgres.stop();
  await folder.remove();
}, 60_000);

/** A decision, by the close of the candle it was made on. */
interface Decision {
  readonly candle: Timestamp;
  readonly symbol: string;
  readonly purpose: OrderIntent['purpose'];
  /** The signal's id, which has bot, strategy, symbol, candle and side in it; of an exit its reason. */
  readonly why: string | undefined;
}

const decisionOf = ({ decidedTime, symbol, purpose, signalId, exitReason }: OrderIntent): Decision => ({
  candle: decidedTime - (decidedTime % MINUTE),
  symbol,
  purpose,
  why: signalId ?? exitReason,
});

const inOrder = (orders: readonly OrderIntent[]): readonly Decision[] =>
  orders.map(decisionOf).sort((a, b) => a.candle - b.candle || (a.symbol < b.symbol ? -1 : 1));

const decisions = async (): Promise<readonly Decision[]> => inOrder(await read((ledger) => ledger.orders()));

/** The candles that the processes were given, as a file. */
async function recordedCandles(to: Timestamp): Promise<string> {
  const rows = ['open_time,symbol,open,high,low,close,volume,quote_volume'];
  const found = await Promise.all(
    SYMBOLS.map((symbol) =>
      read((ledger) => ledger.candles({ symbol, interval: MINUTE, from: to - 12 * HOUR, to, limit: 2_000 })),
    ),
  );
  const candles = found.flat().sort((a, b) => a.openTime - b.openTime || (a.symbol < b.symbol ? -1 : 1));
  for (const { openTime, symbol, open, high, low, close, volume, quoteVolume } of candles) {
    rows.push(
      [openTime, symbol, ...[open, high, low, close, volume, quoteVolume].map(formatDecimal)].join(','),
    );
  }
  const path = join(folder.path, 'recorded.csv');
  await writeFile(path, `${rows.join('\n')}\n`);
  return path;
}

describe('breakout, traded by the five processes of a bot', () => {
  it(
    'enters above its channel and leaves below it, by orders that the exchange fills',
    async () => {
      for (const name of PROCESSES) {
        await processes.get(name)!.until('/readyz', ({ status }) => status === 200);
      }
      view = await openLedgerForReading({ location: postgres.url(), database: DATABASE });
      const trips = (): Promise<readonly RoundTrip[]> => read((ledger) => ledger.roundTrips());
      for (let orders = 1; (await trips()).length < 3; orders += 1) {
        await until(
          async () => (await decisions()).length >= orders,
          () =>
            PROCESSES.map((name) => `${name}: ${JSON.stringify(processes.get(name)!.log.slice(-8))}`).join(
              '\n',
            ),
        );
      }
      const made = await trips();
      expect(new Set(made.map(({ reason }) => reason))).toEqual(new Set(['STRATEGY_EXIT']));
      expect(new Set(made.map(({ symbol }) => symbol))).toEqual(new Set(SYMBOLS));
    },
    PATIENCE,
  );

  it(
    'decides on each candle what a back-test of the same candles decides',
    async () => {
      const made = await decisions();
      const [first] = made;
      // Of the newest candle not everything may be decided yet.
      const last = made.at(-1)!.candle - MINUTE;
      const traded = made.filter(({ candle }) => candle <= last);
      const [bot] = await readBotFiles(['bot.yaml'], folder.path);
      const instruments = await read((ledger) => ledger.instruments());
      const played = await backtest(
        {
          settings: bot!.settings,
          instruments: new Map(instruments.map((one) => [one.symbol, one])),
          data: [{ path: await recordedCandles(last + MINUTE) }],
          folder: folder.path,
        },
        { from: first!.candle - MINUTE },
      );
      const orders = played.verdicts.flatMap(({ order }) => (order === undefined ? [] : [order]));
      expect(traded.length).toBeGreaterThan(4);
      expect(traded).toEqual(inOrder(orders).filter(({ candle }) => candle <= last));
    },
    PATIENCE,
  );

  it('ends in order', async () => {
    const codes = await Promise.all(PROCESSES.map((name) => processes.get(name)!.stop()));
    expect(codes).toEqual(PROCESSES.map(() => 0));
  }, 60_000);
});
