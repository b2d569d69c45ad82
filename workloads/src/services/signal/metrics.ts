import type { SignalRejection } from '../../domain/strategy/signal.ts';
import type { Counter, Gauge, Histogram, Metrics } from '../../ports/metrics.ts';

/** What the signal engine counts; the names without a prefix are the original system's. */
export interface SignalMetrics {
  readonly generated: Counter<'symbol' | 'side'>;
  readonly rejected: Counter<'reason'>;
  readonly confidence: Gauge<'symbol'>;
  readonly latency: Histogram;
  readonly pipelineLatency: Histogram;
  readonly lastEvent: Gauge;
}

/** Every reason, each once: the compiler sees to it that none is missing. */
const REJECTIONS: Readonly<Record<SignalRejection, true>> = {
  WARMUP: true,
  GAP: true,
  BACKFILL: true,
  BELOW_THRESHOLD: true,
  LOW_VOLUME: true,
  COOLDOWN: true,
  POSITION_OPEN: true,
};

export const makeSignalMetrics = (metrics: Metrics): SignalMetrics => ({
  generated: metrics.counter({
    name: 'signals_generated_total',
    help: 'Entry signals made, by symbol (of the universe) and side (BUY).',
    labels: ['symbol', 'side'],
  }),
  rejected: metrics.counter({
    name: 'signals_rejected_total',
    help: 'Closed candles that made no signal, by reason (SignalRejection, 7).',
    labels: ['reason'],
    known: Object.keys(REJECTIONS).map((reason) => ({ reason })),
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
  pipelineLatency: metrics.histogram({
    name: 'trading_pipeline_latency_seconds',
    help: 'Seconds from the making of a live candle event to the decision on it, signal or not. 0.05 is the objective.',
    labels: [],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
  }),
  lastEvent: metrics.gauge({
    name: 'trading_signal_last_event_timestamp_seconds',
    help: 'Event time of the newest market event the signal engine has handled, in seconds since 1970.',
    labels: [],
  }),
});
