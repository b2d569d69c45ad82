import { BOT, type Board } from './board.ts';

/** Is data flowing, in time, through every stage. */
export const pipeline: Board = {
  uid: 'claire-pipeline',
  title: 'Claire / Pipeline',
  description: 'Feed, streams, decisions and storage of one bot: rate, errors and duration of each stage.',
  scope: 'bot',
  rows: [
    {
      title: 'Feed',
      panels: [
        {
          kind: 'lines',
          title: 'Age of the newest data, oldest symbols',
          description: 'The five symbols that have been silent longest.',
          unit: 's',
          queries: [
            {
              expr: `topk(5, time() - max by (symbol) (trading_feed_last_message_timestamp_seconds{${BOT}}))`,
              legend: '{{symbol}}',
            },
            {
              expr: `max(trading_feed_stale_threshold_seconds{${BOT}})`,
              legend: 'entries are denied from here',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Frames received',
          description: 'WebSocket frames a second by kind.',
          unit: 'ops',
          queries: [
            {
              expr: `sum by (kind) (rate(trading_venue_frames_total{${BOT}}[$__rate_interval]))`,
              legend: '{{kind}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Closed candles by origin',
          description: 'Live, filled in after a gap, or corrected by the venue.',
          unit: 'ops',
          queries: [
            {
              expr: `sum by (origin) (rate(trading_candles_total{${BOT}}[$__rate_interval]))`,
              legend: 'published {{origin}}',
            },
            {
              expr: `sum by (origin) (rate(trading_venue_candles_total{${BOT}}[$__rate_interval]))`,
              legend: 'delivered {{origin}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Gaps, silent symbols, refused data',
          description: 'Counts over the time shown at each point.',
          unit: 'none',
          queries: [
            { expr: `sum(increase(trading_feed_gaps_total{${BOT}}[$__rate_interval]))`, legend: 'gaps' },
            { expr: `max(trading_feed_stale_symbols{${BOT}})`, legend: 'silent symbols' },
            {
              expr: `sum by (reason) (increase(trading_candles_refused_total{${BOT}}[$__rate_interval]))`,
              legend: 'candle refused: {{reason}}',
            },
            {
              expr: `sum by (reason) (increase(trading_venue_rejected_frames_total{${BOT}}[$__rate_interval])) > 0`,
              legend: 'frame refused: {{reason}}',
            },
            {
              expr: `sum by (status) (increase(trading_feed_events_total{${BOT}}[$__rate_interval]))`,
              legend: 'event {{status}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Symbols watched',
          description: 'By reason: named in the file, a top mover, held. Below: symbols that came and went.',
          unit: 'none',
          queries: [
            {
              expr: `max by (reason) (trading_watched_symbols{${BOT}})`,
              legend: '{{reason}}',
            },
            {
              expr: `sum by (status) (increase(trading_universe_changes_total{${BOT}}[$__rate_interval]))`,
              legend: '{{status}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Connections to the venue',
          description: 'Open WebSocket connections, and why others ended.',
          unit: 'none',
          queries: [
            {
              expr: `sum by (component) (trading_venue_connections{${BOT}})`,
              legend: 'open, {{component}}',
            },
            {
              expr: `sum by (reason) (increase(trading_venue_connection_ends_total{${BOT}}[$__rate_interval])) > 0`,
              legend: 'ended: {{reason}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'What was dropped on purpose',
          description:
            'Ticks replaced by newer ones of their symbol and frames that came twice. Candles are never dropped.',
          unit: 'ops',
          queries: [
            {
              expr: `sum(rate(trading_venue_conflated_ticks_total{${BOT}}[$__rate_interval]))`,
              legend: 'ticks at the venue client',
            },
            {
              expr: `sum(rate(trading_bus_conflated_events_total{${BOT}}[$__rate_interval]))`,
              legend: 'ticks at the bus',
            },
            {
              expr: `sum by (kind) (rate(trading_venue_dropped_duplicates_total{${BOT}}[$__rate_interval]))`,
              legend: 'duplicate {{kind}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Decisions',
      panels: [
        {
          kind: 'lines',
          title: 'Candle event to decision',
          description:
            'From the making of a live candle event to the decision on it. The objective is 50 ms.',
          unit: 's',
          queries: [
            {
              expr: `histogram_quantile(0.5, sum by (le) (rate(trading_pipeline_latency_seconds_bucket{${BOT}}[$__rate_interval])))`,
              legend: 'half',
            },
            {
              expr: `histogram_quantile(0.99, sum by (le) (rate(trading_pipeline_latency_seconds_bucket{${BOT}}[$__rate_interval])))`,
              legend: '99 of 100',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Candle event to signal',
          description: 'The original metric, in milliseconds.',
          unit: 'ms',
          queries: [
            {
              expr: `histogram_quantile(0.99, sum by (le) (rate(signal_processing_latency_ms_bucket{${BOT}}[$__rate_interval])))`,
              legend: '99 of 100',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Signals by side',
          description: 'Signals made a second.',
          unit: 'ops',
          queries: [
            {
              expr: `sum by (side) (rate(signals_generated_total{${BOT}}[$__rate_interval]))`,
              legend: '{{side}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Candles that made no signal',
          description: 'Closed candles a second, by the reason why nothing came of them.',
          unit: 'ops',
          queries: [
            {
              expr: `sum by (reason) (rate(signals_rejected_total{${BOT}}[$__rate_interval]))`,
              legend: '{{reason}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Confidence of the latest signal',
          description: 'By symbol, 0 to 1; the ten highest.',
          unit: 'none',
          queries: [
            { expr: `topk(10, max by (symbol) (signal_confidence_avg{${BOT}}))`, legend: '{{symbol}}' },
          ],
        },
        {
          kind: 'lines',
          title: 'How far signal and risk are behind',
          description: 'Age of the newest market event each has handled.',
          unit: 's',
          queries: [
            {
              expr: `time() - max(trading_signal_last_event_timestamp_seconds{${BOT}} > 0)`,
              legend: 'signal',
            },
            { expr: `time() - max(trading_risk_last_event_timestamp_seconds{${BOT}} > 0)`, legend: 'risk' },
          ],
        },
      ],
    },
    {
      title: 'Streams and storage',
      panels: [
        {
          kind: 'lines',
          title: 'Entries not delivered yet',
          description: 'By stream and group. A line that only rises means a reader that cannot keep up.',
          unit: 'none',
          queries: [
            {
              expr: `max by (stream, group) (trading_stream_lag_entries{${BOT}})`,
              legend: '{{stream}} → {{group}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Entries in hand',
          description: 'Delivered and not acknowledged.',
          unit: 'none',
          queries: [
            {
              expr: `max by (stream, group) (trading_stream_pending_entries{${BOT}})`,
              legend: '{{stream}} → {{group}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Age of the oldest entry in hand',
          description: 'Since it was published. Nothing is shown while nothing is in hand.',
          unit: 's',
          queries: [
            {
              expr: `time() - max by (stream, group) (trading_stream_oldest_pending_timestamp_seconds{${BOT}} > 0)`,
              legend: '{{stream}} → {{group}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Redis as each service sees it',
          description: 'Connected (1), events that wait to be taken, losses told, events given up on.',
          unit: 'none',
          queries: [
            {
              expr: `min by (component) (trading_bus_connected{${BOT}})`,
              legend: 'connected, {{component}}',
            },
            {
              expr: `max by (component) (trading_bus_waiting_events{${BOT}})`,
              legend: 'waiting, {{component}}',
            },
            { expr: `sum(increase(trading_bus_losses_total{${BOT}}[$__rate_interval]))`, legend: 'losses' },
            { expr: `max by (stream) (trading_dead_letters{${BOT}})`, legend: 'dead letters, {{stream}}' },
          ],
        },
        {
          kind: 'lines',
          title: 'Transactions of the ledger',
          description: 'Transactions a second, by service and outcome.',
          unit: 'ops',
          queries: [
            {
              expr: `sum by (component, outcome) (rate(trading_ledger_transactions_total{${BOT}}[$__rate_interval]))`,
              legend: '{{component}} {{outcome}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Duration of a transaction',
          description: '99 of 100 took at most this, waiting for its turn included.',
          unit: 's',
          queries: [
            {
              expr: `histogram_quantile(0.99, sum by (component, le) (rate(trading_ledger_transaction_seconds_bucket{${BOT}}[$__rate_interval])))`,
              legend: '{{component}}',
            },
            { expr: `max(trading_ledger_away{${BOT}})`, legend: 'execution goes without the ledger' },
          ],
        },
        {
          kind: 'lines',
          title: 'Memory of Redis',
          description: 'In use, against what it may use before it refuses writes.',
          unit: 'bytes',
          queries: [
            { expr: `max(trading_redis_memory_used_bytes{${BOT}})`, legend: 'used' },
            { expr: `max(trading_redis_memory_limit_bytes{${BOT}}) > 0`, legend: 'limit' },
          ],
        },
        {
          kind: 'lines',
          title: 'Size of the ledger',
          description:
            "Of the bot's database. The volume's fill level is in the cluster's kubelet_volume_stats.",
          unit: 'bytes',
          queries: [{ expr: `max(trading_postgres_database_bytes{${BOT}})`, legend: 'database' }],
        },
        {
          kind: 'lines',
          title: 'Connections to Postgres',
          description: 'Of everybody, against what the server takes.',
          unit: 'none',
          queries: [
            { expr: `max(trading_postgres_connections{${BOT}})`, legend: 'taken' },
            { expr: `max(trading_postgres_connections_limit{${BOT}})`, legend: 'limit' },
          ],
        },
        {
          kind: 'lines',
          title: 'Since the servers were started',
          description: 'Falls to 0 at each start.',
          unit: 's',
          queries: [
            { expr: `time() - max(trading_redis_started_timestamp_seconds{${BOT}})`, legend: 'Redis' },
            { expr: `time() - max(trading_postgres_started_timestamp_seconds{${BOT}})`, legend: 'Postgres' },
            { expr: `max(trading_redis_persisting{${BOT}})`, legend: 'Redis writes to its disk: 1 or 0' },
          ],
        },
        {
          kind: 'lines',
          title: 'Memory',
          description: 'Resident memory of each service.',
          unit: 'bytes',
          queries: [
            { expr: `max by (component) (process_resident_memory_bytes{${BOT}})`, legend: '{{component}}' },
          ],
        },
        {
          kind: 'lines',
          title: 'Processor',
          description: 'Share of one core that each service uses.',
          unit: 'percentunit',
          queries: [
            {
              expr: `max by (component) (rate(process_cpu_seconds_total{${BOT}}[$__rate_interval]))`,
              legend: '{{component}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Event loop',
          description: 'How late the loop of each service is: 99 of 100 looks.',
          unit: 's',
          queries: [
            {
              expr: `max by (component) (nodejs_eventloop_lag_p99_seconds{${BOT}})`,
              legend: '{{component}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Versions',
          description: 'The version each service runs. Two lines of one service: an update is under way.',
          unit: 'none',
          queries: [
            {
              expr: `count by (component, version) (trading_process_info{${BOT}})`,
              legend: '{{component}} {{version}}',
            },
          ],
        },
      ],
    },
  ],
};
