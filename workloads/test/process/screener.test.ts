/** The two screeners as real processes against the simulator: what they watch, and what they say of a silent feed. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openLedgerForReading } from '../../src/adapters/postgres/open-ledger.ts';
import type { ProcessName } from '../../src/contract/index.ts';
import { defaultRules } from '../../src/simulator/market/symbol-rules.ts';
import { type TemporaryFolder, temporaryFolder } from '../cli/claire.ts';
import { openSimulator, type TestSimulator } from '../simulator/open-simulator.ts';
import { startPostgres15, type TestPostgres } from '../support/postgres.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { killAll, type TestProcess } from './process-fixture.ts';
import { makeRunFolder, startProcesses, urlsOf } from './run-folder.ts';

const SYMBOLS = ['AAUSDT', 'BBUSDT', 'CCUSDT', 'DDUSDT'];
const NAMES = ['screener-rest', 'screener-ws'] as const satisfies readonly ProcessName[];
const PATIENCE = 240_000;

let folder: TemporaryFolder;
let postgres: TestPostgres;
let redis: TestRedis;
let simulator: TestSimulator;
const processes = new Map<ProcessName, TestProcess>();
const the = (name: ProcessName): TestProcess => processes.get(name)!;

const botFile = (): string => `apiVersion: trading.claire.dev/v1alpha1
kind: TradingBot
metadata: { name: movers }
spec:
  exchange:
    venue: simulator
    endpoints: { rest: '${simulator.rest}', ws: '${simulator.socket}' }
  universe: { quote: USDT, topMovers: { count: 2, minQuoteVolume: '0' }, deny: [DDUSDT] }
  strategy: { momentum: { interval: 1m, lookback: 1m } }
  risk: { maxDataAge: 10s }
`;

interface Status {
  readonly view: {
    readonly lastMarketData: number;
    readonly staleSymbols: readonly string[];
    readonly universe: { readonly symbols: readonly string[]; readonly movers: readonly string[] };
  };
}
const universe = (json: unknown): Status['view']['universe'] | undefined =>
  (json as Partial<Status>).view?.universe;

const status = async (): Promise<Status['view']> =>
  ((await the('screener-ws').get('/status')).json as Status).view;

beforeAll(async () => {
  folder = await temporaryFolder();
  [postgres, redis, simulator] = await Promise.all([
    startPostgres15(),
    startRedis(),
    openSimulator({
      rules: [...SYMBOLS, 'AAEUR'].map(defaultRules),
      history: 1_500,
      start: 'now',
      speed: 1,
      seed: 'screeners',
    }),
  ]);
  await makeRunFolder(folder, botFile(), urlsOf({ redis, postgres, database: 'claire_movers' }));
  await startProcesses(folder, NAMES, processes);
}, 180_000);

afterAll(async () => {
  await killAll([...processes.values()]);
  await simulator.close();
  await redis.stop();
  await postgres.stop();
  await folder.remove();
}, 60_000);

describe('the screeners of a bot with nothing but top movers', () => {
  it(
    'know the trading rules of the whole quote asset, watch what moves most, and get ready',
    async () => {
      await the('screener-rest').until('/readyz', ({ status }) => status === 200);
      const view = await openLedgerForReading({ location: postgres.url(), database: 'claire_movers' });
      const rules = await view.read((ledger) => ledger.instruments());
      expect(rules.map(({ symbol }) => symbol)).toEqual(SYMBOLS);
      const { json } = await the('screener-ws').until(
        '/status',
        (reply) => universe(reply.json)?.symbols.length === 2,
      );
      expect(SYMBOLS.slice(0, 3)).toEqual(expect.arrayContaining([...universe(json)!.symbols]));
      await the('screener-ws').until('/readyz', ({ status }) => status === 200);
      const from = Date.now() - 24 * 3_600_000;
      const [symbol] = universe(json)!.symbols;
      const candles = await view.read((ledger) =>
        ledger.candles({ symbol: symbol!, interval: 60_000, from, to: Date.now(), limit: 2_000 }),
      );
      expect(candles.length).toBeGreaterThan(900);
      await view.close();
    },
    PATIENCE,
  );

  it(
    'are not ready, with the reason, while the feed is silent, and ready again after it',
    async () => {
      await simulator.admin('POST', 'faults', { kind: 'silent-channel', match: 'spot@public' });
      const { json } = await the('screener-ws').until('/readyz', ({ status }) => status === 503);
      expect(json).toMatchObject({
        ready: false,
        reasons: [{ code: 'STALE', message: expect.stringMatching(/stale|no market data/) as unknown }],
      });
      const [reason] = (json as { readonly reasons: readonly { readonly since: number }[] }).reasons;
      const silent = await status();
      // By the clock of the process: what it heard last came before it said so.
      expect(silent.lastMarketData).toBeLessThan(reason!.since);
      expect([...silent.staleSymbols].sort()).toEqual([...silent.universe.symbols].sort());
      const metrics = await the('screener-ws').get('/metrics', 'metrics');
      expect(metrics.text).toMatch(/trading_watched_symbols\{reason="mover"\} 2/);
      await simulator.admin('DELETE', 'faults');
      await the('screener-ws').until('/readyz', ({ status }) => status === 200);
      const fresh = await status();
      expect(fresh.staleSymbols.length).toBeLessThan(fresh.universe.symbols.length);
      // A push makes it ready; the next deal, candle or price is what it calls market data.
      await the('screener-ws').until(
        '/status',
        ({ json }) => (json as Status).view.lastMarketData > reason!.since,
      );
      // Liveness never depends on a neighbour.
      expect((await the('screener-ws').get('/livez')).status).toBe(200);
    },
    PATIENCE,
  );

  it('end in order when they are told to', async () => {
    expect(await Promise.all(NAMES.map((name) => the(name).stop()))).toEqual([0, 0]);
  }, 60_000);
});
