/**
 * The figures traders compare strategies by, each by its standard definition (the source is named beside it). A figure
 * from too small a sample is undefined: shown as N/A, never as a number that looks like one.
 */
import type { RoundTrip } from '../../domain/account/account.ts';
import { approximate } from '../../domain/money/change.ts';
import { subtract } from '../../domain/money/decimal.ts';
import { DAY } from '../../domain/time.ts';
import type { BacktestResult } from '../result.ts';
import { dailyEquity, type DayEquity, returnsOf } from './daily.ts';

/** Round trips below which figures about trades are not shown. */
export const MIN_TRADES = 30;
/** Days below which figures about daily returns are not shown. */
export const MIN_DAYS = 30;
/** Crypto trades every day. */
const DAYS_PER_YEAR = 365;

export interface Metrics {
  /** Equity / capital − 1. */
  readonly totalReturn: number;
  /** Compound annual growth rate: (equity / capital)^(365 / days) − 1. CFA Institute, GIPS. From 30 days on. */
  readonly cagr: number | undefined;
  /** Standard deviation of daily returns × √365. */
  readonly volatility: number | undefined;
  /** Mean / standard deviation of daily returns × √365, risk-free rate 0. Sharpe (1994), The Sharpe Ratio. */
  readonly sharpe: number | undefined;
  /** Mean / downside deviation (against 0) of daily returns × √365. Sortino & Price (1994). */
  readonly sortino: number | undefined;
  /** CAGR / largest drawdown. Young (1991), Calmar Ratio. */
  readonly calmar: number | undefined;
  /** Largest fall from a highest equity, at every candle. */
  readonly maxDrawdown: number;
  /** Longest time below a highest equity, in days, at ends of days. */
  readonly longestUnderWaterDays: number;
  /** Root of the mean squared daily drawdown. Martin (1987), Ulcer Index. */
  readonly ulcerIndex: number | undefined;
  /** Share of round trips that earned something after fees. */
  readonly winRate: number | undefined;
  /** Earned by winners / lost by losers, after fees. */
  readonly profitFactor: number | undefined;
  /** Mean result of a round trip after fees, in quote units. */
  readonly expectancy: number | undefined;
  /** √n × mean / standard deviation of round-trip results. Tharp (2008), System Quality Number, n at most 100. */
  readonly sqn: number | undefined;
  readonly averageWin: number | undefined;
  readonly averageLoss: number | undefined;
  readonly averageHoldingHours: number | undefined;
  /** Share of the time with a position. */
  readonly exposure: number;
  /** Equity of the first close bought and held, equally over the symbols: return of the period, without costs. */
  readonly buyAndHold: number | undefined;
}

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample standard deviation (n − 1); 0 below two values. */
export function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/** A round trip's result after its fees. */
export const netOf = (trip: Pick<RoundTrip, 'grossPnl' | 'fees'>): number =>
  approximate(subtract(trip.grossPnl, trip.fees));

const quotient = (a: number, b: number): number | undefined => (b > 0 ? a / b : undefined);

/** Sharpe ratio of a series of daily returns, a year of 365 days; undefined for too few or constant returns. */
export function sharpeOf(returns: readonly number[]): number | undefined {
  if (returns.length < MIN_DAYS) return undefined;
  const ratio = quotient(mean(returns), deviation(returns));
  return ratio === undefined ? undefined : ratio * Math.sqrt(DAYS_PER_YEAR);
}

function sortinoOf(returns: readonly number[]): number | undefined {
  if (returns.length < MIN_DAYS) return undefined;
  const downside = Math.sqrt(mean(returns.map((value) => Math.min(value, 0) ** 2)));
  const ratio = quotient(mean(returns), downside);
  return ratio === undefined ? undefined : ratio * Math.sqrt(DAYS_PER_YEAR);
}

/** Fractions below the highest equity so far, at the end of each day. */
export function drawdownsOf(days: readonly DayEquity[]): readonly number[] {
  let peak = Number.NEGATIVE_INFINITY;
  return days.map(({ equity }) => {
    peak = Math.max(peak, equity);
    return peak > 0 ? 1 - equity / peak : 0;
  });
}

function longestUnderWater(days: readonly DayEquity[]): number {
  let longest = 0;
  let peak: DayEquity | undefined;
  for (const day of days) {
    if (peak === undefined || day.equity >= peak.equity) peak = day;
    else longest = Math.max(longest, (day.time - peak.time) / DAY);
  }
  return longest;
}

/** How much of the period some position was open. */
export function exposureOf(trips: readonly RoundTrip[], from: number, to: number): number {
  if (to <= from) return 0;
  let [held, end] = [0, from];
  for (const { entryTime, exitTime } of trips.toSorted((a, b) => a.entryTime - b.entryTime)) {
    held += Math.max(0, exitTime - Math.max(entryTime, end));
    end = Math.max(end, exitTime);
  }
  return held / (to - from);
}

type TradeFigures = Pick<
  Metrics,
  'winRate' | 'profitFactor' | 'expectancy' | 'sqn' | 'averageWin' | 'averageLoss' | 'averageHoldingHours'
>;

const NO_TRADES: TradeFigures = {
  winRate: undefined,
  profitFactor: undefined,
  expectancy: undefined,
  sqn: undefined,
  averageWin: undefined,
  averageLoss: undefined,
  averageHoldingHours: undefined,
};
const SQN_TRADES = 100;
const HOUR_MS = 3_600_000;

function tradeFigures(trips: readonly RoundTrip[]): TradeFigures {
  if (trips.length < MIN_TRADES) return NO_TRADES;
  const results = trips.map(netOf);
  const wins = results.filter((result) => result > 0);
  const losses = results.filter((result) => result <= 0);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const quality = quotient(mean(results), deviation(results));
  return {
    winRate: wins.length / results.length,
    profitFactor: quotient(sum(wins), -sum(losses)),
    expectancy: mean(results),
    sqn: quality === undefined ? undefined : quality * Math.sqrt(Math.min(results.length, SQN_TRADES)),
    averageWin: wins.length === 0 ? undefined : mean(wins),
    averageLoss: losses.length === 0 ? undefined : mean(losses),
    averageHoldingHours: mean(trips.map(({ entryTime, exitTime }) => (exitTime - entryTime) / HOUR_MS)),
  };
}

function buyAndHoldOf({ prices }: BacktestResult): number | undefined {
  const moves = [...prices.values()].flatMap((points) => {
    const [first, last] = [points[0], points.at(-1)];
    return first === undefined || last === undefined || first === last ? [] : [last.price / first.price - 1];
  });
  return moves.length === 0 ? undefined : mean(moves);
}

/** All figures of a back-test. */
export function metricsOf(result: BacktestResult): Metrics {
  const { capital, equity, curve, from, to, roundTrips } = result;
  const days = dailyEquity(curve, capital, { from, to });
  const returns = returnsOf(days);
  const isLong = returns.length >= MIN_DAYS;
  const growth = approximate(equity) / approximate(capital);
  const years = (to - from) / DAY / DAYS_PER_YEAR;
  const cagr = isLong && growth > 0 ? growth ** (1 / years) - 1 : undefined;
  const maxDrawdown = Number(result.maxDrawdown) / 1e8;
  return {
    totalReturn: growth - 1,
    cagr,
    volatility: isLong ? deviation(returns) * Math.sqrt(DAYS_PER_YEAR) : undefined,
    sharpe: sharpeOf(returns),
    sortino: sortinoOf(returns),
    calmar: cagr === undefined ? undefined : quotient(cagr, maxDrawdown),
    maxDrawdown,
    longestUnderWaterDays: longestUnderWater(days),
    ulcerIndex: isLong ? Math.sqrt(mean(drawdownsOf(days).map((value) => value ** 2))) : undefined,
    ...tradeFigures(roundTrips),
    exposure: exposureOf(roundTrips, from, to),
    buyAndHold: buyAndHoldOf(result),
  };
}

/** Share of the period in which a breaker that forbids entries was latched. */
export function latchedShare({
  breakers,
  from,
  to,
}: Pick<BacktestResult, 'breakers' | 'from' | 'to'>): number {
  if (to <= from) return 0;
  let [latched, end] = [0, from];
  for (const { since, until = to } of breakers.toSorted((a, b) => a.since - b.since)) {
    latched += Math.max(0, until - Math.max(since, end));
    end = Math.max(end, until);
  }
  return latched / (to - from);
}
