/**
 * How much a symbol's price varies. An indicator, so in floats; it enters money in one place (fills/fill-model.ts),
 * where it is made exact. All figures depend on the window of candles alone and not on how it was filled.
 */
import { approximate } from '../money/change.ts';
import { DAY, type Duration, HOUR } from '../time.ts';
import type { Candle } from './candle.ts';
import { type Placement, SlotRing, slotOf } from './slot-ring.ts';
import { DAY_FIGURES_WARMUP } from './warm-up.ts';

const BPS = 10_000;
/** How many one-hour returns make a day, and how many must be there at least. */
const RETURNS = DAY / HOUR;
const MIN_RETURNS = DAY_FIGURES_WARMUP / HOUR;

/** Sample standard deviation (n − 1): the mean is estimated from the same few values. Undefined below two values. */
export function sampleDeviation(values: readonly number[]): number | undefined {
  const { length } = values;
  if (length < 2) return undefined;
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (length - 1));
}

export interface CandleReturns {
  /** σ of the one-candle log returns before the latest, in bps. */
  readonly sigmaBps: number;
  /** The latest one-candle log return, signed, in bps. */
  readonly latestBps: number;
}

/**
 * Volatility of one symbol over the last 24 h of closed candles (24 candles where candles are longer than an hour).
 * Work per candle is one store; σ is computed when asked for.
 */
export class Volatility {
  readonly interval: Duration;
  /** Candles in 24 h. */
  readonly #span: number;
  readonly #closes: SlotRing<number>;

  constructor(interval: Duration) {
    this.interval = interval;
    this.#span = Math.max(RETURNS, Math.ceil(DAY / interval));
    this.#closes = new SlotRing(this.#span + 1);
  }

  /** How many candles must have been there before anything is known: for warm-up from history. */
  get warmupCandles(): number {
    return Math.max(MIN_RETURNS, Math.ceil(DAY_FIGURES_WARMUP / this.interval)) + 1;
  }

  /** @throws RangeError when the candle is not aligned (callers check candles first) */
  put(candle: Pick<Candle, 'openTime' | 'close'>): Placement {
    return this.#closes.put(slotOf(candle.openTime, this.interval), approximate(candle.close));
  }

  /** How many candles back from the newest anything was ever seen, at most a day. */
  #reach(): number {
    const { newest, first, seen } = this.#closes;
    return seen === 0 ? 0 : Math.min(this.#span, newest - first);
  }

  #isWarm(): boolean {
    return this.#reach() >= this.warmupCandles - 1;
  }

  /**
   * σ_1h of trading-rules §5: sample standard deviation, in bps, of the log returns between the closes 0, 1, … 24 hours
   * before the newest, or as many of them as were seen, at least 6. A missing close is the last one of the hour before
   * it, since the price stood there. Candles longer than an hour: one-candle returns, scaled to an hour by the square
   * root of time. Undefined during warm-up, or when an hour since the first candle has no candle at all.
   */
  hourlySigmaBps(): number | undefined {
    if (!this.#isWarm()) return undefined;
    const step = Math.max(1, HOUR / this.interval);
    const hours = Math.floor(this.#reach() / step);
    const returns: number[] = [];
    let later = this.#closeBefore(this.#closes.newest, step);
    for (let hour = 1; hour <= hours; hour += 1) {
      const earlier = this.#closeBefore(Math.floor(this.#closes.newest - hour * step), step);
      if (later === undefined || earlier === undefined) return undefined;
      returns.push(Math.log(later / earlier) * BPS);
      later = earlier;
    }
    const sigma = sampleDeviation(returns);
    return sigma === undefined ? undefined : sigma * Math.sqrt(Math.min(1, HOUR / this.interval));
  }

  #closeBefore(slot: number, reach: number): number | undefined {
    for (let at = slot; at > slot - reach; at -= 1) {
      const close = this.#closes.at(at);
      if (close !== undefined) return close;
    }
    return undefined;
  }

  /**
   * For the volatility-jump check: the latest one-candle log return and the sample deviation of those of the last 24 h
   * before it (a jump must not widen what it is measured by). Only returns between neighbouring candles count. Undefined
   * during warm-up, when the candle before the newest is missing, or when fewer than half of the returns are there.
   */
  candleReturns(): CandleReturns | undefined {
    const { newest } = this.#closes;
    const latest = this.#returnAt(newest);
    if (!this.#isWarm() || latest === undefined) return undefined;
    const reach = this.#reach();
    const earlier: number[] = [];
    for (let slot = newest - reach + 1; slot < newest; slot += 1) {
      const value = this.#returnAt(slot);
      if (value !== undefined) earlier.push(value);
    }
    const sigma = sampleDeviation(earlier);
    if (sigma === undefined || earlier.length < reach / 2) return undefined;
    return { sigmaBps: sigma, latestBps: latest };
  }

  #returnAt(slot: number): number | undefined {
    const close = this.#closes.at(slot);
    const before = this.#closes.at(slot - 1);
    return close === undefined || before === undefined ? undefined : Math.log(close / before) * BPS;
  }
}
