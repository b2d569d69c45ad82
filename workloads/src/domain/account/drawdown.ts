/**
 * Drawdowns (trading-rules: accounting). The daily one starts again at 00:00 UTC of event time from the equity then and
 * is what the breaker watches; the one of the run is for reports. Both return the state they were given when nothing
 * changed, so a flat account costs one comparison a candle.
 */
import { type Money, type Ratio, asRatio, ratioOf } from '../money/amounts.ts';
import { compare, isPositive, subtract } from '../money/decimal.ts';
import { type Timestamp, utcDay } from '../time.ts';

/** The day's highest equity. */
export interface DayMark {
  /** Whole UTC days since the epoch. */
  readonly day: number;
  /** Equity when the day was first seen. */
  readonly openingEquity: Money;
  readonly highWater: Money;
}

const NO_DRAWDOWN = asRatio(0n);
/** Nothing to lose any more: counts as a total loss, so that every limit is breached (fail closed). */
const TOTAL_LOSS = asRatio(100_000_000n);

/** The day's mark after an equity seen at `at`. A later day starts anew; an earlier time never reopens a day. */
export function markDay(mark: DayMark | undefined, equity: Money, at: Timestamp): DayMark {
  const day = utcDay(at);
  if (mark === undefined || day > mark.day) return { day, openingEquity: equity, highWater: equity };
  if (equity === mark.highWater || compare(equity, mark.highWater) <= 0) return mark;
  return { ...mark, highWater: equity };
}

/**
 * (mark − equity) / mark in units of 1e-8, rounded down and never below 0. Rounding down keeps `≥ limit` exact, since
 * limits are whole units themselves.
 */
export function drawdownRatio(highWater: Money, equity: Money): Ratio {
  if (equity === highWater) return isPositive(highWater) ? NO_DRAWDOWN : TOTAL_LOSS;
  if (!isPositive(highWater)) return TOTAL_LOSS;
  const lost = subtract(highWater, equity);
  return isPositive(lost) ? ratioOf(lost, highWater, 'floor') : NO_DRAWDOWN;
}

/** The breaker's question: has the day lost `limit` or more of its highest equity? Exact. */
export const isDrawdownBreached = (mark: DayMark, equity: Money, limit: Ratio): boolean =>
  drawdownRatio(mark.highWater, equity) >= limit;

/** The largest fall from a highest equity over a whole run. */
export interface RunDrawdown {
  readonly peak: Money;
  /** Lowest equity since the peak. */
  readonly trough: Money;
  readonly maxDrawdownRatio: Ratio;
}

/** Follow the run's largest drawdown; start with undefined. */
export function trackDrawdown(run: RunDrawdown | undefined, equity: Money): RunDrawdown {
  if (run === undefined) return { peak: equity, trough: equity, maxDrawdownRatio: NO_DRAWDOWN };
  if (equity === run.peak || equity === run.trough) return run;
  if (compare(equity, run.peak) > 0) return { ...run, peak: equity, trough: equity };
  if (compare(equity, run.trough) >= 0) return run;
  const ratio = drawdownRatio(run.peak, equity);
  return {
    peak: run.peak,
    trough: equity,
    maxDrawdownRatio: ratio > run.maxDrawdownRatio ? ratio : run.maxDrawdownRatio,
  };
}
