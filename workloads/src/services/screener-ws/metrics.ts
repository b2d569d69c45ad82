import type { FeedEvent } from '../../events/event.ts';
import type { Counter, Gauge, Metrics } from '../../ports/metrics.ts';

/** What the screener counts. */
export interface ScreenerMetrics {
  readonly candles: Counter<'origin'>;
  readonly refused: Counter<'reason'>;
  readonly gaps: Counter;
  readonly feedEvents: Counter<'status'>;
  readonly lastMessage: Gauge<'symbol'>;
  readonly staleSymbols: Gauge;
  readonly watchedSymbols: Gauge<'reason'>;
  readonly universeChanges: Counter<'status'>;
}

const STATUSES: Readonly<Record<FeedEvent['status'], true>> = { GAP: true, STALE: true, RECOVERED: true };

export const makeScreenerMetrics = (metrics: Metrics): ScreenerMetrics => ({
  candles: metrics.counter({
    name: 'trading_candles_total',
    help: 'Closed candles published, by origin (live, backfill, correction).',
    labels: ['origin'],
    known: ['live', 'backfill', 'correction'].map((origin) => ({ origin })),
  }),
  refused: metrics.counter({
    name: 'trading_candles_refused_total',
    help: 'Candles not published, by reason (codes of the candle check, DUPLICATE, WRONG_INTERVAL).',
    labels: ['reason'],
    known: ['DUPLICATE', 'WRONG_INTERVAL'].map((reason) => ({ reason })),
  }),
  gaps: metrics.counter({
    name: 'trading_feed_gaps_total',
    help: 'Gaps between live candles of a symbol.',
    labels: [],
  }),
  feedEvents: metrics.counter({
    name: 'trading_feed_events_total',
    help: 'What the venue client told of its feed, by status (GAP, STALE, RECOVERED).',
    labels: ['status'],
    known: Object.keys(STATUSES).map((status) => ({ status })),
  }),
  lastMessage: metrics.gauge({
    name: 'trading_feed_last_message_timestamp_seconds',
    help: 'Event time of the newest market event, in seconds since 1970, by symbol (of the universe).',
    labels: ['symbol'],
  }),
  staleSymbols: metrics.gauge({
    name: 'trading_feed_stale_symbols',
    help: 'Symbols whose channel the venue client holds for silent.',
    labels: [],
  }),
  watchedSymbols: metrics.gauge({
    name: 'trading_watched_symbols',
    help: 'Symbols watched, by reason (file, mover, held); one may have several.',
    labels: ['reason'],
  }),
  universeChanges: metrics.counter({
    name: 'trading_universe_changes_total',
    help: 'Symbols that came into the universe or left it while it was watched, by status (entered, left).',
    labels: ['status'],
    known: ['entered', 'left'].map((status) => ({ status })),
  }),
});
