/** The picture of a run that is redrawn while it goes on. */
import type { Money, Ratio } from '../../domain/money/amounts.ts';
import { subtract } from '../../domain/money/decimal.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import { type Duration, SECOND, type Timestamp } from '../../domain/time.ts';
import type { HeldPosition } from '../gather/holdings.ts';
import { formatAmount, formatChange, formatCount, formatShare, formatSpan, formatTime } from './amounts.ts';
import { fit, heading, paint, type Screen, type Tone, widthOf } from './screen.ts';
import { renderPositions, STATE_TONES } from './standing.ts';
import { type Cell, indent, narrower, renderTable } from './table.ts';

/** Something a bot decided or that happened to it. */
export interface Happening {
  readonly time: Timestamp;
  readonly bot: string;
  readonly what: string;
  readonly tone?: Tone;
}

export interface BotView {
  readonly bot: string;
  readonly quote: string;
  readonly phase: 'starting' | 'catching up' | 'trading' | 'stopping' | 'finished' | 'failed';
  /** How much of the data is played, 0 to 1; absent where there is no end. */
  readonly fraction?: number;
  readonly candles: number;
  /** Event time reached. */
  readonly time?: Timestamp;
  /** Until the data end, at the pace so far. */
  readonly remaining?: Duration;
  readonly state: BotState;
  readonly capital: Money;
  readonly equity?: Money;
  readonly maxDrawdown?: Ratio;
  readonly counts: Readonly<Record<'signals' | 'orders' | 'fills' | 'roundTrips', number>>;
  readonly positions: readonly HeldPosition[];
}

/** The happenings shown at the end of the picture. */
const SHOWN_HAPPENINGS = 8;
const BAR_WIDTH = 30;

/** `[██████░░░░]`, in eighths of a column. */
export function renderBar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  const whole = Math.floor(eighths / 8);
  const part = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? '';
  const bar = '█'.repeat(whole) + part;
  return `${bar}${'░'.repeat(width - widthOf(bar))}`;
}

function progressText({ phase, fraction, candles, remaining }: BotView): string {
  const parts = [`${formatCount(candles)} candles`];
  if (fraction !== undefined) parts.unshift(`${Math.floor(fraction * 100)}%`);
  if (remaining !== undefined && remaining >= SECOND && phase === 'trading') {
    parts.push(`${formatSpan(remaining)} to go`);
  }
  if (phase !== 'trading') parts.push(phase);
  return parts.join(', ');
}

const equityText = ({ equity, capital, quote }: BotView): string =>
  equity === undefined
    ? 'equity not known yet'
    : `equity ${formatAmount(equity, quote)} ${quote} (${formatChange(subtract(equity, capital), capital)})`;

const drawdownText = ({ maxDrawdown }: BotView): string =>
  `largest drawdown ${maxDrawdown === undefined ? 'n/a' : formatShare(maxDrawdown)}`;

const countsText = ({ counts }: BotView): string =>
  `${counts.signals} signals, ${counts.orders} orders, ${counts.fills} fills, ${counts.roundTrips} round trips`;

/** One bot takes the whole picture. */
function renderOne(view: BotView, screen: Screen): string[] {
  const state = paint(screen, STATE_TONES[view.state], view.state);
  const at = view.time === undefined ? '' : `  ${formatTime(view.time)} UTC`;
  const bar = renderBar(view.fraction ?? 0, Math.min(BAR_WIDTH, Math.max(10, screen.width - 50)));
  const inner = narrower(screen);
  return [
    `${heading(screen, view.bot)}  ${state}${at}`,
    ...indent([
      `${view.fraction === undefined ? '' : `${paint(screen, 'accent', bar)} `}${progressText(view)}`,
      fit(`${equityText(view)}, ${drawdownText(view)}`, inner.width),
      fit(countsText(view), inner.width),
      '',
      ...renderPositions(view.positions, view.quote, inner),
    ]),
  ];
}

const botRow = (view: BotView): Cell[] => [
  view.bot,
  { text: view.state, tone: STATE_TONES[view.state] },
  view.fraction === undefined ? '' : { text: renderBar(view.fraction, 10), tone: 'accent' },
  view.phase === 'trading' ? progressText(view) : view.phase,
  view.equity === undefined ? '' : formatAmount(view.equity, view.quote),
  view.equity === undefined ? '' : formatChange(subtract(view.equity, view.capital), view.capital),
  `${view.positions.length}`,
  `${view.counts.roundTrips}`,
];

/** Several bots take a line each. */
const renderMany = (views: readonly BotView[], screen: Screen): string[] =>
  renderTable(
    [
      { title: 'bot', least: 12 },
      { title: 'state' },
      { title: '', optional: 3 },
      { title: 'progress', least: 10 },
      { title: 'equity', align: 'right' },
      { title: '', align: 'right' },
      { title: 'open', align: 'right', optional: 1 },
      { title: 'trips', align: 'right', optional: 2 },
    ],
    views.map(botRow),
    screen,
  );

function renderHappenings(happenings: readonly Happening[], several: boolean, screen: Screen): string[] {
  if (happenings.length === 0) return [];
  const lines = happenings.slice(-SHOWN_HAPPENINGS).map(({ time, bot, what, tone }) => {
    const line = fit(`${formatTime(time)}  ${several ? `${bot}: ` : ''}${what}`, screen.width - 2);
    return `  ${tone === undefined ? line : paint(screen, tone, line)}`;
  });
  return ['', paint(screen, 'dim', '  last decisions'), ...lines];
}

/** The whole picture, no line wider than the screen. */
export function renderRunView(
  views: readonly BotView[],
  happenings: readonly Happening[],
  screen: Screen,
): string[] {
  const [only, ...others] = views;
  if (only === undefined) return [];
  const bots = others.length === 0 ? renderOne(only, screen) : renderMany(views, screen);
  return [...bots, ...renderHappenings(happenings, others.length > 0, screen)];
}
