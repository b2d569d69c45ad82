import type { Counter, Gauge, Metrics } from '../../ports/metrics.ts';

/** What the adapter counts. Labels are bounded: endpoints and codes are enumerated in the source. */
export interface MexcMetrics {
  readonly requests: Counter<'endpoint' | 'outcome'>;
  readonly clockOffset: Gauge;
  readonly frames: Counter<'kind'>;
  readonly rejectedFrames: Counter<'reason'>;
  readonly connections: Gauge;
  readonly connectionEnds: Counter<'reason'>;
  readonly refusedSubscriptions: Counter;
  readonly droppedDuplicates: Counter<'kind'>;
  readonly conflatedTicks: Counter;
  readonly candles: Counter<'origin'>;
  readonly feedEvents: Counter<'status'>;
  readonly backlog: Gauge;
}

/** Declares the adapter's metrics; once for each registry. */
export const makeMexcMetrics = (metrics: Metrics): MexcMetrics => ({
  requests: metrics.counter({
    name: 'trading_venue_requests_total',
    help: 'REST requests by endpoint (about 20) and outcome (OK or an error code, about 80)',
    labels: ['endpoint', 'outcome'],
  }),
  clockOffset: metrics.gauge({
    name: 'trading_venue_clock_offset_seconds',
    help: 'Clock of the venue minus the local clock',
    labels: [],
  }),
  frames: metrics.counter({
    name: 'trading_venue_frames_total',
    help: 'Frames received over WebSocket by kind (about 13)',
    labels: ['kind'],
  }),
  rejectedFrames: metrics.counter({
    name: 'trading_venue_rejected_frames_total',
    help: 'Frames that were dropped as unreadable or implausible, by reason (about 16 codes)',
    labels: ['reason'],
  }),
  connections: metrics.gauge({
    name: 'trading_venue_connections',
    help: 'Open WebSocket connections',
    labels: [],
  }),
  connectionEnds: metrics.counter({
    name: 'trading_venue_connection_ends_total',
    help: 'Ended WebSocket connections by reason (about 10)',
    labels: ['reason'],
  }),
  refusedSubscriptions: metrics.counter({
    name: 'trading_venue_refused_subscriptions_total',
    help: 'Channels that the venue refused or did not confirm',
    labels: [],
  }),
  droppedDuplicates: metrics.counter({
    name: 'trading_venue_dropped_duplicates_total',
    help: 'Repeated or out-of-order frames that were dropped, by kind (kline, deal, book)',
    labels: ['kind'],
  }),
  conflatedTicks: metrics.counter({
    name: 'trading_venue_conflated_ticks_total',
    help: 'Ticks replaced by a later one of their symbol before they were taken',
    labels: [],
  }),
  candles: metrics.counter({
    name: 'trading_venue_candles_total',
    help: 'Candles delivered by origin (live, backfill, correction)',
    labels: ['origin'],
  }),
  feedEvents: metrics.counter({
    name: 'trading_venue_feed_events_total',
    help: 'Feed events by status (GAP, STALE, RECOVERED)',
    labels: ['status'],
  }),
  backlog: metrics.gauge({
    name: 'trading_venue_backlog',
    help: 'Updates that wait for a listener',
    labels: [],
  }),
});

/** Open WebSocket connections of all links together. */
export interface ConnectionCount {
  change(by: 1 | -1): void;
}

export function makeConnectionCount(metrics: MexcMetrics): ConnectionCount {
  let open = 0;
  return {
    change: (by) => {
      open += by;
      metrics.connections.set(open, {});
    },
  };
}
