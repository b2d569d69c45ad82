import { approximate } from '../../domain/money/change.ts';
import type { BacktestResult } from '../result.ts';
import { dailyEquity, returnsOf } from './daily.ts';
import { mean, MIN_TRADES, netOf } from './metrics.ts';
import {
  bootstrapMean,
  deflatedSharpe,
  type Interval,
  shuffleTrades,
  type ShuffledDrawdown,
} from './resample.ts';

/** What a result is worth, in a word. */
export type VerdictWord = 'too few trades' | 'no edge' | 'not stable' | 'edge';

export interface Judgement {
  readonly word: VerdictWord;
  /** Why, one sentence each. */
  readonly reasons: readonly string[];
  /** Mean result of a round trip after fees, as a fraction of what was bought; undefined without any. */
  readonly meanReturn: number | undefined;
  readonly interval: Interval | undefined;
  readonly deflatedSharpe: number | undefined;
  readonly drawdown: ShuffledDrawdown | undefined;
}

/** How many parameter sets were tried, and how much their Sharpe ratios (per day) varied. */
export interface Trials {
  readonly count: number;
  readonly variance: number;
}

export const ONE_TRIAL: Trials = { count: 1, variance: 0 };
/** Below this probability a Sharpe ratio may be luck. */
const SURE = 0.95;
/** Parts of the history that should not tell different stories. */
const PARTS = 4;

const shown = (value: number): string => `${(value * 100).toFixed(3)} %`;

/** What each round trip earned after fees, as a fraction of what it bought. */
export const tradeReturns = ({ roundTrips }: BacktestResult): readonly number[] =>
  roundTrips.map((trip) => netOf(trip) / (approximate(trip.averageEntry) * approximate(trip.quantity)));

/** Parts of the round trips, by order, that earned something on average. */
function profitableParts(returns: readonly number[]): number {
  const size = returns.length / PARTS;
  let profitable = 0;
  for (let part = 0; part < PARTS; part += 1) {
    const slice = returns.slice(Math.floor(part * size), Math.floor((part + 1) * size));
    if (mean(slice) > 0) profitable += 1;
  }
  return profitable;
}

/** What a judgement rests on: plain numbers, of one back-test or of several put together. */
export interface Sample {
  /** Of each round trip after fees, as a fraction of what it bought. */
  readonly returns: readonly number[];
  /** Of each round trip after fees, in quote units. */
  readonly results: readonly number[];
  readonly dailyReturns: readonly number[];
  /** Quote units. */
  readonly capital: number;
}

export function sampleOf(result: BacktestResult): Sample {
  const { capital, curve, from, to } = result;
  return {
    returns: tradeReturns(result),
    results: result.roundTrips.map(netOf),
    dailyReturns: returnsOf(dailyEquity(curve, capital, { from, to })),
    capital: approximate(capital),
  };
}

/** Says in words whether a result can be trusted. The same seed gives the same words. */
export const judgeResult = (result: BacktestResult, seed: number, trials: Trials = ONE_TRIAL): Judgement =>
  judgeSample(sampleOf(result), seed, trials);

/** The same of plain numbers. */
export function judgeSample(sample: Sample, seed: number, trials: Trials): Judgement {
  const { returns, results, dailyReturns, capital } = sample;
  if (returns.length < MIN_TRADES) {
    return {
      word: 'too few trades',
      reasons: [`${returns.length} round trips; below ${MIN_TRADES} chance decides`],
      meanReturn: returns.length === 0 ? undefined : mean(returns),
      interval: undefined,
      deflatedSharpe: undefined,
      drawdown: undefined,
    };
  }
  const interval = bootstrapMean(returns, seed);
  const deflated = deflatedSharpe(dailyReturns, trials);
  const parts = profitableParts(returns);
  const figures = {
    meanReturn: mean(returns),
    interval,
    deflatedSharpe: deflated,
    drawdown: shuffleTrades(results, capital, seed),
  };
  const between = `the mean result of a round trip lies between ${shown(interval.low)} and ${shown(interval.high)} (95 %)`;
  if (interval.low <= 0) {
    const meaning = interval.high < 0 ? 'it loses' : 'it may as well be nothing';
    return { word: 'no edge', reasons: [`${between}: ${meaning}`], ...figures };
  }
  if (deflated === undefined || deflated < SURE) {
    const chance = deflated === undefined ? 'unknown' : `${(deflated * 100).toFixed(1)} %`;
    const luck = `the chance that the Sharpe ratio is more than the luck of ${trials.count} trials is ${chance}; ${SURE * 100} % is needed`;
    return { word: 'no edge', reasons: [between, luck], ...figures };
  }
  const stability = `${parts} of ${PARTS} parts of the history earned something`;
  return { word: parts < PARTS - 1 ? 'not stable' : 'edge', reasons: [between, stability], ...figures };
}
