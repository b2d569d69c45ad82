import type { Counter, Histogram, Metrics } from '../../ports/metrics.ts';

/** What execution counts; the names are the original system's. */
export interface ExecutionMetrics {
  readonly executed: Counter<'symbol' | 'side'>;
  readonly failed: Counter<'reason'>;
  readonly latency: Histogram;
}

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
  }),
  latency: metrics.histogram({
    name: 'execution_latency_ms',
    help: 'Milliseconds from the decision on an order to the answer of the venue.',
    labels: [],
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000],
  }),
});
