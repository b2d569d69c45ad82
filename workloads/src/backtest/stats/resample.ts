import { deviation, mean } from './metrics.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { makeRandom, pick, shuffled } from './random.ts';

/** Between which values a figure lies with this confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
}

const ROUNDS = 2_000;

/** The value below which a share of the sorted values lies. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = Math.min(sorted.length - 1, Math.max(0, Math.floor(share * sorted.length)));
  return sorted[at] ?? NaN;
}

const sortedOf = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b);

/** Percentile bootstrap of the mean (Efron 1979): drawn with replacement, 2,000 times. */
export function bootstrapMean(values: readonly number[], seed: number, confidence = 0.95): Interval {
  const random = makeRandom(seed);
  const means = Array.from({ length: ROUNDS }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i += 1) sum += values[pick(random, values.length)] ?? 0;
    return sum / values.length;
  });
  const sorted = sortedOf(means);
  const tail = (1 - confidence) / 2;
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail), confidence };
}

/** Largest fall of a sum of results from its highest, beginning with a capital; as a fraction of the highest. */
export function drawdownOfResults(results: readonly number[], capital: number): number {
  let [equity, peak, worst] = [capital, capital, 0];
  for (const result of results) {
    equity += result;
    peak = Math.max(peak, equity);
    worst = Math.max(worst, 1 - equity / peak);
  }
  return worst;
}

export interface ShuffledDrawdown {
  /** As the results came. */
  readonly actual: number;
  /** Of the same results in other orders: the median, and what 5 % exceed. */
  readonly median: number;
  readonly worst5: number;
}

/** How much of the drawdown is luck of the order: the same round trips in 1,000 other orders. */
export function shuffleTrades(results: readonly number[], capital: number, seed: number): ShuffledDrawdown {
  const random = makeRandom(seed);
  const falls = sortedOf(
    Array.from({ length: 1_000 }, () => drawdownOfResults(shuffled(results, random), capital)),
  );
  return {
    actual: drawdownOfResults(results, capital),
    median: quantile(falls, 0.5),
    worst5: quantile(falls, 0.95),
  };
}

const EULER = 0.5772156649015329;

/** The highest Sharpe ratio to be expected from so many trials without any skill, whose ratios vary so much. */
export function expectedMaxSharpe(trials: number, variance: number): number {
  if (trials < 2) return 0;
  const deviationOfTrials = Math.sqrt(variance);
  const first = (1 - EULER) * normalQuantile(1 - 1 / trials);
  return deviationOfTrials * (first + EULER * normalQuantile(1 - 1 / (trials * Math.E)));
}

/** Central moment of an order, divided by the deviation to that order. */
function moment(values: readonly number[], order: number): number {
  const [middle, spread] = [mean(values), deviation(values)];
  return spread === 0 ? 0 : mean(values.map((value) => ((value - middle) / spread) ** order));
}

/** What the deflated Sharpe ratio needs to know of some returns. */
export interface ReturnMoments {
  /** Mean / deviation, per return and not per year. */
  readonly ratio: number;
  readonly skew: number;
  /** 3 for a normal distribution. */
  readonly kurtosis: number;
  readonly count: number;
}

/** How many parameter sets were tried, and the variance of their ratios (per return). */
interface TrialFigures {
  readonly count: number;
  readonly variance: number;
}

/**
 * Deflated Sharpe ratio (Bailey & López de Prado 2014, The Deflated Sharpe Ratio, Journal of Portfolio Management 40(5),
 * equation 2): the probability that the true ratio is above what the best of so many trials would show by luck.
 * Undefined where the estimate has no variance to speak of.
 */
export function deflatedSharpeOf(moments: ReturnMoments, trials: TrialFigures): number | undefined {
  const { ratio, skew, kurtosis, count } = moments;
  const luck = expectedMaxSharpe(trials.count, trials.variance);
  const scale = 1 - skew * ratio + ((kurtosis - 1) / 4) * ratio ** 2;
  return scale <= 0 ? undefined : normalCdf(((ratio - luck) * Math.sqrt(count - 1)) / Math.sqrt(scale));
}

/** The same of returns; undefined for too few or constant ones. */
export function deflatedSharpe(returns: readonly number[], trials: TrialFigures): number | undefined {
  const spread = deviation(returns);
  if (returns.length < 3 || spread === 0) return undefined;
  const [skew, kurtosis] = [moment(returns, 3), moment(returns, 4)];
  return deflatedSharpeOf({ ratio: mean(returns) / spread, skew, kurtosis, count: returns.length }, trials);
}
