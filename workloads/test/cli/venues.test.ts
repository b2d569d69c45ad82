import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  defaultSettings,
  seededAccount,
  type SimulatorSettings,
} from '../../src/simulator/simulator-settings.ts';
import { type RunningSimulator, startSimulator } from '../../src/simulator/simulator.ts';
import { defaultRules } from '../../src/simulator/market/symbol-rules.ts';
import { SystemClock } from '../../src/process/system-clock.ts';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { startPostgres15 } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { type Ended, startClaire, type Started, type TemporaryFolder, temporaryFolder } from './claire.ts';

const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT', 'LTCUSDT'];
const ACCOUNT = seededAccount('venues', 'tester', { USDT: '100000' });
const KEYS = { MEXC_API_KEY: ACCOUNT.key.key, MEXC_API_SECRET: ACCOUNT.key.secret };
const TIMEOUT = 120_000;

let folder: TemporaryFolder;
let simulator: RunningSimulator;
let deaf: Server;

const settings = (changes: Partial<SimulatorSettings> = {}): SimulatorSettings => ({
  ...defaultSettings('only-for-tests'),
  seed: 'venues',
  accounts: [ACCOUNT],
  rules: SYMBOLS.map(defaultRules),
  speed: 60,
  ...changes,
});
const start = (changes: Partial<SimulatorSettings> = {}) =>
  startSimulator(settings(changes), { clock: new SystemClock(), logger: QUIET_LOGGER });

/** An example with other addresses and a rule that enters all the time. */
async function write(example: string, port: number, change: (text: string) => string = (text) => text) {
  const text = readFileSync(`${EXAMPLES}${example}`, 'utf8');
  const endpoints = `endpoints: { rest: 'http://127.0.0.1:${port}', ws: 'ws://127.0.0.1:${port}/ws' }`;
  const addressed = text.includes('endpoints:')
    ? text.replace(/endpoints:\n( {6}.*\n)+/, `${endpoints}\n`)
    : text.replace('venue: mexc', `venue: mexc\n    ${endpoints}`);
  const eager = addressed
    .replace(/threshold: .*/, 'threshold: 0.1%')
    .replace(
      /lookback: .*/,
      "lookback: 2m\n      minQuoteVolume: '0'\n      cooldown: 1m\n      takeProfit: 0.2%",
    )
    .replace(/\n {6}(minQuoteVolume|cooldown|takeProfit|maxHolding): (?!'0'\n)(?!1m)(?!0\.2%).*/g, '')
    .replace(/(minQuoteVolume: '0'\n)([\s\S]*?) {6}minQuoteVolume: '0'\n/, '$1$2');
  return folder.write(`${port}-${example}`, change(eager));
}

const run = (file: string, env: Readonly<Record<string, string>> = {}, ...more: readonly string[]): Started =>
  startClaire(['--debug', 'run', '-f', file, '--ledger', `ledger-${file}`, ...more], folder.path, env);

const stop = async ({ child, ended }: Started): Promise<Ended> => {
  child.kill('SIGINT');
  return ended;
};

beforeAll(async () => {
  folder = await temporaryFolder();
  simulator = await start();
  deaf = createServer((_request, response) => {
    response.end('{"simulator":"claire-mexc-simulator","instance":"x","answer":"wrong"}');
  }).listen(0, '127.0.0.1');
  while (!deaf.listening) await pause(5);
}, TIMEOUT);
afterAll(async () => {
  deaf.close();
  await simulator.close();
  await folder.remove();
});

describe('claire run on a simulator', () => {
  it(
    'trades the example over real sockets, ends at Ctrl-C, and goes on from there',
    async () => {
      const file = await write('paper-simulator.yaml', simulator.port);
      const first = run(file, KEYS);
      await first.sees(/closed \(/);
      const ended = await stop(first);
      expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('stopping') as unknown });
      expect(ended.stdout).toMatch(/stopped; the same command goes on from here/);
      expect(ended.stdout + ended.stderr).not.toContain(KEYS.MEXC_API_SECRET);
      expect(ended.stdout + ended.stderr).not.toContain(KEYS.MEXC_API_KEY);

      const second = run(file, KEYS, '--json');
      await second.sees(/trading/);
      await second.sees(/bought/);
      const again = await stop(second);
      expect(again.code).toBe(0);
      const summary = JSON.parse(again.stdout) as Record<string, unknown>;
      expect(summary).toMatchObject({ status: 'stopped', venue: 'simulator', mode: 'paper' });
      expect(summary['roundTrips']).toBeGreaterThanOrEqual(1);
      // An order may have been on its way at Ctrl-C: whoever comes next finds what became of it, also when it only looks.
      await write('paper-simulator.yaml', simulator.port, (text) =>
        text.replace('\nspec:\n', '\nspec:\n  state: Halted\n'),
      );
      const third = run(file, KEYS, '--json');
      await third.sees(/Halted/);
      const last = JSON.parse((await stop(third)).stdout) as Record<string, unknown>;
      // Every fill of the ledger is one of the exchange's own, and there are no others.
      const fills = simulator.venue.truth.after(0, 200_000, 'fill');
      expect(last['fills']).toBe(fills.length);
    },
    TIMEOUT,
  );

  it(
    'finds the symbols that move most by itself, trades them, and watches no other',
    async () => {
      const moving = await start({ seed: 'movers', rules: [...SYMBOLS, 'BTCEUR'].map(defaultRules) });
      const file = await write('paper-simulator.yaml', moving.port, (text) =>
        text.replace(/symbols: .*/, "topMovers: { count: 2, minQuoteVolume: '0' }\n    deny: [BTCUSDT]"),
      );
      const bot = run(file, KEYS);
      await bot.sees(/closed \(/);
      const ended = await stop(bot);
      expect(ended.code).toBe(0);
      const fills = moving.venue.truth.after(0, 200_000, 'fill');
      const traded = new Set(fills.map((fill) => (fill as unknown as { readonly symbol: string }).symbol));
      expect(traded.size).toBeGreaterThan(0);
      for (const symbol of traded) expect(SYMBOLS.slice(1)).toContain(symbol);
      await moving.close();
    },
    TIMEOUT,
  );

  it(
    'keeps its events in Redis and its ledger in PostgreSQL when it is told to',
    async () => {
      const [redis, postgres, market] = await Promise.all([startRedis(), startPostgres15(), start()]);
      try {
        const file = await write('paper-simulator.yaml', market.port);
        const args = ['--bus', `redis://127.0.0.1:${redis.port}`, '--ledger', postgres.url()];
        const trading = startClaire(['run', '-f', file, ...args], folder.path, KEYS);
        await trading.sees(/closed \(/);
        expect(await stop(trading)).toMatchObject({ code: 0 });
        for (const stream of ['signals', 'orders', 'order_results']) {
          expect(await redis.client.exists(`claire:{default/paper-simulator}:${stream}`)).toBe(1);
        }
        const status = await startClaire(['status', '--ledger', postgres.url()], folder.path).ended;
        expect(status.stdout).toContain('paper-simulator');
      } finally {
        await Promise.all([redis.stop(), postgres.stop(), market.close()]);
      }
    },
    TIMEOUT,
  );

  it('says what to do without keys, and with wrong ones', async () => {
    const file = await write('paper-simulator.yaml', simulator.port);
    const without = await run(file, {}).ended;
    expect(without).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('MEXC_API_KEY and MEXC_API_SECRET') as unknown,
    });
    const wrong = { ...KEYS, MEXC_API_SECRET: 'x'.repeat(32) };
    const refused = await run(file, wrong).ended;
    expect(refused).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('SIGNATURE_INVALID') as unknown,
    });
  });

  it('sends nothing to a server that does not prove itself, nor to one outside', async () => {
    const { port } = deaf.address() as AddressInfo;
    const file = await write('paper-simulator.yaml', port);
    expect(await run(file, KEYS).ended).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('does not prove that it is the simulator') as unknown,
    });
    const outside = await write('paper-simulator.yaml', port, (text) =>
      text.replace(/http:[^']*/, 'https://api.mexc.com'),
    );
    expect(await run(outside, KEYS).ended).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('neither on this machine nor inside a cluster') as unknown,
    });
  });

  it(
    'never mixes two simulators in one ledger',
    async () => {
      const other = await start({ seed: 'another', port: 0 });
      const file = await write('paper-simulator.yaml', other.port);
      const first = run(file, KEYS);
      await first.sees(/trading/);
      await other.close();
      const anew = await start({ seed: 'another', port: other.port });
      const ended = await first.ended;
      expect(ended).toMatchObject({ code: 69, stderr: expect.stringContaining('--fresh') as unknown });
      expect(await run(file, KEYS).ended).toMatchObject({ code: 78 });
      const fresh = run(file, KEYS, '--fresh');
      await fresh.sees(/trading/);
      expect((await stop(fresh)).code).toBe(0);
      await anew.close();
    },
    TIMEOUT,
  );
});

describe('claire run on paper with public data', () => {
  it(
    'watches the venue without keys, signs nothing, and orders nothing there',
    async () => {
      // Time is real there: the market must be too.
      const real = await start({ speed: 1 });
      const file = await write('paper-mexc.yaml', real.port);
      const paper = run(file);
      await paper.sees(/trading/);
      const requests = () => JSON.stringify(real.venue.truth.after(0, 200_000));
      for (const channel of ['spot@public.kline', 'spot@public.miniTickers']) {
        while (!requests().includes(channel)) await pause(50);
      }
      const ended = await stop(paper);
      expect(ended.code).toBe(0);
      expect(ended.stdout).toMatch(/paper-mexc {2}stopped/);
      expect(requests()).toContain('/api/v3/klines');
      expect(requests()).not.toMatch(/signature|userDataStream|\/api\/v3\/order/);
      await real.close();
    },
    TIMEOUT,
  );

  it('says that the venue does not answer, tries again, and ends at Ctrl-C', async () => {
    const nobody = await start();
    await nobody.close();
    const file = await write('paper-mexc.yaml', nobody.port);
    const unreachable = run(file);
    await unreachable.sees(/the venue does not answer.*code=CONNECTION_REFUSED/);
    const ended = await stop(unreachable);
    expect(ended).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('nothing answers there') as unknown,
    });
  });
});
