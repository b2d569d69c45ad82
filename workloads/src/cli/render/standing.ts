/** How a bot stands: `claire status` and `claire positions`. */
import {
  type Decimal,
  divide,
  formatDecimal,
  isZero,
  multiply,
  subtract,
  ZERO,
} from '../../domain/money/decimal.ts';
import type { Order } from '../../domain/orders/order.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import type { HeldPosition } from '../gather/holdings.ts';
import type { BotStanding } from '../gather/standing.ts';
import {
  formatAmount,
  formatChange,
  formatCount,
  formatMove,
  formatRounded,
  formatShare,
  formatTime,
  gainCell,
  plural,
} from './amounts.ts';
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
  if (cursor.candles === 0) return [['replay', 'not begun']];
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
  if (maxDrawdown !== undefined) facts.push(['drawdown', `${formatShare(maxDrawdown)} at most`]);
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

/** Marks are known while a bot runs; in between there are the extremes since the entry. */
const positionColumns = (quote: string, marked: boolean): readonly Column[] => [
  { title: 'symbol' },
  { title: 'quantity', align: 'right' },
  { title: 'entry', align: 'right' },
  ...(marked
    ? ([
        { title: 'mark', align: 'right' },
        { title: `open PnL ${quote}`, align: 'right' },
        { title: '', align: 'right' },
      ] as const)
    : ([
        { title: `cost ${quote}`, align: 'right' },
        { title: 'worst', align: 'right' },
        { title: 'best', align: 'right' },
      ] as const)),
  { title: 'since (UTC)', optional: 1 },
];

/** The mark and what it makes of the position. */
function markCells({ position, mark }: HeldPosition, quote: string): Cell[] {
  if (mark === undefined) return ['?', '?', ''];
  const gain = subtract(multiply(mark, position.quantity), position.totalCost);
  return [formatDecimal(mark), gainCell(gain, quote), formatChange(gain, position.totalCost)];
}

function extremeCells(
  { position, adversePrice, favorablePrice }: HeldPosition,
  entry: Decimal,
  quote: string,
): Cell[] {
  const move = (price: Decimal | undefined): string => (price === undefined ? '' : formatMove(entry, price));
  return [formatAmount(position.totalCost, quote), move(adversePrice), move(favorablePrice)];
}

function positionRow(held: HeldPosition, quote: string, marked: boolean): Cell[] {
  const { symbol, quantity, totalCost, entryTime } = held.position;
  const entry = isZero(quantity) ? ZERO : divide(totalCost, quantity, 12, 'half-even');
  return [
    held.dust === true ? { text: `${symbol} (dust)`, tone: 'dim' } : symbol,
    formatDecimal(quantity),
    formatRounded(entry),
    ...(marked ? markCells(held, quote) : extremeCells(held, entry, quote)),
    formatTime(entryTime),
  ];
}

/** Open positions, dust last; one sentence when there are none. */
export function renderPositions(positions: readonly HeldPosition[], quote: string, screen: Screen): string[] {
  if (positions.length === 0) return ['no position is open'];
  const marked = positions.some(({ mark }) => mark !== undefined);
  return renderTable(
    positionColumns(quote, marked),
    positions.map((held) => positionRow(held, quote, marked)),
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
