/** A back-test as one HTML file: no script, no request to anywhere, readable on paper. */
import { approximate } from '../../domain/money/change.ts';
import type { BacktestResult } from '../result.ts';
import { dailyEquity, type DayEquity } from '../stats/daily.ts';
import { drawdownsOf, latchedShare, type Metrics, MIN_DAYS, MIN_TRADES, netOf } from '../stats/metrics.ts';
import type { Judgement } from '../stats/verdict.ts';
import { STYLE } from './style.ts';
import { bars, chart, escapeText, type Mark, type Point } from './svg.ts';
import {
  costTable,
  dayText,
  deniedTable,
  monthlyTable,
  numberText,
  percentText,
  table,
  timeText,
  tripTable,
} from './tables.ts';

export interface ReportFacts {
  readonly result: BacktestResult;
  readonly metrics: Metrics;
  readonly judgement: Judgement;
}

const section = (id: string, title: string, body: string, note = ''): string =>
  `<section id="${id}"><h2>${escapeText(title)}</h2>${body}${note === '' ? '' : `<p class="note">${escapeText(note)}</p>`}</section>`;

const tile = (name: string, value: string, source: string): string =>
  `<div class="tile" title="${escapeText(source)}"><span class="dim">${escapeText(name)}</span><b>${escapeText(value)}</b></div>`;

function tiles({ result, metrics }: ReportFacts): string {
  const m = metrics;
  return `<div class="tiles">${[
    tile('total return', percentText(m.totalReturn), 'equity / capital − 1'),
    tile(
      'buy and hold',
      percentText(m.buyAndHold),
      'first close bought, equally over the symbols, without costs',
    ),
    tile(
      'largest drawdown',
      percentText(m.maxDrawdown),
      'largest fall from a highest equity, at every candle',
    ),
    tile('CAGR', percentText(m.cagr), 'GIPS: (equity / capital)^(365 / days) − 1'),
    tile('volatility', percentText(m.volatility), 'standard deviation of daily returns × √365'),
    tile(
      'Sharpe',
      numberText(m.sharpe),
      'Sharpe (1994): mean / deviation of daily returns × √365, risk-free rate 0',
    ),
    tile('Sortino', numberText(m.sortino), 'Sortino & Price (1994): mean / downside deviation × √365'),
    tile('Calmar', numberText(m.calmar), 'Young (1991): CAGR / largest drawdown'),
    tile('Ulcer index', percentText(m.ulcerIndex), 'Martin (1987): root of the mean squared drawdown'),
    tile('round trips', String(result.roundTrips.length), 'positions opened and closed'),
    tile('won', percentText(m.winRate, 1), 'share that earned something after fees'),
    tile('profit factor', numberText(m.profitFactor), 'earned by winners / lost by losers, after fees'),
    tile('SQN', numberText(m.sqn), 'Tharp (2008): √n × mean / deviation of results, n at most 100'),
    tile('expectancy', numberText(m.expectancy, 4), `mean result of a round trip, ${result.quote}`),
    tile(
      'holding',
      m.averageHoldingHours === undefined ? 'N/A' : `${m.averageHoldingHours.toFixed(1)} h`,
      'mean time a position was held',
    ),
    tile('exposure', percentText(m.exposure, 1), 'share of the time with a position'),
  ].join('')}</div>`;
}

function verdictBox({ judgement, result }: ReportFacts): string {
  const { word, reasons, drawdown } = judgement;
  const lines = [...reasons];
  if (drawdown !== undefined) {
    lines.push(
      `In other orders the same round trips fall by ${percentText(drawdown.median)} (median); 5 % of the orders fall by ${percentText(drawdown.worst5)} or more.`,
    );
  }
  const untraded = latchedShare(result);
  if (untraded > 0) {
    lines.push(`${percentText(untraded, 1)} of the history was not traded because a breaker was latched.`);
  }
  const tone = word === 'edge' ? 'edge' : word === 'no edge' ? 'no' : '';
  return `<div id="verdict" class="verdict ${tone}"><b>${escapeText(word)}</b>${lines.map((line) => `<p>${escapeText(line)}</p>`).join('')}</div>`;
}

/** What the capital would be worth if it had bought the symbols at their first close. */
function holdLine({ prices, capital }: BacktestResult): { readonly x: number; readonly y: number }[] {
  const series = [...prices.values()].filter((points) => points.length > 1);
  const start = approximate(capital);
  const longest = series.toSorted((a, b) => b.length - a.length)[0] ?? [];
  return longest.map(({ time }, i) => {
    const ratios = series.map((points) => {
      const at =
        points[Math.min(points.length - 1, Math.round((i * (points.length - 1)) / (longest.length - 1)))];
      return (at?.price ?? 0) / (points[0]?.price ?? 1);
    });
    return { x: time, y: start * (ratios.reduce((sum, value) => sum + value, 0) / ratios.length) };
  });
}

function equityCharts({ result }: ReportFacts, days: readonly DayEquity[]): string {
  const { curve, capital, from, quote } = result;
  const equity = [
    { x: from, y: approximate(capital) },
    ...curve.map((point) => ({ x: point.time, y: approximate(point.equity) })),
  ];
  const bands = result.breakers.map(({ since, until }) => ({ from: since, to: until ?? result.to }));
  const axis = { formatX: dayText, formatY: (y: number) => Number(y.toPrecision(6)).toString() };
  const falls = drawdownsOf(days);
  return [
    section(
      'equity',
      `Equity (${quote})`,
      chart({ title: 'equity', lines: [{ name: 'equity', points: equity, tone: 'main' }], bands, ...axis }),
      bands.length === 0 ? '' : 'Shaded: a breaker was latched.',
    ),
    section(
      'hold',
      `Against buy and hold (${quote})`,
      chart({
        title: 'equity and buy and hold',
        lines: [
          { name: 'this bot', points: equity, tone: 'main' },
          { name: 'buy and hold', points: holdLine(result), tone: 'second' },
        ],
        ...axis,
      }),
    ),
    section(
      'drawdown',
      'Drawdown at the end of each day',
      chart({
        title: 'drawdown',
        lines: [
          {
            name: 'drawdown',
            points: days.map(({ time }, i) => ({ x: time, y: -(falls[i] ?? 0) })),
            tone: 'loss',
            isArea: true,
          },
        ],
        formatX: dayText,
        formatY: (y) => percentText(y),
      }),
    ),
  ].join('');
}

function priceCharts({ result }: ReportFacts): string {
  const charts = [...result.prices]
    .filter(([, points]) => points.length > 1)
    .map(([symbol, points]) => {
      const marks: Mark[] = result.fills
        .filter((fill) => fill.symbol === symbol)
        .map((fill) => ({
          x: fill.time,
          y: approximate(fill.price),
          tone: fill.side === 'BUY' ? 'gain' : 'loss',
          shape: fill.side === 'BUY' ? 'up' : 'down',
          title: `${fill.side} ${approximate(fill.quantity)} at ${approximate(fill.price)}, ${timeText(fill.time)}`,
        }));
      const line = {
        name: symbol,
        points: points.map(({ time, price }) => ({ x: time, y: price })),
        tone: 'second',
      };
      return `<h3>${escapeText(symbol)}</h3>${chart({ title: `${symbol} price with fills`, lines: [line], marks, formatX: dayText, formatY: (y) => Number(y.toPrecision(6)).toString() })}`;
    });
  return section(
    'price',
    'Price with purchases and sales',
    charts.join(''),
    '▲ bought, ▼ sold; the price is thinned out for the picture.',
  );
}

const BINS = 24;

function distribution({ result }: ReportFacts): string {
  const returns = result.roundTrips.map(
    (trip) => netOf(trip) / (approximate(trip.averageEntry) * approximate(trip.quantity)),
  );
  if (returns.length === 0) {
    return section('distribution', 'Results of the round trips', '<p>There were none.</p>');
  }
  const [low, high] = [Math.min(...returns), Math.max(...returns)];
  const width = (high - low || 1) / BINS;
  const counts = Array.from({ length: BINS }, () => 0);
  for (const value of returns) {
    const bin = Math.min(BINS - 1, Math.floor((value - low) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const drawn = counts.map((value, i) => ({
    label: percentText(low + (i + 0.5) * width, 1),
    value,
    tone: low + (i + 0.5) * width > 0 ? 'gain' : 'loss',
  }));
  return section('distribution', 'Results of the round trips, after fees', bars('distribution', drawn));
}

/** Between two points the share stands: it is no slope. */
function steps(points: readonly Point[]): readonly Point[] {
  return points.flatMap((point, i) => {
    const before = points[i - 1];
    return before === undefined ? [point] : [{ x: point.x, y: before.y }, point];
  });
}

function exposureChart({ result }: ReportFacts): string {
  const points = result.curve.map(({ time, exposure, equity }) => ({
    x: time,
    y: approximate(exposure) / Math.max(approximate(equity), 1e-12),
  }));
  const line = {
    name: 'exposure',
    points: steps([{ x: result.from, y: 0 }, ...points]),
    tone: 'main',
    isArea: true,
  };
  const drawn = chart({
    title: 'exposure',
    lines: [line],
    formatX: dayText,
    formatY: (y) => percentText(y, 0),
  });
  return section('exposure', 'Exposure (share of the equity in positions)', drawn);
}

function dataSection({ result }: ReportFacts): string {
  const rows = result.quality.map(
    (one) =>
      `<tr><td>${escapeText(one.symbol)}</td><td>${one.candles}</td><td>${one.candles === 0 ? '' : timeText(one.firstOpenTime)}</td><td>${one.candles === 0 ? '' : timeText(one.lastOpenTime)}</td><td>${one.gaps} (${one.missing})</td><td>${one.outliers}</td><td>${one.empty}</td></tr>`,
  );
  const odd = result.quality.flatMap(({ symbol, oddities }) =>
    oddities.map(
      ({ kind, openTime, size }) =>
        `<tr><td>${escapeText(symbol)}</td><td>${timeText(openTime)}</td><td>${kind === 'gap' ? `${size} candles missing before it` : `the close moved by ${percentText(size)}`}</td></tr>`,
    ),
  );
  const body = table(
    ['symbol', 'candles', 'first (UTC)', 'last (UTC)', 'gaps (missing)', 'outliers', 'without a trade'],
    rows,
  );
  return section(
    'data',
    'Data',
    odd.length === 0 ? body : `${body}<h3>To look at</h3>${table(['symbol', 'time (UTC)', ''], odd)}`,
    `Digest of decisions and fills: ${result.digest}`,
  );
}

/** The report. */
export function renderReport(facts: ReportFacts): string {
  const { result } = facts;
  const { bot, strategy, symbols, from, to, capital, quote } = result;
  const days = dailyEquity(result.curve, capital, { from, to });
  const title = `${bot}: ${strategy} on ${symbols.join(', ')}`;
  const body = [
    `<h1>${escapeText(title)}</h1><p class="dim">${timeText(from)} to ${timeText(to)} UTC, ${result.candles} candles, capital ${approximate(capital)} ${escapeText(quote)}</p>`,
    verdictBox(facts),
    section(
      'figures',
      'Figures',
      tiles(facts),
      `N/A: fewer than ${MIN_TRADES} round trips or ${MIN_DAYS} days say nothing. The definition and its source show when the pointer rests on a figure.`,
    ),
    equityCharts(facts, days),
    section('months', 'Months', monthlyTable(days)),
    priceCharts(facts),
    distribution(facts),
    exposureChart(facts),
    section('costs', 'Costs', costTable(result)),
    section('denied', 'Entries denied by risk', deniedTable(result)),
    section('trades', 'Round trips', `<div class="trades">${tripTable(result.roundTrips)}</div>`),
    dataSection(facts),
  ].join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>${escapeText(title)}</title><style>${STYLE}</style></head><body>${body}</body></html>\n`;
}
