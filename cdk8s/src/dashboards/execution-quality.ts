import { BOT, type Board } from './board.ts';

/** What trading costs beyond fees: how late and how far from the decided price. */
export const executionQuality: Board = {
  uid: 'claire-execution-quality',
  title: 'Claire / Execution quality',
  description: 'Slippage, latency and fills of one bot, and how the venue answers.',
  scope: 'bot',
  rows: [
    {
      title: 'Fills',
      panels: [
        {
          kind: 'value',
          title: 'Fills',
          description: 'Over the time shown.',
          unit: 'none',
          queries: [
            { expr: `round(sum(increase(trades_executed_total{${BOT}}[$__range])))`, legend: 'fills' },
          ],
        },
        {
          kind: 'value',
          title: 'Average slippage',
          description:
            'How much worse than the price of the decision, over the time shown; below 0 is better.',
          unit: 'percentunit',
          queries: [
            {
              expr: `sum(increase(trading_fill_slippage_ratio_sum{${BOT}}[$__range])) / sum(increase(trading_fill_slippage_ratio_count{${BOT}}[$__range]))`,
              legend: 'slippage',
            },
          ],
        },
        {
          kind: 'value',
          title: 'Orders the venue took',
          description: 'Share of submissions that were accepted, over the time shown.',
          unit: 'percentunit',
          queries: [
            {
              expr: `sum(increase(trading_order_submissions_total{${BOT}, outcome="accepted"}[$__range])) / sum(increase(trading_order_submissions_total{${BOT}}[$__range]))`,
              legend: 'accepted',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Fills by side',
          description: 'Booked fills a minute.',
          unit: 'none',
          queries: [
            {
              expr: `60 * sum by (side) (rate(trades_executed_total{${BOT}}[$__rate_interval]))`,
              legend: '{{side}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Slippage',
          description: 'Average of the fills at each point against the limit: beyond it the alert speaks.',
          unit: 'percentunit',
          queries: [
            {
              expr: `sum(rate(trading_fill_slippage_ratio_sum{${BOT}}[$__rate_interval])) / sum(rate(trading_fill_slippage_ratio_count{${BOT}}[$__rate_interval]))`,
              legend: 'slippage',
            },
            { expr: `max(trading_risk_limit_ratio{${BOT}, limit="slippage"})`, legend: 'limit' },
          ],
        },
        {
          kind: 'lines',
          title: 'Slippage, how it is spread',
          description: 'Half and 95 of 100 fills were at most this much worse.',
          unit: 'percentunit',
          queries: [
            {
              expr: `histogram_quantile(0.5, sum by (le) (rate(trading_fill_slippage_ratio_bucket{${BOT}}[$__rate_interval])))`,
              legend: 'half',
            },
            {
              expr: `histogram_quantile(0.95, sum by (le) (rate(trading_fill_slippage_ratio_bucket{${BOT}}[$__rate_interval])))`,
              legend: '95 of 100',
            },
          ],
        },
      ],
    },
    {
      title: 'Latency',
      panels: [
        {
          kind: 'lines',
          title: 'Order sent to answer of the venue',
          description: 'The way to the venue and back.',
          unit: 's',
          queries: [
            {
              expr: `histogram_quantile(0.5, sum by (le) (rate(trading_order_ack_seconds_bucket{${BOT}}[$__rate_interval])))`,
              legend: 'half',
            },
            {
              expr: `histogram_quantile(0.99, sum by (le) (rate(trading_order_ack_seconds_bucket{${BOT}}[$__rate_interval])))`,
              legend: '99 of 100',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Decision to answer of the venue',
          description: 'The original metric, in milliseconds: our own time and the way to the venue.',
          unit: 'ms',
          queries: [
            {
              expr: `histogram_quantile(0.5, sum by (le) (rate(execution_latency_ms_bucket{${BOT}}[$__rate_interval])))`,
              legend: 'half',
            },
            {
              expr: `histogram_quantile(0.99, sum by (le) (rate(execution_latency_ms_bucket{${BOT}}[$__rate_interval])))`,
              legend: '99 of 100',
            },
          ],
        },
      ],
    },
    {
      title: 'The venue',
      panels: [
        {
          kind: 'lines',
          title: 'Requests by outcome',
          description: 'Calls a second: OK, or the code of the error.',
          unit: 'ops',
          queries: [
            {
              expr: `sum by (outcome) (rate(trading_venue_requests_total{${BOT}}[$__rate_interval])) > 0`,
              legend: '{{outcome}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Requests by endpoint',
          description: 'Calls a second, by endpoint.',
          unit: 'ops',
          queries: [
            {
              expr: `sum by (endpoint) (rate(trading_venue_requests_total{${BOT}}[$__rate_interval])) > 0`,
              legend: '{{endpoint}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Clock of the venue minus ours',
          description: 'Requests are refused when it grows beyond seconds.',
          unit: 's',
          queries: [
            {
              expr: `max by (component) (trading_venue_clock_offset_seconds{${BOT}})`,
              legend: '{{component}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Backlog, refused subscriptions, feed events',
          description:
            'Updates that wait for a listener, channels the venue refused, and what the client told of its feed.',
          unit: 'none',
          queries: [
            { expr: `max by (component) (trading_venue_backlog{${BOT}})`, legend: 'backlog, {{component}}' },
            {
              expr: `sum(increase(trading_venue_refused_subscriptions_total{${BOT}}[$__rate_interval]))`,
              legend: 'refused subscriptions',
            },
            {
              expr: `sum by (status) (increase(trading_venue_feed_events_total{${BOT}}[$__rate_interval]))`,
              legend: 'feed {{status}}',
            },
          ],
        },
      ],
    },
  ],
};
