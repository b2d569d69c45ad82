/** How a bot stands: `claire status` and `claire positions`. */
import type { Position } from '../../domain/account/account.ts';
import { formatPercent, type Money, type Price } from '../../domain/money/amounts.ts';
import { divide, formatDecimal, isZero, multiply, subtract } from '../../domain/money/decimal.ts';
import type { Order } from '../../domain/orders/order.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import type { BotStanding } from '../gather/standing.ts';
import { formatAmount, formatChange, formatCount, formatRounded, formatTime, gainCell } from './amounts.ts';
import { type Screen, heading, paint, type Tone } from './screen.ts';
import { type Cell, type Column, indent, narrower, renderFacts, renderTable } from './table.ts';

type Fact = readonly [string, Cell];

export const STATE_TONES: Readonly<Record<BotState, Tone>> = {
  Running: 'good',
  ReduceOnly: 'warn',
  Halted: 'bad',
  Stopped: 'bad',
};

/** Prefixes a cell's text and suffixes it, keeping its tone. */
const around = (cell: Cell, before: string, after: string): Cell =>
  typeof cell === 'string' ? `${before}${cell}${after}` : { ...cell, text: `${before}${cell.text}${after}` };

const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

function stateFact({ latched, demands }: BotStanding): Fact {
  if (demands.length === 0) return ['state', 'nothing latched'];
  const why = demands.map(
    (demand) => `${demand.source}: ${demand.reason}, since ${formatTime(demand.since)}`,
  );
  return ['state', { text: `${latched} (latched by ${why.join('; ')})`, tone: STATE_TONES[latched] }];
}

function processFact({ holder }: BotStanding): Fact {
  if (holder === undefined) return ['process', 'none holds the ledger'];
  return ['process', { text: `${holder} trades`, tone: 'good' }];
}

function replayFacts({ cursor }: BotStanding): Fact[] {
  if (cursor === undefined) return [];
  const how = cursor.finished ? 'finished' : 'not finished';
  return [['replay', `${how}: ${plural(cursor.candles, 'candle')}, up to ${formatTime(cursor.time)} UTC`]];
}

function moneyFacts({ account, equity, maxDrawdown, identity }: BotStanding): Fact[] {
  const { quote } = identity;
  if (account === undefined) return [['equity', 'nothing recorded yet']];
  const facts: Fact[] = [];
  if (equity !== undefined) {
    const change = formatChange(subtract(equity.equity, account.capital), account.capital);
    facts.push(
      [
        'equity',
        `${formatAmount(equity.equity, quote)} ${quote} (${change}) at ${formatTime(equity.time)} UTC`,
      ],
      ['open PnL', around(gainCell(equity.unrealizedPnl, quote), '', ` ${quote}`)],
    );
  }
  facts.push(
    ['cash', `${formatAmount(account.cash, quote)} ${quote}`],
    ['realized', around(gainCell(account.realizedPnl, quote), '', ` ${quote} before fees`)],
    ['fees', `${formatAmount(account.fees, quote)} ${quote}`],
  );
  if (maxDrawdown !== undefined) facts.push(['drawdown', `${formatPercent(maxDrawdown)} at most`]);
  return facts;
}

function tradeFacts({ account, openOrders, tally, commands, journal }: BotStanding): Fact[] {
  const entries = journal.reduce((sum, head) => sum + head.count, 0);
  const heads = journal
    .filter((head) => head.count > 0)
    .map((head) => `${head.component} ${formatCount(head.count)}`);
  const waiting = commands.map(
    (command) => `${command.kind} waits since ${formatTime(command.requestedTime)} UTC`,
  );
  return [
    ['positions', `${account?.positions.size ?? 0} open, ${plural(openOrders.length, 'order')} not done`],
    ['round trips', `${formatCount(tally.roundTrips)} (${tally.won} won, ${tally.lost} lost)`],
    ...waiting.map((text): Fact => ['command', { text, tone: 'warn' }]),
    ['journal', `${plural(entries, 'entry', 'entries')}${heads.length === 0 ? '' : `: ${heads.join(', ')}`}`],
  ];
}

const titleOf = ({ identity }: BotStanding, screen: Screen): string =>
  `${heading(screen, identity.bot)}  ${paint(screen, 'dim', `${identity.mode} on ${identity.venue} (${identity.market}), account ${identity.account}`)}`;

/** One block a bot. */
export function renderStatus(standings: readonly BotStanding[], screen: Screen): string[] {
  return standings.flatMap((standing, index) => [
    ...(index === 0 ? [] : ['']),
    titleOf(standing, screen),
    ...indent(
      renderFacts(
        [
          stateFact(standing),
          processFact(standing),
          ...replayFacts(standing),
          ...moneyFacts(standing),
          ...tradeFacts(standing),
        ],
        narrower(screen),
      ),
    ),
  ]);
}

/** A position as tables show it, with its mark where one is known. */
export interface ShownPosition {
  readonly position: Position;
  readonly mark?: Price;
  readonly dust?: boolean;
}

const positionColumns = (quote: string): readonly Column[] => [
  { title: 'symbol' },
  { title: 'quantity', align: 'right' },
  { title: 'entry', align: 'right' },
  { title: 'mark', align: 'right' },
  { title: `cost ${quote}`, align: 'right', optional: 2 },
  { title: `open PnL ${quote}`, align: 'right' },
  { title: '', align: 'right' },
  { title: 'since (UTC)', optional: 1 },
];

function positionRow({ position, mark, dust }: ShownPosition, quote: string): Cell[] {
  const cost: Money = position.totalCost;
  const average = isZero(position.quantity) ? undefined : divide(cost, position.quantity, 12, 'half-even');
  const gain = mark === undefined ? undefined : subtract(multiply(mark, position.quantity), cost);
  return [
    dust === true ? { text: `${position.symbol} (dust)`, tone: 'dim' } : position.symbol,
    formatDecimal(position.quantity),
    average === undefined ? '' : formatRounded(average),
    mark === undefined ? '?' : formatDecimal(mark),
    formatAmount(cost, quote),
    gain === undefined ? '?' : gainCell(gain, quote),
    gain === undefined ? '' : formatChange(gain, cost),
    formatTime(position.entryTime),
  ];
}

/** Open positions, dust last; one sentence when there are none. */
export function renderPositions(
  positions: readonly ShownPosition[],
  quote: string,
  screen: Screen,
): string[] {
  if (positions.length === 0) return ['no position is open'];
  return renderTable(
    positionColumns(quote),
    positions.map((position) => positionRow(position, quote)),
    screen,
  );
}

/** Orders that are not done: what still may trade. */
export function renderOpenOrders(orders: readonly Order[], screen: Screen): string[] {
  return renderTable(
    [
      { title: 'order' },
      { title: 'symbol' },
      { title: 'side' },
      { title: 'why', optional: 1 },
      { title: 'state' },
      { title: 'quantity', align: 'right' },
      { title: 'filled', align: 'right', optional: 2 },
      { title: 'limit', align: 'right' },
    ],
    orders.map((order): Cell[] => [
      order.orderId,
      order.symbol,
      order.side,
      order.exitReason ?? order.purpose,
      order.state,
      formatDecimal(order.quantity),
      formatDecimal(order.filledQuantity),
      order.limitPrice === undefined ? 'market' : formatDecimal(order.limitPrice),
    ]),
    screen,
  );
}
