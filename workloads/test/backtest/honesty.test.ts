import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkLookahead } from '../../src/backtest/lookahead.ts';
import { type BacktestOptions, runBacktest } from '../../src/backtest/run-backtest.ts';
import { judgeResult } from '../../src/backtest/stats/verdict.ts';
import { closeTime } from '../../src/domain/market/candle.ts';
import { money, NO_MONEY, ratio } from '../../src/domain/money/amounts.ts';
import { makeStrategy } from '../../src/domain/strategy/registry.ts';
import type {
  ExitRule,
  PriceColumns,
  Strategy,
  StrategyDecision,
} from '../../src/domain/strategy/strategy.ts';
import { MINUTE } from '../../src/domain/time.ts';
import { instruments } from '../pipeline/market-script.ts';
import { botSettings, onBreakout } from '../pipeline/test-pipeline.ts';
import { makeRandom, writeSynthetic } from './synthetic.ts';

const INTERVAL = 5 * MINUTE;
const SYMBOL = 'AAAUSDT';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claire-honesty-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const TRIGGER: StrategyDecision = {
  kind: 'trigger',
  changeRatio: ratio('0.05'),
  quoteVolume: NO_MONEY,
  confidenceRatio: ratio('0.5'),
};
const QUIET: StrategyDecision = { kind: 'none', reason: 'BELOW_THRESHOLD' };

function options(path: string, strategy: Strategy, maxHolding = 12 * INTERVAL): BacktestOptions {
  const base = botSettings(
    {},
    {
      maxConsecutiveLosses: 50,
      maxDailyDrawdownRatio: ratio('0.2'),
      maxTradesPerHour: 100,
      maxEntriesPerDay: 2400,
      maxOrderNotional: money('100000'),
    },
  );
  const exits = { stopLossRatio: ratio('0.1'), takeProfitRatio: ratio('0.2'), maxHolding };
  return {
    settings: { ...base, exits },
    strategy,
    instruments: instruments([SYMBOL]),
    data: [{ path }],
    store: join(folder, 'columns'),
    breaker: 'latch',
    intrabar: 'close',
    latency: 0,
    elapsed: () => performance.now(),
  };
}

const rule = (name: string, evaluate: Strategy['evaluate'], more: Partial<Strategy> = {}): Strategy => ({
  name,
  interval: INTERVAL,
  warmupCandles: 4,
  cooldown: 0,
  evaluate,
  ...more,
});

const market = (
  name: string,
  seed: number,
  more: { candles?: number; persistence?: number } = {},
): Promise<string> =>
  writeSynthetic(folder, name, {
    symbols: [SYMBOL],
    candles: 3_000,
    interval: INTERVAL,
    seed,
    move: 0.004,
    ...more,
  });

const QUIET_STRATEGY = rule('quiet', () => QUIET);

/** Looks at the candle after the one it decides on, in the columns it is given for speed. */
function peeksAhead(): Strategy {
  let columns: PriceColumns | undefined;
  let index = 0;
  return rule(
    'peeks-ahead',
    () =>
      columns !== undefined && (columns.close[index + 1] ?? 0) > (columns.close[index] ?? 0) * 1.004
        ? TRIGGER
        : QUIET,
    {
      nextCandidate: (seen, from) => {
        columns = seen;
        index = from;
        return from;
      },
    },
  );
}

/** Only skips candles by what comes after them: the decisions themselves look innocent. */
const skipsBadFutures = (): Strategy =>
  rule(
    'skips-bad-futures',
    ({ latest }) => ((latest?.openTime ?? 0) % (3 * INTERVAL) === 0 ? TRIGGER : QUIET),
    {
      nextCandidate: ({ close }, from, to) => {
        for (let i = from; i < to; i += 1) if ((close[i + 3] ?? 0) > (close[i] ?? 0)) return i;
        return to;
      },
    },
  );

/** Buys below the mean of the prices to come. */
function knowsTheMean(): Strategy {
  let mean = 0;
  return rule(
    'knows-the-mean',
    ({ latest }) => (latest !== undefined && latest.openTime % INTERVAL === 0 && mean > 0 ? TRIGGER : QUIET),
    {
      nextCandidate: ({ close }, from) => {
        const there = close.slice(from, from + 50).filter((value) => value > 0);
        mean = there.reduce((sum, value) => sum + value, 0) / there.length - (close[from] ?? 0);
        return from;
      },
    },
  );
}

describe('the look-ahead detector', () => {
  it.each([peeksAhead, skipsBadFutures, knowsTheMean])(
    'catches a strategy that knows the future: %p',
    async (make) => {
      const asked = options(await market('peek.csv', 5, { candles: 1_000 }), make());
      const result = await runBacktest(asked);
      expect(result.verdicts.length).toBeGreaterThan(10);
      const { faults } = await checkLookahead({ ...asked, strategy: make() }, result, 1);
      expect(faults.length).toBeGreaterThan(0);
    },
  );

  it('finds nothing in momentum, whose scan only rules candles out', async () => {
    const strategy = makeStrategy({
      momentum: {
        thresholdRatio: ratio('0.01'),
        lookback: 3 * INTERVAL,
        interval: INTERVAL,
        minQuoteVolume: NO_MONEY,
        cooldown: INTERVAL,
      },
    });
    const asked = options(await market('peek.csv', 5, { candles: 1_000 }), strategy);
    const result = await runBacktest(asked);
    expect(result.fills.length).toBeGreaterThan(10);
    const report = await checkLookahead(asked, result, 1);
    expect(report).toEqual({ cuts: report.cuts, faults: [] });
    expect(report.cuts).toBeGreaterThan(5);
  }, 240_000);
});

describe('breakout', () => {
  it('knows nothing of the future, in its entries and in its own exits', async () => {
    const path = await market('channel.csv', 6, { candles: 1_500 });
    const base = options(path, QUIET_STRATEGY);
    const settings = onBreakout(base.settings);
    const asked = { ...base, settings, strategy: makeStrategy(settings.strategy) };
    const result = await runBacktest(asked);
    expect(result.roundTrips.filter(({ reason }) => reason === 'STRATEGY_EXIT').length).toBeGreaterThan(5);
    const report = await checkLookahead(asked, result, 1);
    expect(report).toEqual({ cuts: report.cuts, faults: [] });
    expect(report.cuts).toBeGreaterThan(5);
  }, 240_000);

  it('is caught when its exit looks at the candle after', async () => {
    const path = await market('peeking-exit.csv', 6, { candles: 1_500 });
    const base = options(path, QUIET_STRATEGY);
    const settings = onBreakout(base.settings);
    const honest = makeStrategy(settings.strategy);
    let next = 0;
    const exit: ExitRule = {
      candles: 2,
      mayLeave: ({ close }, index) => {
        next = (close[index + 1] ?? 0) / (close[index] ?? 1);
        return true;
      },
      leaves: () => next > 0 && next < 0.998,
    };
    const asked = { ...base, settings, strategy: { ...honest, exit } };
    const result = await runBacktest(asked);
    expect(result.roundTrips.some(({ reason }) => reason === 'STRATEGY_EXIT')).toBe(true);
    const { faults } = await checkLookahead(asked, result, 1);
    expect(faults.length).toBeGreaterThan(0);
  }, 240_000);
});

/** Enters by lot: about one candle in ten. */
function random(seed: number): Strategy {
  return rule('random', ({ latest }) =>
    latest !== undefined && makeRandom(seed ^ (closeTime(latest) / INTERVAL))() < 0.1 ? TRIGGER : QUIET,
  );
}

describe('the verdict in words', () => {
  it('says "no edge" of at least 95 % of random strategies', async () => {
    const words: string[] = [];
    // Twenty strategies on each of two markets.
    for (const seed of [77, 78]) {
      const path = await market(`random-${seed}.csv`, seed, { candles: 1_500 });
      for (let lot = 1; lot <= 20; lot += 1) {
        const strategy = random((100 * seed + lot) * 7_919);
        words.push(judgeResult(await runBacktest(options(path, strategy)), lot).word);
      }
    }
    expect(words.filter((word) => word === 'no edge').length).toBeGreaterThanOrEqual(38);
  }, 480_000);

  it('finds an edge that was planted: rises that go on', async () => {
    const path = await market('edge.csv', 9, { candles: 6_000, persistence: 0.6 });
    const strategy = makeStrategy({
      momentum: {
        thresholdRatio: ratio('0.008'),
        lookback: INTERVAL,
        interval: INTERVAL,
        minQuoteVolume: NO_MONEY,
        cooldown: 0,
      },
    });
    const result = await runBacktest(options(path, strategy, 2 * INTERVAL));
    expect(judgeResult(result, 1)).toMatchObject({ word: 'edge' });
  }, 240_000);

  it('does not judge what is too small a sample', async () => {
    const result = await runBacktest(options(await market('few.csv', 3, { candles: 300 }), random(3)));
    expect(result.roundTrips.length).toBeLessThan(30);
    expect(judgeResult(result, 1)).toMatchObject({ word: 'too few trades', deflatedSharpe: undefined });
  }, 240_000);
});
