import { BOT, type Board } from './board.ts';

const STATES = { text: 'yes', isBad: true };

/** One look: does it trade, how much is at stake, does anything need a person. */
export const overview: Board = {
  uid: 'claire-overview',
  title: 'Claire / Overview',
  description: 'One bot at a glance: its state, its money, its objectives, and what needs a person.',
  scope: 'bot',
  rows: [
    {
      title: 'State',
      panels: [
        {
          kind: 'value',
          title: 'State in force',
          description: 'Running, ReduceOnly (only exits), Halted (nothing goes out) or Stopped.',
          unit: 'none',
          queries: [{ expr: `max by (state) (trading_bot_state{${BOT}} == 1)`, legend: '{{state}}' }],
          words: { 1: { text: 'in force', isBad: false } },
        },
        {
          kind: 'value',
          title: 'Breakers latched',
          description: 'Each stays until a person resets it: claire control resume.',
          unit: 'none',
          badFrom: 1,
          queries: [{ expr: `sum(max by (reason) (trading_circuit_breaker_open{${BOT}}))`, legend: 'open' }],
        },
        {
          kind: 'value',
          title: 'Positions unprotected',
          description: 'Positions are open and the state lets no exit out.',
          unit: 'none',
          words: { 0: { text: 'no', isBad: false }, 1: STATES },
          queries: [{ expr: `max(trading_positions_unprotected{${BOT}})`, legend: 'unprotected' }],
        },
        {
          kind: 'value',
          title: 'Services ready',
          description: 'Of the five services of the bot, how many say that they are ready.',
          unit: 'none',
          queries: [{ expr: `sum(max by (component) (trading_process_ready{${BOT}}))`, legend: 'ready' }],
        },
        {
          kind: 'value',
          title: 'Books agree with the venue',
          description:
            'Whether ledger and venue agree on every order and balance. Entries are refused at no.',
          unit: 'none',
          words: { 0: { text: 'no', isBad: true }, 1: { text: 'yes', isBad: false } },
          queries: [{ expr: `min(trading_reconciled{${BOT}})`, legend: 'reconciled' }],
        },
        {
          kind: 'value',
          title: 'Newest market data',
          description: 'Age of the newest market event of any symbol.',
          unit: 's',
          warnFrom: 60,
          badFrom: 120,
          queries: [
            {
              expr: `time() - max(trading_feed_last_message_timestamp_seconds{${BOT}})`,
              legend: 'age',
            },
          ],
        },
      ],
    },
    {
      title: 'People',
      panels: [
        {
          kind: 'lines',
          title: 'Alerts by what became of them',
          description:
            'Alerts of the bot in the last interval: sent in full or as a number, below the level wanted, repeated, or given up on.',
          unit: 'none',
          queries: [
            {
              expr: `sum by (outcome) (increase(trading_notifier_alerts_total{${BOT}}[$__rate_interval]))`,
              legend: '{{outcome}}',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'Messages to the receiver',
          description:
            'Attempts in the last interval, by outcome. A failed one is repeated until it is taken.',
          unit: 'none',
          queries: [
            {
              expr: `sum by (outcome) (increase(trading_notifier_messages_total{${BOT}}[$__rate_interval]))`,
              legend: '{{outcome}}',
            },
          ],
        },
        {
          kind: 'value',
          title: 'Last message taken',
          description: 'When the receiver of alerts last took a message; 1970 when it never did.',
          unit: 'dateTimeAsIso',
          queries: [
            {
              expr: `1000 * max(trading_notifier_last_success_timestamp_seconds{${BOT}})`,
              legend: 'taken',
            },
          ],
        },
      ],
    },
    {
      title: 'Money',
      panels: [
        {
          kind: 'lines',
          title: 'Equity',
          description: 'Cash and positions at the latest prices, in quote units.',
          unit: 'short',
          queries: [{ expr: `max(trading_equity{${BOT}})`, legend: 'equity' }],
        },
        {
          kind: 'lines',
          title: 'Drawdown of the day against its limit',
          description: 'What the UTC day has lost of its highest equity. The breaker latches at the limit.',
          unit: 'percentunit',
          queries: [
            { expr: `max(trading_drawdown_ratio{${BOT}})`, legend: 'drawdown' },
            { expr: `max(trading_risk_limit_ratio{${BOT}, limit="drawdown"})`, legend: 'limit' },
          ],
        },
        {
          kind: 'lines',
          title: 'Exposure against its limit',
          description: 'What is held, as a fraction of the smaller of capital and equity.',
          unit: 'percentunit',
          queries: [
            { expr: `max(trading_exposure_ratio{${BOT}})`, legend: 'exposure' },
            { expr: `max(trading_risk_limit_ratio{${BOT}, limit="exposure"})`, legend: 'limit' },
          ],
        },
        {
          kind: 'lines',
          title: 'Open positions',
          description: 'Symbols held.',
          unit: 'none',
          queries: [{ expr: `max(trading_open_positions{${BOT}})`, legend: 'positions' }],
        },
      ],
    },
    {
      title: 'Objectives',
      panels: [
        {
          kind: 'lines',
          title: 'Decisions slower than 50 ms',
          description:
            'Share of decisions on live candles that took more than 50 ms from the event on. The objective allows 1 %.',
          unit: 'percentunit',
          queries: [
            {
              expr: `1 - sum(rate(trading_pipeline_latency_seconds_bucket{${BOT}, le="0.05"}[$__rate_interval])) / sum(rate(trading_pipeline_latency_seconds_count{${BOT}}[$__rate_interval]))`,
              legend: 'slow',
            },
          ],
        },
        {
          kind: 'lines',
          title: 'From signal to trade',
          description: 'How many signals, approvals, refusals and fills a minute.',
          unit: 'none',
          queries: [
            { expr: `60 * sum(rate(signals_generated_total{${BOT}}[$__rate_interval]))`, legend: 'signals' },
            { expr: `60 * sum(rate(orders_validated_total{${BOT}}[$__rate_interval]))`, legend: 'approved' },
            { expr: `60 * sum(rate(orders_rejected_total{${BOT}}[$__rate_interval]))`, legend: 'denied' },
            { expr: `60 * sum(rate(trades_executed_total{${BOT}}[$__rate_interval]))`, legend: 'fills' },
          ],
        },
      ],
    },
  ],
};
