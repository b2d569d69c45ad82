import { BOT, type Board } from './board.ts';

/** What is allowed, what was denied and why, and what became of the orders. */
export const riskAndOrders: Board = {
  uid: 'claire-risk-orders',
  title: 'Claire / Risk and orders',
  description: 'Limits, verdicts, breakers and the life of orders of one bot.',
  scope: 'bot',
  rows: [
    {
      title: 'Risk',
      panels: [
        {
          kind: 'value',
          title: 'Breakers tripped',
          description: 'Over the time shown.',
          unit: 'none',
          warnFrom: 1,
          queries: [
            { expr: `round(sum(increase(circuit_breaker_triggers{${BOT}}[$__range])))`, legend: 'trips' },
          ],
        },
        {
          kind: 'value',
          title: 'Unknown orders',
          description: 'Age of the oldest order whose fate is not known. Entries wait for it.',
          unit: 's',
          warnFrom: 10,
          badFrom: 30,
          queries: [
            {
              expr: `max((time() - (trading_order_unknown_since_timestamp_seconds{${BOT}} > 0)) or 0 * trading_order_unknown_since_timestamp_seconds{${BOT}})`,
              legend: 'age',
            },
          ],
        },
        {
          kind: 'value',
          title: 'Breaks open',
          description: 'Differences between ledger and venue that are not explained yet.',
          unit: 'none',
          badFrom: 1,
          queries: [
            {
              expr: `sum(max by (kind) (trading_reconciliation_breaks_open{${BOT}}))`,
              legend: 'breaks',
            },
          ],
        },
        {
          kind: 'value',
          title: 'Last agreement with the venue',
          description: 'How long ago ledger and venue were last compared and agreed.',
          unit: 's',
          warnFrom: 120,
          badFrom: 180,
          queries: [
            {
              expr: `time() - max(trading_reconciliation_last_success_timestamp_seconds{${BOT}} > 0)`,
              legend: 'age',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Verdicts',
          description: 'Approved and denied intents a minute.',
          unit: 'none',
          queries: [
            { expr: `60 * sum(rate(orders_validated_total{${BOT}}[$__rate_interval]))`, legend: 'approved' },
            { expr: `60 * sum(rate(orders_rejected_total{${BOT}}[$__rate_interval]))`, legend: 'denied' },
          ],
        },
        {
          kind: 'lines',
          title: 'Denials by code',
          description: 'Counts; docs/risk-codes.md says what each means.',
          unit: 'none',
          isStacked: true,
          queries: [
            {
              expr: `sum by (reason) (increase(orders_rejected_total{${BOT}}[$__rate_interval])) > 0`,
              legend: '{{reason}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Signal to durable verdict',
          description: 'From the making of a signal to its verdict in the ledger.',
          unit: 's',
          queries: [
            {
              expr: `histogram_quantile(0.5, sum by (le) (rate(trading_verdict_latency_seconds_bucket{${BOT}}[$__rate_interval])))`,
              legend: 'half',
            },
            {
              expr: `histogram_quantile(0.99, sum by (le) (rate(trading_verdict_latency_seconds_bucket{${BOT}}[$__rate_interval])))`,
              legend: '99 of 100',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Exposure by symbol',
          description: 'Held at the latest price, in quote units; the ten largest.',
          unit: 'short',
          isStacked: true,
          queries: [
            { expr: `topk(10, max by (symbol) (exposure_current{${BOT}}) > 0)`, legend: '{{symbol}}' },
          ],
        },
        {
          kind: 'lines',
          title: 'Breakers and causes',
          description: 'Breakers latched until a person resets them; causes that pass by themselves.',
          unit: 'none',
          queries: [
            {
              expr: `max by (reason) (trading_circuit_breaker_open{${BOT}})`,
              legend: 'breaker {{reason}}',
            },
            {
              expr: `max by (cause) (trading_recoverable_cause_active{${BOT}})`,
              legend: 'cause {{cause}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Limits in force',
          description: 'As fractions. A step is a change of settings: the journal says whose.',
          unit: 'percentunit',
          queries: [{ expr: `max by (limit) (trading_risk_limit_ratio{${BOT}})`, legend: '{{limit}}' }],
        },
        {
          kind: 'lines',
          title: 'Breaker trips by reason',
          description: 'Latched by risk itself.',
          unit: 'none',
          queries: [
            {
              expr: `sum by (reason) (increase(trading_circuit_breaker_trips_total{${BOT}}[$__rate_interval]))`,
              legend: '{{reason}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Orders',
      panels: [
        {
          kind: 'lines',
          title: 'Orders that are not over',
          description: 'How many are in each state of their life.',
          unit: 'none',
          isStacked: true,
          queries: [{ expr: `max by (state) (trading_orders_open{${BOT}})`, legend: '{{state}}' }],
        },
        {
          kind: 'lines',
          title: 'Submissions by outcome',
          description:
            'Sent to the venue, a minute. Unknown ones are looked up before anything else is sent.',
          unit: 'none',
          queries: [
            {
              expr: `60 * sum by (outcome) (rate(trading_order_submissions_total{${BOT}}[$__rate_interval]))`,
              legend: '{{outcome}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Comparisons with the venue',
          description: 'Comparisons a minute by outcome, and the differences open.',
          unit: 'none',
          queries: [
            {
              expr: `60 * sum by (outcome) (rate(trading_reconciliations_total{${BOT}}[$__rate_interval]))`,
              legend: '{{outcome}}',
            },
            {
              expr: `max by (kind) (trading_reconciliation_breaks_open{${BOT}})`,
              legend: 'open break {{kind}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Trades that failed',
          description: 'Orders that ended without a fill, by reason.',
          unit: 'none',
          queries: [
            {
              expr: `sum by (reason) (increase(trades_failed_total{${BOT}}[$__rate_interval]))`,
              legend: '{{reason}}',
            },
          ],
        },
      ],
    },
  ],
};
