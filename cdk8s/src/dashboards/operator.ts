import type { Board } from './board.ts';

/** The operator as controller-runtime's own dashboards show one, and the bots it looks after. */
export const operator: Board = {
  uid: 'claire-operator',
  title: 'Claire / Operator',
  description: 'The loop of the operator (names of controller-runtime) and the bots it looks after.',
  scope: 'operator',
  rows: [
    {
      title: 'Bots',
      panels: [
        {
          kind: 'value',
          title: 'Bots',
          description: 'TradingBots the operator knows, by mode.',
          unit: 'none',
          queries: [{ expr: 'sum by (mode) (tradingbot_info)', legend: '{{mode}}' }],
        },
        {
          kind: 'value',
          title: 'Bots that are not ready',
          description: 'Condition Ready is not True.',
          unit: 'none',
          warnFrom: 1,
          queries: [
            {
              expr: 'sum(tradingbot_status_condition{condition="Ready", status!="True"})',
              legend: 'not ready',
            },
          ],
        },
        {
          kind: 'value',
          title: 'Updates that wait',
          description: 'For their bot to hold no position.',
          unit: 'none',
          warnFrom: 1,
          queries: [{ expr: 'sum(tradingbot_held_updates)', legend: 'held' }],
        },
        {
          kind: 'value',
          title: 'Leader',
          description: 'Operators that lead. One is right.',
          unit: 'none',
          words: { 0: { text: 'none', isBad: true }, 1: { text: 'one', isBad: false } },
          queries: [{ expr: 'sum(leader_election_master_status)', legend: 'leaders' }],
        },
        {
          kind: 'lines',
          title: 'Conditions',
          description: 'Bots for which a condition is not True, by condition.',
          unit: 'none',
          queries: [
            {
              expr: 'sum by (condition) (tradingbot_status_condition{status!="True"})',
              legend: '{{condition}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Events written',
          description: 'Events of Kubernetes a second, by outcome.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (outcome) (rate(operator_events_total[$__rate_interval]))',
              legend: '{{outcome}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Reconciling',
      panels: [
        {
          kind: 'lines',
          title: 'Reconciles by result',
          description: 'Reconciles a second, by what came of them.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (result) (rate(controller_runtime_reconcile_total[$__rate_interval]))',
              legend: '{{result}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Duration of a reconcile',
          description: 'Half, and 99 of 100.',
          unit: 's',
          queries: [
            {
              expr: 'histogram_quantile(0.5, sum by (le) (rate(controller_runtime_reconcile_time_seconds_bucket[$__rate_interval])))',
              legend: 'half',
            },
            {
              expr: 'histogram_quantile(0.99, sum by (le) (rate(controller_runtime_reconcile_time_seconds_bucket[$__rate_interval])))',
              legend: '99 of 100',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Errors',
          description:
            'Errors, those that no retry can mend, time-outs and defects, over the time at each point.',
          unit: 'none',
          queries: [
            {
              expr: 'sum(increase(controller_runtime_reconcile_errors_total[$__rate_interval]))',
              legend: 'errors',
            },
            {
              expr: 'sum(increase(controller_runtime_terminal_reconcile_errors_total[$__rate_interval]))',
              legend: 'terminal',
            },
            {
              expr: 'sum(increase(controller_runtime_reconcile_timeouts_total[$__rate_interval]))',
              legend: 'time-outs',
            },
            {
              expr: 'sum(increase(controller_runtime_reconcile_panics_total[$__rate_interval]))',
              legend: 'defects',
            },
            {
              expr: 'sum(increase(operator_change_handler_errors_total[$__rate_interval]))',
              legend: 'handlers of changes',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Workers',
          description: 'Busy ones against all.',
          unit: 'none',
          queries: [
            { expr: 'sum(controller_runtime_active_workers)', legend: 'busy' },
            { expr: 'sum(controller_runtime_max_concurrent_reconciles)', legend: 'all' },
          ],
        },
      ],
    },
    {
      title: 'Queue',
      panels: [
        {
          kind: 'lines',
          title: 'Depth and retries',
          description: 'Keys that wait; adds and retries a second.',
          unit: 'none',
          queries: [
            { expr: 'sum(workqueue_depth)', legend: 'depth' },
            { expr: 'sum(rate(workqueue_adds_total[$__rate_interval]))', legend: 'adds' },
            { expr: 'sum(rate(workqueue_retries_total[$__rate_interval]))', legend: 'retries' },
          ],
        },
        {
          kind: 'lines',
          title: 'Waiting and working',
          description:
            '99 of 100 keys waited and took at most this long; the longest that is being worked on.',
          unit: 's',
          queries: [
            {
              expr: 'histogram_quantile(0.99, sum by (le) (rate(workqueue_queue_duration_seconds_bucket[$__rate_interval])))',
              legend: 'waiting',
            },
            {
              expr: 'histogram_quantile(0.99, sum by (le) (rate(workqueue_work_duration_seconds_bucket[$__rate_interval])))',
              legend: 'working',
            },
            { expr: 'max(workqueue_longest_running_processor_seconds)', legend: 'longest under way' },
            { expr: 'sum(workqueue_unfinished_work_seconds)', legend: 'sum of all under way' },
          ],
        },
      ],
    },
    {
      title: 'API server',
      panels: [
        {
          kind: 'lines',
          title: 'Requests',
          description: 'Requests a second, by method and code.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (method, code) (rate(rest_client_requests_total[$__rate_interval]))',
              legend: '{{method}} {{code}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Lists and ends of watches',
          description:
            'Lists are for the start and after what was lost. Watches end by themselves every few minutes.',
          unit: 'none',
          queries: [
            {
              expr: 'sum by (kind) (increase(operator_lists_total[$__rate_interval]))',
              legend: 'lists {{kind}}',
            },
            {
              expr: 'sum by (reason) (increase(operator_watch_ends_total[$__rate_interval]))',
              legend: 'watch ends: {{reason}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Last word from the API server',
          description: 'Age, by kind of object.',
          unit: 's',
          queries: [
            {
              expr: 'time() - max by (kind) (operator_last_contact_timestamp_seconds > 0)',
              legend: '{{kind}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Memory',
          description: 'Resident memory of the operators.',
          unit: 'bytes',
          queries: [
            {
              expr: 'process_resident_memory_bytes and on (instance, job) leader_election_master_status',
              legend: '{{instance}}',
            },
          ],
        },
      ],
    },
  ],
};
