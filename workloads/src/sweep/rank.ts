import { deviation, MIN_TRADES } from '../backtest/stats/metrics.ts';
import type { Trials } from '../backtest/stats/verdict.ts';
import type { Axis, Combination } from './grid.ts';
import type { RunRecord } from './job.ts';

/** What makes one run better than another: the higher, the better. Null: too small a sample to say. */
export const OBJECTIVES = {
  sharpe: (run) => run.sharpe,
  sortino: (run) => run.sortino,
  calmar: (run) => run.calmar,
  return: (run) => run.totalReturn,
  'profit-factor': (run) => run.profitFactor,
  expectancy: (run) => run.expectancy,
  sqn: (run) => run.sqn,
} as const satisfies Readonly<Record<string, (run: RunRecord) => number | null>>;

export type Objective = keyof typeof OBJECTIVES;
export const OBJECTIVE_NAMES = Object.keys(OBJECTIVES) as readonly Objective[];

/** A run with the set of parameters it was of. */
export interface Trial {
  /** Of the set among all sets. */
  readonly index: number;
  readonly combination: Combination;
  readonly run: RunRecord;
}

export interface Ranking {
  /** What was ranked by: the return, where the sample is too small for what was asked. */
  readonly objective: Objective;
  /** The best first. Those with too few round trips come last. */
  readonly trials: readonly Trial[];
}

const hasEnough = ({ run }: Trial): boolean => run.roundTrips >= MIN_TRADES;

/** Ties by the order of the sets, so that a ranking is the same on every machine. */
export function rank(trials: readonly Trial[], asked: Objective): Ranking {
  const isKnown = trials.some(({ run }) => OBJECTIVES[asked](run) !== null);
  const objective = isKnown ? asked : 'return';
  const valueOf = ({ run }: Trial): number => OBJECTIVES[objective](run) ?? -Infinity;
  const compare = (a: Trial, b: Trial): number =>
    Number(hasEnough(b)) - Number(hasEnough(a)) ||
    (valueOf(a) === valueOf(b) ? a.index - b.index : valueOf(b) - valueOf(a));
  return { objective, trials: trials.toSorted(compare) };
}

/** How many sets were tried and how much their daily Sharpe ratios vary: what the deflated Sharpe ratio asks for. */
export function trialsOf(trials: readonly Trial[]): Trials {
  return { count: trials.length, variance: deviation(trials.map(({ run }) => run.dailySharpe)) ** 2 };
}

/** The trials that are one step away along one parameter. */
export function neighboursOf(axes: readonly Axis[], trials: readonly Trial[], of: Trial): readonly Trial[] {
  const stepsTo = (other: Trial): number =>
    axes.reduce((sum, { values }, i) => {
      const [a, b] = [of.combination[i] ?? '', other.combination[i] ?? ''];
      return sum + Math.abs(values.indexOf(a) - values.indexOf(b));
    }, 0);
  return trials.filter((other) => stepsTo(other) === 1);
}
