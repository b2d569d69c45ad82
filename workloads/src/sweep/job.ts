/** One back-test of a sweep, and what is kept of it. */
import type { DataSpec } from '../adapters/replay/data-spec.ts';
import type { IntrabarMode } from '../backtest/engine/engine.ts';
import type { BreakerMode } from '../backtest/engine/trader.ts';
import type { BacktestResult } from '../backtest/result.ts';
import { runBacktest } from '../backtest/run-backtest.ts';
import { dailyEquity, returnsOf } from '../backtest/stats/daily.ts';
import { deviation, mean, metricsOf, netOf } from '../backtest/stats/metrics.ts';
import { type Sample, sampleOf } from '../backtest/stats/verdict.ts';
import type { BotSettings } from '../contract/index.ts';
import { approximate } from '../domain/money/change.ts';
import type { TradingSymbol } from '../domain/market/candle.ts';
import type { Instrument } from '../domain/market/instrument.ts';
import { makeStrategy } from '../domain/strategy/registry.ts';
import type { Duration, Timestamp } from '../domain/time.ts';

/** What all runs of a sweep share. It goes to other threads as it is. */
export interface SharedPlay {
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  readonly data: readonly DataSpec[];
  /** Where columns are kept. */
  readonly store: string;
  readonly breaker: BreakerMode;
  readonly intrabar: IntrabarMode;
  readonly latency: Duration;
}

export interface Job {
  /** Names the run among those of its sweep. */
  readonly id: string;
  readonly settings: BotSettings;
  readonly from?: Timestamp | undefined;
  readonly to?: Timestamp | undefined;
  /** Whether what a judgement needs is wanted too: it is longer. */
  readonly wantsSample: boolean;
}

/** What is kept of a run: plain numbers, so that it is one line of a file. */
export interface RunRecord {
  readonly id: string;
  readonly digest: string;
  readonly candles: number;
  readonly seconds: number;
  readonly from: Timestamp;
  readonly to: Timestamp;
  readonly roundTrips: number;
  /** Equity / capital − 1. */
  readonly totalReturn: number;
  readonly maxDrawdown: number;
  /** Quote units. */
  readonly realizedPnl: number;
  readonly fees: number;
  /** A year's; null for too few days. */
  readonly sharpe: number | null;
  readonly sortino: number | null;
  readonly calmar: number | null;
  readonly winRate: number | null;
  readonly profitFactor: number | null;
  readonly expectancy: number | null;
  readonly sqn: number | null;
  /** Mean / deviation of daily returns, not scaled to a year; 0 when they do not vary. */
  readonly dailySharpe: number;
  readonly sample?: RunSample;
}

/** What a judgement and a curve need. */
export interface RunSample extends Sample {
  /** Equity / capital at the end of each day, the begin first. */
  readonly days: readonly (readonly [Timestamp, number])[];
}

const orNull = (value: number | undefined): number | null => value ?? null;

/** What is kept of a back-test's result. */
export function recordOf(
  { id, wantsSample }: Pick<Job, 'id' | 'wantsSample'>,
  result: BacktestResult,
): RunRecord {
  const metrics = metricsOf(result);
  const { capital, curve, from, to, roundTrips } = result;
  const days = dailyEquity(curve, capital, { from, to });
  const returns = returnsOf(days);
  const spread = deviation(returns);
  const start = approximate(capital);
  return {
    id,
    digest: result.digest,
    candles: result.candles,
    seconds: result.seconds,
    from,
    to,
    roundTrips: roundTrips.length,
    totalReturn: metrics.totalReturn,
    maxDrawdown: metrics.maxDrawdown,
    realizedPnl: approximate(result.realizedPnl),
    fees: approximate(result.fees),
    sharpe: orNull(metrics.sharpe),
    sortino: orNull(metrics.sortino),
    calmar: orNull(metrics.calmar),
    winRate: orNull(metrics.winRate),
    profitFactor: orNull(metrics.profitFactor),
    expectancy: roundTrips.length === 0 ? null : mean(roundTrips.map(netOf)),
    sqn: orNull(metrics.sqn),
    dailySharpe: spread === 0 ? 0 : mean(returns) / spread,
    ...(wantsSample
      ? {
          sample: {
            ...sampleOf(result),
            days: days.map(({ time, equity }) => [time, equity / start] as const),
          },
        }
      : {}),
  };
}

/** The data are others than when the sweep began: its runs could not be compared. */
export class DataChangedError extends Error {
  readonly code = 'DATA_CHANGED';
  readonly retryable = false;
}

/**
 * Plays one run of a sweep, on this thread. The same as `claire backtest` with the same settings.
 * @throws what a back-test throws; DataChangedError
 */
export async function playJob(shared: SharedPlay, job: Job, elapsed: () => number): Promise<RunRecord> {
  const result = await runBacktest({
    ...shared,
    settings: job.settings,
    strategy: makeStrategy(job.settings.strategy),
    from: job.from,
    to: job.to,
    elapsed,
  });
  // The columns were made before the first run: whoever has to make them again found other files.
  if (!result.kept && result.quality.length > 0) {
    throw new DataChangedError(`${shared.data.map(({ path }) => path).join(', ')}: changed during the sweep`);
  }
  return recordOf(job, result);
}
