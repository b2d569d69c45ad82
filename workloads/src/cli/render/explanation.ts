import type { RoundTrip } from '../../domain/account/account.ts';
import { notional } from '../../domain/money/amounts.ts';
import {
  type Decimal,
  add,
  divide,
  formatDecimal,
  isZero,
  subtract,
  ZERO,
} from '../../domain/money/decimal.ts';
import type { Fill, Order } from '../../domain/orders/order.ts';
import { RISK_CODES } from '../../domain/risk/codes.ts';
import type { CheckResult, Verdict } from '../../domain/risk/verdict.ts';
import { formatDuration } from '../../domain/time.ts';
import type { Explanation, ExplainedCandle, ExplainedSignal } from '../gather/explanation.ts';
import {
  formatMove,
  formatRounded,
  formatSpan,
  formatTime,
  gainCell,
  formatAmount,
  formatChange,
} from './amounts.ts';
import { type Screen, heading, paint } from './screen.ts';
import { type Cell, indent, narrower, renderFacts, renderTable } from './table.ts';

const outcomeTone = (verdict: Verdict): Cell => ({
  text: verdict.outcome === verdict.code ? verdict.outcome : `${verdict.outcome} (${verdict.code})`,
  tone: verdict.outcome === 'DENY' ? 'bad' : 'good',
});

function titleOf({ order, verdict, signal }: Explanation): string {
  if (order !== undefined) {
    const why = order.exitReason === undefined ? order.purpose : `${order.purpose} by ${order.exitReason}`;
    return `${order.side} ${formatDecimal(order.quantity)} ${order.symbol} · ${why} · ${order.state}`;
  }
  if (verdict !== undefined) {
    return `${verdict.subject} ${verdict.symbol} · ${verdict.outcome} (${verdict.code})`;
  }
  return `signal ${signal?.symbol ?? ''} · not judged yet`;
}

const candleLines = ({ symbol, openTime, closeTime, close }: ExplainedCandle, screen: Screen): string[] =>
  renderFacts(
    [
      ['candle', `${symbol}, ${formatDuration(closeTime - openTime)}`],
      ['covers', `${formatTime(openTime)} to ${formatTime(closeTime)} UTC`],
      ['close', close],
    ],
    screen,
  );

function signalLines(signal: ExplainedSignal, screen: Screen): string[] {
  return renderFacts(
    [
      ['id', signal.signalId],
      ['rule', `${signal.strategy} ${signal.side}`],
      ['change', signal.change],
      ['quote volume', signal.quoteVolume],
      ['confidence', `${signal.confidence} (scales the size; no probability)`],
      ['decided', `${formatTime(signal.decidedTime)} UTC`],
    ],
    screen,
  );
}

const checkRow = (check: CheckResult): Cell[] => [
  check.passed ? { text: '✓', tone: 'good' } : { text: '✗', tone: 'bad' },
  check.check,
  check.passed ? check.value : { text: check.value, tone: 'bad' },
  check.limit,
  check.trimmedTo === undefined ? '' : { text: `trimmed to ${check.trimmedTo}`, tone: 'warn' },
];

/** What a denial means and what a person does about it. */
function meaningFacts({ outcome, code }: Verdict): readonly (readonly [string, Cell])[] {
  const entry = outcome === 'DENY' ? RISK_CODES.find((one) => one.code === code) : undefined;
  return entry === undefined
    ? []
    : [
        ['means', entry.meaning],
        ['to do', entry.action],
      ];
}

function verdictLines(verdict: Verdict, screen: Screen): string[] {
  return [
    ...renderFacts(
      [
        ['id', verdict.verdictId],
        ['outcome', outcomeTone(verdict)],
        ...meaningFacts(verdict),
        ['decided', `${formatTime(verdict.time)} UTC`],
        ['limits', verdict.limitsHash],
      ],
      screen,
    ),
    '',
    ...renderTable(
      [
        { title: '' },
        { title: 'check' },
        { title: 'value', least: 12 },
        { title: 'limit', least: 12 },
        { title: '' },
      ],
      verdict.checks.map(checkRow),
      screen,
    ),
  ];
}

function orderLines({ order, steps }: Explanation, screen: Screen): string[] {
  if (order === undefined) return ['none: the verdict denied it'];
  const facts: (readonly [string, Cell])[] = [
    ['id', order.orderId],
    ['order', `${order.type} ${order.side} ${formatDecimal(order.quantity)} ${order.symbol}`],
    [
      'collar',
      order.limitPrice === undefined
        ? 'none (market order)'
        : `${formatDecimal(order.limitPrice)} (${formatMove(order.referencePrice, order.limitPrice)} from the price decided on, ${formatDecimal(order.referencePrice)})`,
    ],
  ];
  if (order.attempt > 0) facts.push(['attempt', `${order.attempt + 1}`]);
  if (order.validUntil !== undefined) facts.push(['valid until', `${formatTime(order.validUntil)} UTC`]);
  const rows = steps.map((step): Cell[] => [formatTime(step.time), step.state, step.detail]);
  return [
    ...renderFacts(facts, screen),
    '',
    ...renderTable([{ title: 'time (UTC)' }, { title: 'state' }, { title: '', least: 12 }], rows, screen),
  ];
}

const sumOf = (values: readonly Decimal[]): Decimal => values.reduce((sum, value) => add(sum, value), ZERO);

function fillLines(order: Order, fills: readonly Fill[], quote: string, screen: Screen): string[] {
  if (fills.length === 0) return ['none'];
  const rows = fills.map((fill): Cell[] => [
    formatTime(fill.time),
    formatDecimal(fill.price),
    formatMove(order.referencePrice, fill.price),
    formatDecimal(fill.quantity),
    formatAmount(notional(fill.price, fill.quantity), quote),
    formatAmount(fill.fee.quoteValue, quote),
    fill.tradeId,
  ]);
  const quantity = sumOf(fills.map((fill) => fill.quantity));
  const total = sumOf(fills.map((fill) => notional(fill.price, fill.quantity)));
  if (fills.length > 1 && !isZero(quantity)) {
    const average = divide(total, quantity, 12, 'half-even');
    rows.push([
      'together',
      formatRounded(average),
      formatMove(order.referencePrice, average),
      formatDecimal(quantity),
      formatAmount(total, quote),
      formatAmount(sumOf(fills.map((fill) => fill.fee.quoteValue)), quote),
      '',
    ]);
  }
  return renderTable(
    [
      { title: 'time (UTC)' },
      { title: 'price', align: 'right' },
      { title: 'slip', align: 'right' },
      { title: 'quantity', align: 'right' },
      { title: quote, align: 'right' },
      { title: 'fee', align: 'right' },
      { title: 'trade id', least: 8, optional: 1 },
    ],
    rows,
    screen,
  );
}

/** What the trade came to: entry, exit, result, and how far the price went for and against it. */
export function roundTripFacts(trip: RoundTrip, quote: string): (readonly [string, Cell])[] {
  const net = subtract(trip.grossPnl, trip.fees);
  const cost = notional(trip.averageEntry, trip.quantity);
  const result = gainCell(net, quote);
  const change = formatChange(net, cost);
  return [
    [
      'entry',
      `${formatTime(trip.entryTime)} UTC at ${formatRounded(trip.averageEntry)}, order ${trip.entryOrderId}`,
    ],
    [
      'exit',
      `${formatTime(trip.exitTime)} UTC at ${formatRounded(trip.averageExit)}, order ${trip.exitOrderId}`,
    ],
    ['closed by', `${trip.reason} after ${formatSpan(trip.exitTime - trip.entryTime)}`],
    ['gross', `${formatAmount(trip.grossPnl, quote)} ${quote}, fees ${formatAmount(trip.fees, quote)}`],
    ['net', typeof result === 'string' ? result : { ...result, text: `${result.text} ${quote} (${change})` }],
    [
      'went against',
      `${formatMove(trip.averageEntry, trip.adversePrice)} at worst (${formatRounded(trip.adversePrice)})`,
    ],
    [
      'went for',
      `${formatMove(trip.averageEntry, trip.favorablePrice)} at best (${formatRounded(trip.favorablePrice)})`,
    ],
  ];
}

function tripLines({ roundTrip, order, quote }: Explanation, screen: Screen): string[] {
  if (roundTrip !== undefined) return renderFacts(roundTripFacts(roundTrip, quote), screen);
  if (order === undefined || isZero(order.filledQuantity)) return ['none: nothing was filled'];
  return ['the position is still open'];
}

/** Why an order was sent and what became of it: one numbered block a step. */
export function renderExplanation(explanation: Explanation, screen: Screen): string[] {
  const inner = narrower(screen);
  const { candle, signal, verdict, order, fills, quote } = explanation;
  const blocks: (readonly [string, readonly string[]])[] = [];
  if (candle !== undefined) blocks.push(['Market data', candleLines(candle, inner)]);
  if (signal !== undefined) blocks.push(['Signal', signalLines(signal, inner)]);
  if (verdict !== undefined) blocks.push(['Verdict', verdictLines(verdict, inner)]);
  blocks.push(['Order', orderLines(explanation, inner)]);
  if (order !== undefined) {
    blocks.push(
      ['Fills', fillLines(order, fills, quote, inner)],
      ['Round trip', tripLines(explanation, inner)],
    );
  }
  const lines = [
    `${heading(screen, titleOf(explanation))}  ${paint(screen, 'dim', `bot ${explanation.bot}`)}`,
  ];
  blocks.forEach(([title, block], index) => {
    lines.push('', heading(screen, `${index + 1} ${title}`), ...indent(block));
  });
  return lines;
}
