import type { Counter, Gauge, Histogram, Metrics } from '../../ports/metrics.ts';

/** What the signal engine counts; the names are the original system's. */
export interface SignalMetrics {
  readonly generated: Counter<'symbol' | 'side'>;
  readonly rejected: Counter<'reason'>;
  readonly confidence: Gauge<'symbol'>;
  readonly latency: Histogram;
}

export const makeSignalMetrics = (metrics: Metrics): SignalMetrics => ({
  generated: metrics.counter({
    name: 'signals_generated_total',
    help: 'Entry signals made, by symbol (of the universe) and side (BUY).',
    labels: ['symbol', 'side'],
  }),
  rejected: metrics.counter({
    name: 'signals_rejected_total',
    help: 'Closed candles that made no signal, by reason (SignalRejection).',
    labels: ['reason'],
  }),
  confidence: metrics.gauge({
    name: 'signal_confidence_avg',
    help: 'Confidence of the latest signal, 0 to 1, by symbol (of the universe).',
    labels: ['symbol'],
  }),
  latency: metrics.histogram({
    name: 'signal_processing_latency_ms',
    help: 'Milliseconds from the making of a live candle event to its signal.',
    labels: [],
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
  }),
});
