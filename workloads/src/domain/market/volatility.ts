/**
 * How much a symbol's price varies. An indicator, so in floats; it enters money in one place (fills/fill-model.ts),
 * where it is made exact. All figures depend on the window of candles alone and not on how it was filled.
 */
import { approximate } from '../money/change.ts';
import { DAY, type Duration, HOUR } from '../time.ts';
import type { Candle } from './candle.ts';
import { type Placement, SlotRing, type SlotSeries, slotOf } from './slot-ring.ts';
import { DAY_FIGURES_WARMUP } from './warm-up.ts';

const BPS = 10_000;
/** How many one-hour returns make a day, and how many must be there at least. */
const RETURNS = DAY / HOUR;
const MIN_RETURNS = DAY_FIGURES_WARMUP / HOUR;

/**
 * Sample standard deviation (n − 1) of the first `length` values: the mean is estimated from the same few values.
 * Undefined below two values.
 */
export function sampleDeviation(
  values: ArrayLike<number>,
  length: number = values.length,
): number | undefined {
  if (length < 2) return undefined;
  let sum = 0;
  for (let i = 0; i < length; i += 1) sum += values[i] as number;
  const mean = sum / length;
  let squares = 0;
  for (let i = 0; i < length; i += 1) squares += ((values[i] as number) - mean) ** 2;
  return Math.sqrt(squares / (length - 1));
}

export interface CandleReturns {
  /** σ of the one-candle log returns before the latest, in bps. */
  readonly sigmaBps: number;
  /** The latest one-candle log return, signed, in bps. */
  readonly latestBps: number;
}

/** Closes of one symbol, with at least the candles of a day before the newest in reach. */
export interface CloseSeries extends SlotSeries<number> {
  /** The closes of the slots from one to another, both included, 0 where there is none: the caller may write over it. */
  column(from: number, to: number): Float64Array;
}

/** Candles in 24 h, at least 24: how far the figures look back. */
export const volatilitySpan = (interval: Duration): number => Math.max(RETURNS, Math.ceil(DAY / interval));

/** How many candles must have been there before anything is known: for warm-up from history. */
export const volatilityWarmup = (interval: Duration): number =>
  Math.max(MIN_RETURNS, Math.ceil(DAY_FIGURES_WARMUP / interval)) + 1;

/** How many candles back from the newest anything was ever seen, at most a day. */
const reachOf = ({ newest, first }: CloseSeries, interval: Duration): number =>
  newest < 0 ? 0 : Math.min(volatilitySpan(interval), newest - first);

const isWarm = (closes: CloseSeries, interval: Duration): boolean =>
  reachOf(closes, interval) >= volatilityWarmup(interval) - 1;

function closeBefore(closes: CloseSeries, slot: number, reach: number): number | undefined {
  for (let at = slot; at > slot - reach; at -= 1) {
    const close = closes.at(at);
    if (close !== undefined) return close;
  }
  return undefined;
}

/**
 * σ_1h of trading-rules §5: sample standard deviation, in bps, of the log returns between the closes 0, 1, … 24 hours
 * before the newest, or as many of them as were seen, at least 6. A missing close is the last one of the hour before
 * it, since the price stood there. Candles longer than an hour: one-candle returns, scaled to an hour by the square
 * root of time. Undefined during warm-up, or when an hour since the first candle has no candle at all.
 */
export function hourlySigmaBps(closes: CloseSeries, interval: Duration): number | undefined {
  if (!isWarm(closes, interval)) return undefined;
  const step = Math.max(1, HOUR / interval);
  const hours = Math.floor(reachOf(closes, interval) / step);
  const returns: number[] = [];
  let later = closeBefore(closes, closes.newest, step);
  for (let hour = 1; hour <= hours; hour += 1) {
    const earlier = closeBefore(closes, Math.floor(closes.newest - hour * step), step);
    if (later === undefined || earlier === undefined) return undefined;
    returns.push(Math.log(later / earlier) * BPS);
    later = earlier;
  }
  const sigma = sampleDeviation(returns);
  return sigma === undefined ? undefined : sigma * Math.sqrt(Math.min(1, HOUR / interval));
}

const returnBetween = (before: number, close: number): number => Math.log(close / before) * BPS;

/** Writes the returns between neighbouring closes over their column; how many there are. */
function intoReturns(closes: Float64Array): number {
  let count = 0;
  let before = closes[0] as number;
  for (let i = 1; i < closes.length; i += 1) {
    const close = closes[i] as number;
    if (before !== 0 && close !== 0) {
      closes[count] = returnBetween(before, close);
      count += 1;
    }
    before = close;
  }
  return count;
}

/**
 * For the volatility-jump check: the latest one-candle log return and the sample deviation of those of the last 24 h
 * before it (a jump must not widen what it is measured by). Only returns between neighbouring candles count. Undefined
 * during warm-up, when the candle before the newest is missing, or when fewer than half of the returns are there.
 */
export function candleReturns(closes: CloseSeries, interval: Duration): CandleReturns | undefined {
  const { newest } = closes;
  const [before, close] = [closes.at(newest - 1), closes.at(newest)];
  if (!isWarm(closes, interval) || before === undefined || close === undefined) return undefined;
  const reach = reachOf(closes, interval);
  const returns = closes.column(newest - reach, newest - 1);
  const count = intoReturns(returns);
  const sigma = sampleDeviation(returns, count);
  if (sigma === undefined || count < reach / 2) return undefined;
  return { sigmaBps: sigma, latestBps: returnBetween(before, close) };
}

class CloseRing extends SlotRing<number> implements CloseSeries {
  column(from: number, to: number): Float64Array {
    const closes = new Float64Array(to - from + 1);
    for (let slot = from; slot <= to; slot += 1) closes[slot - from] = this.at(slot) ?? 0;
    return closes;
  }
}

/**
 * Volatility of one symbol over the last 24 h of closed candles (24 candles where candles are longer than an hour).
 * Work per candle is one store; σ is computed when asked for.
 */
export class Volatility {
  readonly interval: Duration;
  readonly #closes: CloseRing;

  constructor(interval: Duration) {
    this.interval = interval;
    this.#closes = new CloseRing(volatilitySpan(interval) + 1);
  }

  /** How many candles must have been there before anything is known: for warm-up from history. */
  get warmupCandles(): number {
    return volatilityWarmup(this.interval);
  }

  /** @throws RangeError when the candle is not aligned (callers check candles first) */
  put(candle: Pick<Candle, 'openTime' | 'close'>): Placement {
    return this.#closes.put(slotOf(candle.openTime, this.interval), approximate(candle.close));
  }

  /** `hourlySigmaBps` at the newest candle. */
  hourlySigmaBps(): number | undefined {
    return hourlySigmaBps(this.#closes, this.interval);
  }

  /** `candleReturns` at the newest candle. */
  candleReturns(): CandleReturns | undefined {
    return candleReturns(this.#closes, this.interval);
  }
}
