/** What a back-test came to, for a terminal. */
import type { BacktestResult } from '../../backtest/result.ts';
import { dailyEquity } from '../../backtest/stats/daily.ts';
import { latchedShare, type Metrics, MIN_DAYS, MIN_TRADES } from '../../backtest/stats/metrics.ts';
import type { LookaheadReport } from '../../backtest/lookahead.ts';
import type { Judgement, VerdictWord } from '../../backtest/stats/verdict.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import { subtract } from '../../domain/money/decimal.ts';
import {
  formatAmount,
  formatChange,
  formatCount,
  formatShare,
  formatTime,
  gainCell,
  plural,
} from './amounts.ts';
import { heading, paint, type Screen, type Tone } from './screen.ts';
import { sparkline } from './sparkline.ts';
import { type Cell, indent, narrower, renderFacts } from './table.ts';

type Fact = readonly [string, Cell];

/** Denied verdicts by code, the most frequent first. */
export function deniedByCode(verdicts: readonly Verdict[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { outcome, code } of verdicts) {
    if (outcome === 'DENY') counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].sort(([a, timesA], [b, timesB]) => timesB - timesA || (a < b ? -1 : 1));
}

/** "12.34%"; N/A where the sample is too small. */
export const percent = (value: number | undefined, places = 2): string =>
  value === undefined ? 'N/A' : `${(value * 100).toFixed(places)}%`;

export const figure = (value: number | undefined, places = 2): string =>
  value === undefined ? 'N/A' : value.toFixed(places);

function resultFacts(result: BacktestResult, screen: Screen): Fact[] {
  const { quote, capital, equity, realizedPnl, unrealizedPnl, fees, curve, from, to } = result;
  const gain = subtract(equity, capital);
  const total = gainCell(gain, quote);
  const text = `${typeof total === 'string' ? total : total.text} ${quote} (${formatChange(gain, capital)})`;
  const days = dailyEquity(curve, capital, { from, to }).map((day) => day.equity);
  const width = Math.min(60, screen.width === Infinity ? 60 : screen.width - 20);
  return [
    ['result', typeof total === 'string' ? text : { ...total, text }],
    ['equity', sparkline(days, width)],
    ['', `${formatAmount(equity, quote)} ${quote} of ${formatAmount(capital, quote)} to begin with`],
    [
      'realized',
      `${formatAmount(realizedPnl, quote)} ${quote} before fees, fees ${formatAmount(fees, quote)}, ` +
        `open ${formatAmount(unrealizedPnl, quote)}`,
    ],
    ['drawdown', `${formatShare(result.maxDrawdown)} at most`],
  ];
}

function figureFacts(result: BacktestResult, metrics: Metrics): Fact[] {
  const { winRate, profitFactor, sharpe, sortino, calmar, exposure, buyAndHold, cagr } = metrics;
  const isSmall = result.roundTrips.length < MIN_TRADES || sharpe === undefined;
  return [
    [
      'round trips',
      `${formatCount(result.roundTrips.length)}; won ${percent(winRate, 1)}, profit factor ${figure(profitFactor)}`,
    ],
    [
      'ratios',
      `Sharpe ${figure(sharpe)}, Sortino ${figure(sortino)}, Calmar ${figure(calmar)}, CAGR ${percent(cagr)}`,
    ],
    ['exposure', `${percent(exposure, 1)} of the time; buy and hold ${percent(buyAndHold)}`],
    ...(isSmall
      ? [['', `N/A: below ${MIN_TRADES} round trips or ${MIN_DAYS} days a figure says nothing`] as const]
      : []),
  ];
}

function decisionFacts(result: BacktestResult): Fact[] {
  const denied = deniedByCode(result.verdicts);
  const total = denied.reduce((sum, [, count]) => sum + count, 0);
  const codes = denied.map(([code, count]) => `${code} ${formatCount(count)}`).join(', ');
  const facts: Fact[] = [
    [
      'signals',
      `${formatCount(result.signals)}${total === 0 ? '' : `; ${formatCount(total)} denied: ${codes}`}`,
    ],
    ['orders', `${formatCount(result.orders)}, ${formatCount(result.fills.length)} fills`],
  ];
  for (const { source, state, since, until } of result.breakers) {
    const end = until === undefined ? 'latched to the end' : `until ${formatTime(until)}`;
    facts.push(['breaker', { text: `${source} → ${state} at ${formatTime(since)}, ${end}`, tone: 'warn' }]);
  }
  const untraded = latchedShare(result);
  if (untraded > 0) {
    facts.push([
      '',
      {
        text: `${percent(untraded, 1)} of the history was not traded because a breaker was latched`,
        tone: 'warn',
      },
    ]);
  }
  return facts;
}

function dataFacts({ quality }: BacktestResult): Fact[] {
  return quality
    .filter(({ candles }) => candles > 0)
    .map(({ symbol, candles, gaps, missing, outliers, empty }): Fact => {
      const parts = [plural(candles, 'candle')];
      parts.push(gaps === 0 ? 'no gaps' : `${plural(gaps, 'gap')} (${formatCount(missing)} missing)`);
      if (outliers > 0) parts.push(`${plural(outliers, 'outlier')} to look at`);
      if (empty > 0) parts.push(`${formatCount(empty)} without a trade`);
      return ['data', `${symbol}: ${parts.join(', ')}`];
    });
}

function speedFact(result: BacktestResult): Fact {
  const { candles, seconds, candlesPerSecond, loadSeconds, openSeconds, kept } = result;
  const opened = kept ? 'columns were there' : `columns made in ${openSeconds.toFixed(2)} s`;
  return [
    'speed',
    `${formatCount(candles)} candles in ${seconds.toFixed(3)} s (${formatCount(candlesPerSecond)}/s); loaded in ${loadSeconds.toFixed(3)} s, ${opened}`,
  ];
}

/** A back-test with everything that is said about it. */
export interface BacktestFacts {
  readonly result: BacktestResult;
  readonly metrics: Metrics;
  readonly judgement: Judgement;
  readonly lookahead?: LookaheadReport | undefined;
}

export const VERDICT_TONES: Readonly<Record<VerdictWord, Tone>> = {
  edge: 'good',
  'not stable': 'warn',
  'no edge': 'bad',
  'too few trades': 'warn',
};

function judgementFacts({ judgement, lookahead }: BacktestFacts): Fact[] {
  const { word, reasons, drawdown } = judgement;
  const facts: Fact[] = [['verdict', { text: word, tone: VERDICT_TONES[word] }]];
  for (const reason of reasons) facts.push(['', reason]);
  if (drawdown !== undefined) {
    const { actual, median, worst5 } = drawdown;
    facts.push([
      'order',
      `the round trips in other orders fall by ${percent(median)} (median), 5% of them by ${percent(worst5)} or more; as they came ${percent(actual)}`,
    ]);
  }
  return lookahead === undefined ? facts : [...facts, ...lookaheadFacts(lookahead)];
}

function lookaheadFacts({ cuts, faults }: LookaheadReport): Fact[] {
  if (faults.length === 0) {
    return [
      [
        'look-ahead',
        { text: `none found at ${cuts} moments, with the future removed and shuffled`, tone: 'good' },
      ],
    ];
  }
  return faults.map(({ at, future, problem }, i) => [
    i === 0 ? 'look-ahead' : '',
    { text: `at ${formatTime(at)}, future ${future}: ${problem}`, tone: 'bad' },
  ]);
}

/** The summary of a back-test. */
export function renderBacktest(told: BacktestFacts, screen: Screen): string[] {
  const { result, metrics } = told;
  const facts: Fact[] = [
    ...resultFacts(result, screen),
    ...figureFacts(result, metrics),
    ...judgementFacts(told),
    ...decisionFacts(result),
    ...dataFacts(result),
    speedFact(result),
    ['digest', result.digest],
  ];
  const title = `${heading(screen, result.bot)}  ${result.strategy} on ${result.symbols.join(', ')}, ${formatTime(result.from)} to ${formatTime(result.to)} UTC`;
  const hint = paint(
    screen,
    'dim',
    'next: --html report.html draws it, --check-lookahead looks for decisions that knew the future',
  );
  return [title, ...indent(renderFacts(facts, narrower(screen))), hint];
}

/** The same as one JSON value. */
export function backtestJson(told: BacktestFacts): Readonly<Record<string, unknown>> {
  const { result, metrics, judgement, lookahead } = told;
  const { verdicts, fills, curve, prices, roundTrips, quality, ...facts } = result;
  return {
    ...facts,
    trades: fills.length,
    fills: fills.length,
    roundTrips: roundTrips.length,
    rejected: Object.fromEntries(deniedByCode(verdicts)),
    equityPoints: curve.length,
    pricePoints: [...prices.values()].reduce((sum, points) => sum + points.length, 0),
    notTradedShare: latchedShare(result),
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, value]) => [name, (value as number | undefined) ?? null]),
    ),
    verdict: judgement,
    ...(lookahead === undefined ? {} : { lookahead }),
    data: quality,
  };
}
