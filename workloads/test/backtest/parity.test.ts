import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readInstruments } from '../../src/adapters/replay/instruments.ts';
import { MAX_SPEED } from '../../src/adapters/replay/speed.ts';
import type { BotSettings } from '../../src/contract/index.ts';
import { money, ratio } from '../../src/domain/money/amounts.ts';
import { MINUTE } from '../../src/domain/time.ts';
import { runReplay } from '../../src/pipeline/replay-run.ts';
import { SystemClock } from '../../src/process/system-clock.ts';
import { readBotFiles } from '../../src/cli/bot-files.ts';
import { DATA, EXAMPLE } from '../cli/claire.ts';
import { instruments } from '../pipeline/market-script.ts';
import {
  botSettings,
  onBreakout,
  openTestPlace,
  type TestPlace,
  withMomentum,
} from '../pipeline/test-pipeline.ts';
import { backtest, type Market } from './harness.ts';
import { writeSynthetic } from './synthetic.ts';

const RECORDED = process.env['CLAIRE_DATA'];
const EXAMPLES = join(import.meta.dirname, '../../../examples');

let place: TestPlace;

beforeAll(async () => {
  place = await openTestPlace();
});
afterAll(() => place.close());

/** What both engines must agree on to the last digit. */
interface Outcome {
  readonly digest: string;
  readonly fills: number;
  readonly roundTrips: number;
  readonly equity: unknown;
  readonly maxDrawdown: bigint;
}

async function replayed({ settings, data, ...market }: Market): Promise<Outcome> {
  const ledger = await place.open(settings);
  try {
    const { summary } = await runReplay({
      settings,
      ledger,
      data,
      instruments: market.instruments,
      speed: MAX_SPEED,
      wall: new SystemClock(),
    });
    const { digest, fills, roundTrips, equity, maxDrawdown } = summary;
    return { digest, fills, roundTrips, equity: Number(equity.units) / 10 ** equity.scale, maxDrawdown };
  } finally {
    await ledger.close();
  }
}

async function backtested(market: Market): Promise<Outcome> {
  const { digest, fills, roundTrips, equity, maxDrawdown } = await backtest(market);
  return {
    digest,
    fills: fills.length,
    roundTrips: roundTrips.length,
    equity: Number(equity.units) / 10 ** equity.scale,
    maxDrawdown,
  };
}

async function exampleBot(name: string): Promise<BotSettings> {
  const [bot] = await readBotFiles([name], EXAMPLES);
  if (bot === undefined) throw new Error(`${name} holds no bot`);
  return bot.settings;
}

const marketOf = async (settings: BotSettings, path: string): Promise<Market> => ({
  settings,
  data: [{ path }],
  instruments: await readInstruments(join(EXAMPLES, 'instruments.json')),
  folder: place.folder,
});

describe('a back-test and claire run make the same decisions and fills', () => {
  it('on the bundled example', async () => {
    const market = await marketOf(await exampleBot(EXAMPLE), DATA);
    const played = await backtested(market);
    expect(played.roundTrips).toBeGreaterThan(0);
    expect(played).toEqual(await replayed(market));
  }, 120_000);

  it('on the bundled example of breakout, whose exits are its own', async () => {
    const market = await marketOf(await exampleBot('backtest-breakout.yaml'), DATA);
    const whole = await backtest(market);
    expect(whole.roundTrips.filter(({ reason }) => reason === 'STRATEGY_EXIT').length).toBeGreaterThan(5);
    expect(await backtested(market)).toEqual(await replayed(market));
  }, 120_000);

  it.each([1, 2])(
    'on breakouts of a made market with holes, where exits miss their collar, seed %d',
    async (seed) => {
      const symbols = ['AAAUSDT', 'BBBUSDT'];
      const path = await writeSynthetic(place.folder, `breakout-${seed}.csv`, {
        symbols,
        candles: 1_200,
        interval: 5 * MINUTE,
        seed,
        move: 0.006,
        missing: 0.005,
      });
      const base = botSettings(
        {},
        {
          maxSlippageRatio: ratio('0.006'),
          maxDailyDrawdownRatio: ratio('0.05'),
          maxOrderNotional: money('3000'),
          maxConsecutiveLosses: 50,
        },
      );
      const exits = { ...base.exits, stopLossRatio: ratio('0.04') };
      const settings = onBreakout({ ...base, exits, universe: { ...base.universe, symbols } });
      const market = { settings, data: [{ path }], instruments: instruments(symbols), folder: place.folder };
      const played = await backtested(market);
      expect(played.fills).toBeGreaterThan(4);
      expect(played).toEqual(await replayed(market));
    },
    240_000,
  );

  it.each([
    { seed: 1, onBreaker: 'ReduceOnly' },
    { seed: 2, onBreaker: 'Flatten' },
    { seed: 3, onBreaker: 'Halt' },
  ] as const)(
    'on a made market of three symbols with holes, seed $seed, and a breaker that latches $onBreaker',
    async ({ seed, onBreaker }) => {
      const symbols = ['AAAUSDT', 'BBBUSDT', 'CCCUSDT'];
      const path = await writeSynthetic(place.folder, `made-${seed}.csv`, {
        symbols,
        candles: 1_200,
        interval: 5 * MINUTE,
        seed,
        move: 0.012,
        missing: 0.01,
      });
      const base = botSettings(
        {},
        { onBreaker, maxDailyDrawdownRatio: ratio('0.02'), maxOrderNotional: money('3000') },
      );
      const settings = { ...base, universe: { ...base.universe, symbols } };
      const market = { settings, data: [{ path }], instruments: instruments(symbols), folder: place.folder };
      const played = await backtested(market);
      expect(played.fills).toBeGreaterThan(4);
      expect(played).toEqual(await replayed(market));
    },
    240_000,
  );
});

/** The first rows of a recorded file, as a file of its own: a replay of all of it takes minutes. */
async function firstRows(file: string, rows: number): Promise<string> {
  const lines = createInterface({ input: createReadStream(join(RECORDED ?? '', file)).pipe(createGunzip()) });
  const kept: string[] = [];
  for await (const line of lines) {
    kept.push(line);
    if (kept.length > rows) break;
  }
  const path = join(place.folder, file.replace('.gz', ''));
  await writeFile(path, `${kept.join('\n')}\n`);
  return path;
}

// The big data files are not in the repository: without their folder there is nothing to test.
if (RECORDED !== undefined && RECORDED !== '') {
  describe('a back-test and claire run agree on recorded data', () => {
    it.each(['paper-replay.yaml', 'paper-replay-drawdown.yaml'])(
      'on ten pairs over twenty days with %s',
      async (name) => {
        const market = await marketOf(await exampleBot(name), join(RECORDED, 'alts-btc-5m-2018-01.csv.gz'));
        expect(await backtested(market)).toEqual(await replayed(market));
      },
      600_000,
    );

    it('on single trades', async () => {
      const base = botSettings({}, { capital: money('0.5'), maxOrderNotional: money('0.05') });
      const settings = withMomentum(
        { ...base, universe: { ...base.universe, quote: 'ETH', symbols: ['XRPETH'] } },
        { interval: MINUTE, thresholdRatio: ratio('0.003'), minQuoteVolume: money('0') },
      );
      const market = await marketOf(settings, join(RECORDED, 'XRPETH-trades-2019-10.csv.gz'));
      const played = await backtested(market);
      expect(played.fills).toBeGreaterThan(0);
      expect(played).toEqual(await replayed(market));
    }, 240_000);

    it('on the first twenty days of one-minute Bitcoin', async () => {
      const path = await firstRows('BTCUSDT-1m-2024.csv.gz', 28_800);
      const market = await marketOf(await exampleBot('backtest-btcusdt.yaml'), path);
      const played = await backtested(market);
      expect(played.roundTrips).toBeGreaterThan(5);
      expect(played).toEqual(await replayed(market));
    }, 300_000);

    it('on breakouts of one-minute Bitcoin', async () => {
      const path = await firstRows('BTCUSDT-1m-2024.csv.gz', 14_400);
      const base = onBreakout(await exampleBot('backtest-btcusdt.yaml'), {
        interval: MINUTE,
        entryLookback: 240 * MINUTE,
        exitLookback: 120 * MINUTE,
      });
      const market = await marketOf(base, path);
      const played = await backtested(market);
      expect(played.roundTrips).toBeGreaterThan(5);
      expect(played).toEqual(await replayed(market));
    }, 300_000);

    it('makes the 333 round trips of the check value, risk, fills and fees included', async () => {
      const path = join(RECORDED, 'BTCUSDT-1m-2024.csv.gz');
      const market = await marketOf(await exampleBot('backtest-btcusdt.yaml'), path);
      const [first, second] = [await backtest(market), await backtest(market)];
      expect(first).toMatchObject({ candles: 527_040, kept: false });
      expect(first.roundTrips).toHaveLength(333);
      // From the columns that the first one kept.
      expect(second).toMatchObject({ kept: true, digest: first.digest });
    }, 120_000);
  });
}
