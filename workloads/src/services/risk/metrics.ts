import type { Counter, Gauge, Metrics } from '../../ports/metrics.ts';

/** What the risk manager counts; the names without a prefix are the original system's. */
export interface RiskMetrics {
  readonly validated: Counter<'symbol'>;
  readonly rejected: Counter<'reason'>;
  readonly breakers: Counter;
  readonly exposure: Gauge<'symbol'>;
  readonly equity: Gauge;
}

export const makeRiskMetrics = (metrics: Metrics): RiskMetrics => ({
  validated: metrics.counter({
    name: 'orders_validated_total',
    help: 'Orders approved, by symbol (of the universe).',
    labels: ['symbol'],
  }),
  rejected: metrics.counter({
    name: 'orders_rejected_total',
    help: 'Intents denied, by reason (registry of risk codes).',
    labels: ['reason'],
  }),
  // No `_total`: the name is the original system's.
  breakers: metrics.counter({ name: 'circuit_breaker_triggers', help: 'Breakers latched.', labels: [] }),
  exposure: metrics.gauge({
    name: 'exposure_current',
    help: 'Quote units held at the latest price, by symbol (of the universe).',
    labels: ['symbol'],
  }),
  equity: metrics.gauge({
    name: 'trading_equity',
    help: 'Equity in quote units at the latest prices.',
    labels: [],
  }),
});
