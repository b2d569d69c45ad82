import type { Counter, Gauge, Metrics } from '../../ports/metrics.ts';

/** What the notifier counts. */
export interface NotifierMetrics {
  readonly messages: Counter<'outcome'>;
  readonly alerts: Counter<'outcome'>;
  readonly lastSuccess: Gauge;
  readonly waitingSince: Gauge;
}

export const makeNotifierMetrics = (metrics: Metrics): NotifierMetrics => ({
  messages: metrics.counter({
    name: 'trading_notifier_messages_total',
    help: 'Messages to the receiver of alerts, by outcome (sent, failed: an attempt that is repeated, dropped: given up).',
    labels: ['outcome'],
    known: ['sent', 'failed', 'dropped'].map((outcome) => ({ outcome })),
  }),
  alerts: metrics.counter({
    name: 'trading_notifier_alerts_total',
    help: 'Alerts, by outcome (sent: in full or as a number, below_level, repeated, dropped).',
    labels: ['outcome'],
    known: ['sent', 'below_level', 'repeated', 'dropped'].map((outcome) => ({ outcome })),
  }),
  lastSuccess: metrics.gauge({
    name: 'trading_notifier_last_success_timestamp_seconds',
    help: 'When the receiver last took a message, in seconds since 1970, 0 when never.',
    labels: [],
  }),
  waitingSince: metrics.gauge({
    name: 'trading_notifier_waiting_since_timestamp_seconds',
    help: 'Since when the oldest alert in hand waits to be taken by the receiver, in seconds since 1970, 0 when none does.',
    labels: [],
  }),
});
