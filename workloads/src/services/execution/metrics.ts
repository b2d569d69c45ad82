import type { OrderState } from '../../domain/orders/order.ts';
import type { Break } from '../../ports/ledger.ts';
import type { Counter, Gauge, Histogram, Metrics } from '../../ports/metrics.ts';
import type { SubmitOutcome } from '../../ports/venue.ts';

/** What execution counts; the names without a prefix are the original system's. */
export interface ExecutionMetrics {
  readonly executed: Counter<'symbol' | 'side'>;
  readonly failed: Counter<'reason'>;
  readonly latency: Histogram;
  readonly outcomes: Counter<'outcome'>;
  readonly ack: Histogram;
  readonly slippage: Histogram;
  readonly open: Gauge<'state'>;
  readonly unknownSince: Gauge;
  readonly comparisons: Counter<'outcome'>;
  readonly reconciled: Gauge;
  readonly lastReconciliation: Gauge;
  readonly breaks: Gauge<'kind'>;
  readonly ledgerAway: Gauge;
  readonly lateFills: Counter;
}

/** States of an order that is not over, as the label shows them. */
export const SHOWN_STATES = [
  'APPROVED',
  'SUBMITTING',
  'WORKING',
  'PARTIALLY_FILLED',
  'CANCEL_PENDING',
  'UNKNOWN',
] as const satisfies readonly OrderState[];

/** Every kind, each once: the compiler sees to it that none is missing. */
const BREAK_KINDS: Readonly<Record<Break['kind'], true>> = {
  FOREIGN_ORDER: true,
  FOREIGN_WRITER: true,
  BALANCE_DEFICIT: true,
  ORDER_UNRESOLVED: true,
};
export const SHOWN_BREAKS = Object.keys(BREAK_KINDS) as readonly Break['kind'][];

const OUTCOMES: Readonly<Record<SubmitOutcome['kind'], true>> = {
  accepted: true,
  rejected: true,
  unknown: true,
};

/** Anything a venue may say is not a label: what is not ours counts as VENUE. */
const OWN_REASONS: ReadonlySet<string> = new Set([
  'EXPIRED_STALE',
  'STATE_REDUCE_ONLY',
  'STATE_HALTED',
  'STATE_STOPPED',
  'COLLAR',
  'NO_LIQUIDITY',
  'MODEL_WARMUP',
  'IOC_REST',
  'CANCEL_REQUESTED',
  'INSUFFICIENT_BALANCE',
  'NOT_AT_VENUE',
  'NOT_RECONCILED',
  'TOO_LATE',
  'EXCEEDS_POSITION',
]);

/** The label of a failed order: bounded, whatever the venue's code was. */
export const failureLabel = (reason: string | undefined): string =>
  reason !== undefined && OWN_REASONS.has(reason) ? reason : 'VENUE';

export const makeExecutionMetrics = (metrics: Metrics): ExecutionMetrics => ({
  executed: metrics.counter({
    name: 'trades_executed_total',
    help: 'Fills booked, by symbol (of the universe) and side (BUY, SELL).',
    labels: ['symbol', 'side'],
  }),
  failed: metrics.counter({
    name: 'trades_failed_total',
    help: 'Orders that ended without a fill, by reason (ours by name, all others as VENUE).',
    labels: ['reason'],
    known: [...OWN_REASONS, 'VENUE'].map((reason) => ({ reason })),
  }),
  latency: metrics.histogram({
    name: 'execution_latency_ms',
    help: 'Milliseconds from the decision on an order to the answer of the venue.',
    labels: [],
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000],
  }),
  outcomes: metrics.counter({
    name: 'trading_order_submissions_total',
    help: 'Orders sent to the venue, by outcome (accepted, rejected, unknown).',
    labels: ['outcome'],
    known: Object.keys(OUTCOMES).map((outcome) => ({ outcome })),
  }),
  ack: metrics.histogram({
    name: 'trading_order_ack_seconds',
    help: 'Seconds from sending an order to the answer of the venue.',
    labels: [],
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
  }),
  slippage: metrics.histogram({
    name: 'trading_fill_slippage_ratio',
    help: 'How much worse a fill was than the price its decision saw, as a fraction of it; below 0 when it was better.',
    labels: [],
    buckets: [-0.001, 0, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02],
  }),
  open: metrics.gauge({
    name: 'trading_orders_open',
    help: 'Orders that are not over, by state (APPROVED and those at the venue, 6).',
    labels: ['state'],
    known: SHOWN_STATES.map((state) => ({ state })),
  }),
  unknownSince: metrics.gauge({
    name: 'trading_order_unknown_since_timestamp_seconds',
    help: 'Since when the fate of the oldest UNKNOWN order is not known, in seconds since 1970; 0 when none is.',
    labels: [],
  }),
  comparisons: metrics.counter({
    name: 'trading_reconciliations_total',
    help: 'Comparisons of the ledger with the venue, by outcome (agrees, differs, unanswered).',
    labels: ['outcome'],
    known: ['agrees', 'differs', 'unanswered'].map((outcome) => ({ outcome })),
  }),
  reconciled: metrics.gauge({
    name: 'trading_reconciled',
    help: 'Whether ledger and venue agree on every order and balance: 1 or 0. Entries are refused at 0.',
    labels: [],
  }),
  lastReconciliation: metrics.gauge({
    name: 'trading_reconciliation_last_success_timestamp_seconds',
    help: 'When ledger and venue last agreed, in seconds since 1970; 0 before the first time.',
    labels: [],
  }),
  breaks: metrics.gauge({
    name: 'trading_reconciliation_breaks_open',
    help: 'Open differences between ledger and venue, by kind (4).',
    labels: ['kind'],
    known: SHOWN_BREAKS.map((kind) => ({ kind })),
  }),
  ledgerAway: metrics.gauge({
    name: 'trading_ledger_away',
    help: 'Whether execution goes without the ledger: 1 or 0. Nothing is sent at 1.',
    labels: [],
  }),
  lateFills: metrics.counter({
    name: 'trading_late_fills_total',
    help: 'Fills of orders that the venue had said were over.',
    labels: [],
  }),
});
