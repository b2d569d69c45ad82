import type { Counter, Metrics } from '../../ports/metrics.ts';

/** What the screener counts. */
export interface ScreenerMetrics {
  readonly candles: Counter<'origin'>;
  readonly refused: Counter<'reason'>;
  readonly gaps: Counter;
}

export const makeScreenerMetrics = (metrics: Metrics): ScreenerMetrics => ({
  candles: metrics.counter({
    name: 'trading_candles_total',
    help: 'Closed candles published, by origin (live, backfill, correction).',
    labels: ['origin'],
  }),
  refused: metrics.counter({
    name: 'trading_candles_refused_total',
    help: 'Candles not published, by reason (codes of the candle check, DUPLICATE, WRONG_INTERVAL).',
    labels: ['reason'],
  }),
  gaps: metrics.counter({
    name: 'trading_feed_gaps_total',
    help: 'Gaps between live candles of a symbol.',
    labels: [],
  }),
});
