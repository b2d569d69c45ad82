import type { Counter, Gauge, Metrics } from '../../ports/metrics.ts';
import type { WireErrorCode } from './wire/wire-error.ts';
import type { ConnectionEnd } from './ws-connection.ts';

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

/** Every reason, each once: the compiler sees to it that none is missing. */
const ENDS: Readonly<Record<ConnectionEnd, true>> = {
  CLOSED_BY_VENUE: true,
  CONNECTION_LOST: true,
  FRAME_TOO_LARGE: true,
  PROTOCOL_ERROR: true,
  HANDSHAKE_REFUSED: true,
  DNS_FAILED: true,
  TLS_FAILED: true,
  CONNECT_FAILED: true,
  CONNECT_TIMEOUT: true,
  SILENT: true,
  SUBSCRIPTION_UNCONFIRMED: true,
  INVALID_LISTEN_KEY: true,
};

/** Why a frame is dropped: what cannot be read, and what the client does not believe. */
const REJECTIONS: Readonly<Record<WireErrorCode, true>> = {
  PROTOBUF_MALFORMED: true,
  INT64_RANGE: true,
  JSON_MALFORMED: true,
  FIELD_INVALID: true,
  PRICE_INVALID: true,
  INTERVAL_UNKNOWN: true,
  SYMBOL_INVALID: true,
};
const DISBELIEVED = ['IMPLAUSIBLE_TIME', 'CONTROL_UNKNOWN', 'SYMBOL_UNKNOWN', 'REPORT_FAILED'];

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
    help: 'Frames that were dropped as unreadable or implausible, by reason (11 codes)',
    labels: ['reason'],
    known: [...Object.keys(REJECTIONS), ...DISBELIEVED].map((reason) => ({ reason })),
  }),
  connections: metrics.gauge({
    name: 'trading_venue_connections',
    help: 'Open WebSocket connections',
    labels: [],
  }),
  connectionEnds: metrics.counter({
    name: 'trading_venue_connection_ends_total',
    help: 'Ended WebSocket connections by reason (12)',
    labels: ['reason'],
    known: Object.keys(ENDS).map((reason) => ({ reason })),
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
    known: ['kline', 'deal', 'book'].map((kind) => ({ kind })),
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
    known: ['live', 'backfill', 'correction'].map((origin) => ({ origin })),
  }),
  feedEvents: metrics.counter({
    name: 'trading_venue_feed_events_total',
    help: 'Feed events by status (GAP, STALE, RECOVERED)',
    labels: ['status'],
    known: ['GAP', 'STALE', 'RECOVERED'].map((status) => ({ status })),
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
