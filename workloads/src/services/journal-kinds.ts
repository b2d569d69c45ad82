/**
 * Every kind of journal entry and its facts, by component: what `claire explain` and auditors may rely on. Money, prices
 * and quantities are decimal strings, ratios are percentages as text, times are UTC milliseconds.
 */
import type { RoundTrip } from '../domain/account/account.ts';
import type { DayMark } from '../domain/account/drawdown.ts';
import type { JournalDraft } from '../domain/journal/chain.ts';
import { formatPercent } from '../domain/money/amounts.ts';
import { formatDecimal } from '../domain/money/decimal.ts';
import type { PositionClosedEvent } from '../events/event.ts';
import { positionOnWire } from '../events/schemas.ts';
import type { Fill, Order, OrderIntent, OrderState } from '../domain/orders/order.ts';
import type { Verdict } from '../domain/risk/verdict.ts';
import type { Signal } from '../domain/strategy/signal.ts';
import type { Duration, Timestamp } from '../domain/time.ts';
import type { EquitySnapshot, LatchedDemand } from '../ports/ledger.ts';
import type { VenueInputs } from '../ports/venue.ts';
import type { BatchFacts } from './screener-ws/candle-batch.ts';

/** All kinds, by the component whose journal has them. */
export const JOURNAL_KINDS = {
  screener: ['inputs', 'candles'],
  signal: ['signal'],
  risk: [
    'verdict',
    'round-trip',
    'day-change',
    'breaker',
    'equity',
    'unprotected',
    'command',
    'dust',
    'spec',
    'cause',
    'limits',
  ],
  execution: ['order-state', 'fill', 'dust', 'breaker', 'closed', 'halt'],
  control: ['operation'],
} as const;

interface Context {
  readonly eventTime: Timestamp;
  readonly cause?: string | undefined;
}

const draft = (kind: string, { eventTime, cause }: Context, facts: JournalDraft['facts']): JournalDraft => ({
  kind,
  eventTime,
  ...(cause === undefined ? {} : { cause }),
  facts,
});

/** How the venue knows each input (measured, modelled, absent); when a ledger begins and when it changes. */
export const inputsEntry = (venue: string, inputs: VenueInputs, context: Context): JournalDraft =>
  draft('inputs', context, { venue, ...inputs });

/** The candles since the last entry of this kind, by count and hash. */
export const candlesEntry = (batch: BatchFacts): JournalDraft =>
  draft('candles', { eventTime: batch.lastOpenTime }, { ...batch });

export const signalEntry = (signal: Signal, context: Context): JournalDraft =>
  draft('signal', context, {
    signalId: signal.signalId,
    strategy: signal.strategy,
    symbol: signal.symbol,
    side: signal.side,
    price: formatDecimal(signal.price),
    change: formatPercent(signal.changeRatio),
    quoteVolume: formatDecimal(signal.quoteVolume),
    confidence: formatPercent(signal.confidenceRatio),
    candleOpenTime: signal.candleOpenTime,
    decidedTime: signal.decidedTime,
  });

/** What a verdict was made at. */
interface VerdictContext extends Context {
  /** Our clock less the venue's, in milliseconds; undefined while it is not known. */
  readonly clockOffset: Duration | undefined;
}

/** Every verdict, allowed or not, with every check, the version of the limits and the offset of the clock. */
export const verdictEntry = (verdict: Verdict, context: VerdictContext): JournalDraft =>
  draft('verdict', context, {
    verdictId: verdict.verdictId,
    subject: verdict.subject,
    symbol: verdict.symbol,
    outcome: verdict.outcome,
    code: verdict.code,
    ...(verdict.signalId === undefined ? {} : { signalId: verdict.signalId }),
    ...(verdict.order === undefined ? {} : orderFacts(verdict.order)),
    limitsHash: verdict.limitsHash,
    clockOffset: context.clockOffset ?? null,
    checks: verdict.checks,
  });

const orderFacts = ({
  orderId,
  quantity,
  referencePrice,
  exitReason,
}: OrderIntent): JournalDraft['facts'] => ({
  orderId,
  quantity: formatDecimal(quantity),
  referencePrice: formatDecimal(referencePrice),
  ...(exitReason === undefined ? {} : { exitReason }),
});

export const roundTripEntry = (trip: RoundTrip, context: Context): JournalDraft =>
  draft('round-trip', context, {
    symbol: trip.symbol,
    entryOrderId: trip.entryOrderId,
    exitOrderId: trip.exitOrderId,
    entryTime: trip.entryTime,
    exitTime: trip.exitTime,
    quantity: formatDecimal(trip.quantity),
    averageEntry: formatDecimal(trip.averageEntry),
    averageExit: formatDecimal(trip.averageExit),
    grossPnl: formatDecimal(trip.grossPnl),
    fees: formatDecimal(trip.fees),
    reason: trip.reason,
    adversePrice: formatDecimal(trip.adversePrice),
    favorablePrice: formatDecimal(trip.favorablePrice),
  });

/** A UTC day begins: the figures the daily drawdown is measured by. */
export const dayChangeEntry = (before: DayMark, after: DayMark, context: Context): JournalDraft =>
  draft('day-change', context, {
    day: after.day,
    openingEquity: formatDecimal(after.openingEquity),
    previousOpeningEquity: formatDecimal(before.openingEquity),
    previousHighWater: formatDecimal(before.highWater),
  });

/** A breaker latched. */
export const breakerEntry = (demand: LatchedDemand, context: Context): JournalDraft =>
  draft('breaker', context, {
    source: demand.source,
    state: demand.state,
    reason: demand.reason,
    evidence: demand.evidence,
  });

/** Hourly and at fills. */
export const equityEntry = (snapshot: EquitySnapshot): JournalDraft =>
  draft(
    'equity',
    { eventTime: snapshot.time },
    {
      equity: formatDecimal(snapshot.equity),
      cash: formatDecimal(snapshot.cash),
      realizedPnl: formatDecimal(snapshot.realizedPnl),
      unrealizedPnl: formatDecimal(snapshot.unrealizedPnl),
      fees: formatDecimal(snapshot.fees),
    },
  );

/** Positions are open and nothing may close them by itself. */
export const unprotectedEntry = (symbols: readonly string[], context: Context): JournalDraft =>
  draft('unprotected', context, { symbols });

/** A person's command was taken up, or is done. */
export const commandEntry = (
  command: { readonly commandId: string; readonly kind: string; readonly step: 'taken' | 'done' },
  context: Context,
): JournalDraft => draft('command', context, command);

export const orderStateEntry = (order: Order, from: OrderState, context: Context): JournalDraft =>
  draft('order-state', context, {
    orderId: order.orderId,
    symbol: order.symbol,
    purpose: order.purpose,
    from,
    state: order.state,
    filledQuantity: formatDecimal(order.filledQuantity),
    ...(order.venueOrderId === undefined ? {} : { venueOrderId: order.venueOrderId }),
    ...(order.reason === undefined ? {} : { reason: order.reason }),
  });

export const fillEntry = (fill: Fill, context: Context): JournalDraft =>
  draft('fill', context, {
    tradeId: fill.tradeId,
    orderId: fill.orderId,
    symbol: fill.symbol,
    side: fill.side,
    price: formatDecimal(fill.price),
    quantity: formatDecimal(fill.quantity),
    feeAsset: fill.fee.asset,
    feeAmount: formatDecimal(fill.fee.amount),
    feeQuoteValue: formatDecimal(fill.fee.quoteValue),
    liquidity: fill.liquidity,
    time: fill.time,
  });

/** The venue has confirmed that nothing works any more that the state forbids. */
export const haltEntry = (
  facts: { readonly state: string; readonly cancelled: number; readonly took: number },
  context: Context,
): JournalDraft => draft('halt', context, facts);

/** A rest below what the venue takes was booked as dust. */
export const dustEntry = (
  facts: { readonly symbol: string; readonly quantity: string; readonly orderId: string },
  context: Context,
): JournalDraft => draft('dust', context, facts);

/** A position ended: with the fills, all that round trips and counters are made of, whatever the stream loses. */
export const closedEntry = (event: PositionClosedEvent): JournalDraft =>
  draft('closed', event, {
    eventId: event.eventId,
    orderId: event.orderId,
    ...(event.exitReason === undefined ? {} : { exitReason: event.exitReason }),
    position: positionOnWire.encode(event.position),
  });

/** A cause that can pass began or ended. */
export const causeEntry = (
  cause: { readonly source: string; readonly reason: string; readonly step: 'begins' | 'ends' },
  context: Context,
): JournalDraft => draft('cause', context, cause);

/** The spec's halt was latched (live). */
export const specEntry = (demand: LatchedDemand, context: Context): JournalDraft =>
  draft('spec', context, { state: demand.state, reason: demand.reason });

/** The limits in force changed, were asked to, or are written down at start: which, and by what version hash. */
export const limitsEntry = (
  change: {
    readonly result: 'in-force' | 'applied' | 'refused';
    readonly from: string | undefined;
    readonly to: string;
    readonly code?: string;
    readonly reason?: string;
    readonly changes: readonly { readonly name: string; readonly from: string; readonly to: string }[];
  },
  context: Context,
): JournalDraft => draft('limits', context, { ...change, from: change.from ?? 'none' });
