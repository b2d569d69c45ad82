/** What every process shows of itself, of its bus and of its ledger. */
import type { Counter, Gauge, Histogram, Metrics } from '../ports/metrics.ts';

export interface ProcessMetrics {
  readonly info: Gauge<'version'>;
  readonly ready: Gauge;
}

export const makeProcessMetrics = (metrics: Metrics): ProcessMetrics => ({
  info: metrics.gauge({
    name: 'trading_process_info',
    help: 'Always 1, with the version of the program (one a process).',
    labels: ['version'],
  }),
  ready: metrics.gauge({
    name: 'trading_process_ready',
    help: 'Whether the process is ready (as /readyz says): 1 or 0.',
    labels: [],
  }),
});

export interface BusMetrics {
  readonly connected: Gauge;
  readonly waiting: Gauge;
  readonly lag: Gauge<'stream' | 'group'>;
  readonly pending: Gauge<'stream' | 'group'>;
  readonly oldestPending: Gauge<'stream' | 'group'>;
  readonly deadLetters: Gauge<'stream'>;
  readonly conflated: Counter;
  readonly losses: Counter;
}

export const makeBusMetrics = (metrics: Metrics): BusMetrics => ({
  connected: metrics.gauge({
    name: 'trading_bus_connected',
    help: 'Whether Redis is connected: 1 or 0.',
    labels: [],
  }),
  waiting: metrics.gauge({
    name: 'trading_bus_waiting_events',
    help: 'Events published here that Redis has not taken yet.',
    labels: [],
  }),
  lag: metrics.gauge({
    name: 'trading_stream_lag_entries',
    help: 'Entries not delivered yet, by stream and group (those this process reads).',
    labels: ['stream', 'group'],
  }),
  pending: metrics.gauge({
    name: 'trading_stream_pending_entries',
    help: 'Entries delivered and not acknowledged, by stream and group (those this process reads).',
    labels: ['stream', 'group'],
  }),
  oldestPending: metrics.gauge({
    name: 'trading_stream_oldest_pending_timestamp_seconds',
    help: 'When the oldest entry in hand was published, in seconds since 1970, 0 when none is, by stream and group (those this process reads).',
    labels: ['stream', 'group'],
  }),
  deadLetters: metrics.gauge({
    name: 'trading_dead_letters',
    help: 'Events given up on, by stream (those this process reads).',
    labels: ['stream'],
  }),
  conflated: metrics.counter({
    name: 'trading_bus_conflated_events_total',
    help: 'Ticks dropped because a newer one of their symbol came before Redis took them.',
    labels: [],
  }),
  losses: metrics.counter({
    name: 'trading_bus_losses_total',
    help: 'How often consumers were told that events may be lost.',
    labels: [],
  }),
});

export interface LedgerMetrics {
  readonly transactions: Counter<'outcome'>;
  readonly duration: Histogram;
}

export const makeLedgerMetrics = (metrics: Metrics): LedgerMetrics => ({
  transactions: metrics.counter({
    name: 'trading_ledger_transactions_total',
    help: 'Transactions of the ledger, by outcome (committed, failed).',
    labels: ['outcome'],
    known: ['committed', 'failed'].map((outcome) => ({ outcome })),
  }),
  duration: metrics.histogram({
    name: 'trading_ledger_transaction_seconds',
    help: 'Seconds that a transaction of the ledger took, waiting for its turn included.',
    labels: [],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
  }),
});

/** How the servers under a bot stand, as each of its processes sees them. */
export interface StorageMetrics {
  readonly redisUsed: Gauge;
  readonly redisLimit: Gauge;
  readonly redisPersisting: Gauge;
  readonly redisStarted: Gauge;
  readonly databaseSize: Gauge;
  readonly connections: Gauge;
  readonly connectionLimit: Gauge;
  readonly postgresStarted: Gauge;
}

export const makeStorageMetrics = (metrics: Metrics): StorageMetrics => {
  const gauge = (name: string, help: string): Gauge => metrics.gauge({ name, help, labels: [] });
  return {
    redisUsed: gauge('trading_redis_memory_used_bytes', 'Memory that Redis uses.'),
    redisLimit: gauge(
      'trading_redis_memory_limit_bytes',
      'Memory that Redis may use before it refuses writes; 0 without a limit.',
    ),
    redisPersisting: gauge(
      'trading_redis_persisting',
      'Whether the last writes of Redis to its log and snapshots succeeded: 1 or 0.',
    ),
    redisStarted: gauge(
      'trading_redis_started_timestamp_seconds',
      'When Redis was started, in seconds since 1970.',
    ),
    databaseSize: gauge('trading_postgres_database_bytes', "Size of the bot's database."),
    connections: gauge(
      'trading_postgres_connections',
      'Connections of everybody to the PostgreSQL server of the ledger.',
    ),
    connectionLimit: gauge('trading_postgres_connections_limit', 'Connections the server takes at most.'),
    postgresStarted: gauge(
      'trading_postgres_started_timestamp_seconds',
      'When PostgreSQL was started, in seconds since 1970.',
    ),
  };
};
