/** What runs came to. */
import { subtract } from '../../domain/money/decimal.ts';
import type { LiveOutcome } from '../../pipeline/live-run.ts';
import type { FileReport, ReplayOutcome } from '../../pipeline/replay-run.ts';
import type { RunSummary } from '../../pipeline/summary.ts';
import type { TradeTally } from '../gather/trade-tally.ts';
import {
  formatAmount,
  formatChange,
  formatCount,
  formatShare,
  formatTime,
  gainCell,
  plural,
} from './amounts.ts';
import { type Screen, heading, paint } from './screen.ts';
import { type Cell, indent, narrower, renderFacts, renderTable } from './table.ts';

/** A run that came to its end or was interrupted. */
export interface FinishedRun {
  readonly bot: string;
  readonly outcome: ReplayOutcome | LiveOutcome;
  readonly tally: TradeTally;
}

const filesOf = (outcome: FinishedRun['outcome']): readonly FileReport[] =>
  'files' in outcome ? outcome.files : [];

type Fact = readonly [string, Cell];
type Counts = Readonly<Record<string, number | undefined>>;

const STATUS_TEXTS: Readonly<Record<FinishedRun['outcome']['status'], string>> = {
  stopped: 'stopped; the same command goes on from here',
  finished: 'finished',
  interrupted: 'interrupted',
  'already-finished': 'was finished before; nothing was done (--fresh begins anew)',
};

/** `CODE 3, OTHER 1`, the most frequent first. */
const formatCounts = (counts: Counts): string =>
  Object.entries(counts)
    .filter(([, count = 0]) => count > 0)
    .toSorted(([, a = 0], [, b = 0]) => b - a)
    .map(([code, count = 0]) => `${code} ${formatCount(count)}`)
    .join(', ');

const sumOf = (counts: Counts): number =>
  Object.values(counts).reduce<number>((sum, count = 0) => sum + count, 0);

/** `7 of them: A 5, B 2`; nothing for none. */
const breakdown = (what: string, counts: Counts): string =>
  sumOf(counts) === 0 ? '' : `; ${formatCount(sumOf(counts))} ${what}: ${formatCounts(counts)}`;

function moneyFacts({
  quote,
  capital,
  equity,
  realizedPnl,
  unrealizedPnl,
  fees,
  maxDrawdown,
}: RunSummary): Fact[] {
  const total = gainCell(subtract(equity, capital), quote);
  const change = formatChange(subtract(equity, capital), capital);
  const result = typeof total === 'string' ? total : { ...total, text: `${total.text} ${quote} (${change})` };
  return [
    ['result', result],
    ['equity', `${formatAmount(equity, quote)} ${quote} of ${formatAmount(capital, quote)} to begin with`],
    [
      'realized',
      `${formatAmount(realizedPnl, quote)} ${quote} before fees, fees ${formatAmount(fees, quote)}`,
    ],
    ['open', `${formatAmount(unrealizedPnl, quote)} ${quote} not realized`],
    ['drawdown', `${formatShare(maxDrawdown)} at most`],
  ];
}

const tradeFacts = (summary: RunSummary, tally: TradeTally): Fact[] => [
  ['signals', `${formatCount(summary.signals)}${breakdown('denied', summary.rejected)}`],
  ['orders', `${formatCount(summary.orders)}, ${formatCount(summary.fills)} fills`],
  [
    'round trips',
    `${formatCount(summary.roundTrips)}: ${tally.won} won, ${tally.lost} lost; ${formatCounts(tally.byReason)}`,
  ],
  ['positions', `${summary.openPositions} open`],
];

function fileText({ path, counts }: FileReport): string {
  const dropped = sumOf({ ...counts.droppedWindows });
  const parts = [plural(counts.rows, 'row'), plural(counts.candles, 'candle')];
  if (counts.outsideRows > 0) parts.push(`${formatCount(counts.outsideRows)} rows of other symbols`);
  if (dropped > 0) parts.push(`${plural(dropped, 'incomplete window')} left out`);
  if (counts.flatCandles > 0) parts.push(`${formatCount(counts.flatCandles)} candles without a trade`);
  return `${path}: ${parts.join(', ')}`;
}

/** What was wrong with the data: nothing is skipped silently. */
function dataFacts({ data }: RunSummary, files: readonly FileReport[]): Fact[] {
  const gaps =
    data.gaps === 0 ? 'no gaps' : `${plural(data.gaps, 'gap')} (${plural(data.missing, 'candle')} missing)`;
  const late = data.late === 0 ? '' : `, ${formatCount(data.late)} late`;
  return [
    ...files.map((file): Fact => ['data', fileText(file)]),
    ['candles', `${gaps}${late}${breakdown('refused', data.refused)}`],
  ];
}

function journalFacts({ journalHead, digest }: RunSummary): Fact[] {
  const entries = Object.values(journalHead).reduce((sum, { count }) => sum + count, 0);
  return [
    ['journal', `${formatCount(entries)} entries (prove it: claire verify-journal)`],
    ['digest', digest],
  ];
}

const titleOf = ({ bot, outcome: { status, summary } }: FinishedRun, screen: Screen): string => {
  const reached = summary.time === undefined ? '' : `, up to ${formatTime(summary.time)} UTC`;
  return `${heading(screen, bot)}  ${STATUS_TEXTS[status]}: ${plural(summary.candles, 'candle')}${reached}`;
};

function renderOne(run: FinishedRun, screen: Screen): string[] {
  const { outcome, tally } = run;
  const { summary } = outcome;
  const files = filesOf(outcome);
  const facts = [
    ...moneyFacts(summary),
    ...tradeFacts(summary, tally),
    ...dataFacts(summary, files),
    ...journalFacts(summary),
  ];
  return [titleOf(run, screen), ...indent(renderFacts(facts, narrower(screen)))];
}

function rowOf({ bot, outcome: { status, summary }, tally }: FinishedRun): Cell[] {
  const { quote, equity, capital } = summary;
  const change = subtract(equity, capital);
  return [
    bot,
    status,
    formatCount(summary.candles),
    `${tally.roundTrips}`,
    `${tally.won}`,
    `${sumOf(summary.rejected)}`,
    `${formatAmount(equity, quote)} ${quote}`,
    { text: formatChange(change, capital), tone: change.units < 0n ? 'bad' : 'good' },
    formatShare(summary.maxDrawdown),
    summary.digest,
  ];
}

const renderMany = (runs: readonly FinishedRun[], screen: Screen): string[] =>
  renderTable(
    [
      { title: 'bot', least: 12 },
      { title: 'status', optional: 2 },
      { title: 'candles', align: 'right' },
      { title: 'trips', align: 'right' },
      { title: 'won', align: 'right' },
      { title: 'denied', align: 'right', optional: 1 },
      { title: 'equity', align: 'right' },
      { title: '', align: 'right' },
      { title: 'drawdown', align: 'right' },
      { title: 'digest', least: 8, optional: 3 },
    ],
    runs.map(rowOf),
    screen,
  );

/** One run in full; several as a table with a line each. */
export function renderRunSummary(runs: readonly FinishedRun[], screen: Screen): string[] {
  const [only, ...others] = runs;
  if (only === undefined) return [];
  if (others.length > 0) return renderMany(runs, screen);
  const hint = paint(
    screen,
    'dim',
    "next: 'claire export round-trips' lists the trades, 'claire explain ID' says why",
  );
  return [...renderOne(only, screen), hint];
}

/** The same as one JSON value: the figures by their names, exact. */
export const runJson = ({ outcome, tally }: FinishedRun): Readonly<Record<string, unknown>> => ({
  ...outcome.summary,
  status: outcome.status,
  won: tally.won,
  lost: tally.lost,
  exits: tally.byReason,
  files: filesOf(outcome),
});
