import type { Position } from '../../domain/account/account.ts';
import type { Marks } from '../../domain/account/equity.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import { type Money, notional } from '../../domain/money/amounts.ts';
import { toNumber } from '../../domain/money/decimal.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import { type CauseName, CAUSES } from '../../domain/risk/causes.ts';
import { RISK_CODES } from '../../domain/risk/codes.ts';
import { EXIT_BLOCKS } from '../../domain/risk/exits.ts';
import type { Counter, Gauge, Histogram, Metrics } from '../../ports/metrics.ts';

/** What the risk manager counts; the names without a prefix are the original system's. */
export interface RiskMetrics {
  readonly validated: Counter<'symbol'>;
  readonly rejected: Counter<'reason'>;
  readonly breakers: Counter;
  readonly exposure: Gauge<'symbol'>;
  readonly equity: Gauge;
  readonly trips: Counter<'reason'>;
  readonly breakerOpen: Gauge<'reason'>;
  readonly causes: Gauge<'cause'>;
  readonly state: Gauge<'state'>;
  readonly drawdown: Gauge;
  readonly exposureRatio: Gauge;
  readonly limits: Gauge<'limit'>;
  readonly staleThreshold: Gauge;
  readonly positions: Gauge;
  readonly unprotected: Gauge;
  readonly exitsBlocked: Counter<'reason'>;
  readonly verdictLatency: Histogram;
  readonly lastEvent: Gauge;
}

/** Breakers, by the code in their source `breaker:<code>`; the last one is latched by execution. */
export const BREAKERS = ['daily-drawdown', 'entries-per-day', 'foreign-writer'] as const;

/** Every state, each once: the compiler sees to it that none is missing. */
const STATES: Readonly<Record<BotState, true>> = {
  Running: true,
  ReduceOnly: true,
  Halted: true,
  Stopped: true,
};
export const SHOWN_STATES = Object.keys(STATES) as readonly BotState[];
export const SHOWN_CAUSES: readonly CauseName[] = CAUSES;

/** Denials only: what was allowed is no reason. */
const DENIALS = RISK_CODES.map(({ code }) => code).filter((code) => code !== 'OK' && code !== 'TRIMMED');

export const makeRiskMetrics = (metrics: Metrics): RiskMetrics => ({
  validated: metrics.counter({
    name: 'orders_validated_total',
    help: 'Orders approved, by symbol (of the universe).',
    labels: ['symbol'],
  }),
  rejected: metrics.counter({
    name: 'orders_rejected_total',
    help: 'Intents denied, by reason (registry of risk codes).',
    labels: ['reason'],
    known: DENIALS.map((reason) => ({ reason })),
  }),
  // No `_total`: the name is the original system's.
  breakers: metrics.counter({ name: 'circuit_breaker_triggers', help: 'Breakers latched.', labels: [] }),
  exposure: metrics.gauge({
    name: 'exposure_current',
    help: 'Quote units held at the latest price, by symbol (of the universe).',
    labels: ['symbol'],
  }),
  equity: metrics.gauge({
    name: 'trading_equity',
    help: 'Equity in quote units at the latest prices.',
    labels: [],
  }),
  trips: metrics.counter({
    name: 'trading_circuit_breaker_trips_total',
    help: 'Breakers latched by risk, by reason (daily-drawdown, entries-per-day).',
    labels: ['reason'],
    known: ['daily-drawdown', 'entries-per-day'].map((reason) => ({ reason })),
  }),
  breakerOpen: metrics.gauge({
    name: 'trading_circuit_breaker_open',
    help: 'Whether a breaker is latched: 1 or 0, by reason (daily-drawdown, entries-per-day, foreign-writer).',
    labels: ['reason'],
    known: BREAKERS.map((reason) => ({ reason })),
  }),
  causes: metrics.gauge({
    name: 'trading_recoverable_cause_active',
    help: 'Whether a cause that passes by itself makes the bot ReduceOnly: 1 or 0, by cause (feed, spread, not-reconciled).',
    labels: ['cause'],
    known: SHOWN_CAUSES.map((cause) => ({ cause })),
  }),
  state: metrics.gauge({
    name: 'trading_bot_state',
    help: 'The state in force: 1 for it and 0 for the others, by state (Running, ReduceOnly, Halted, Stopped).',
    labels: ['state'],
    known: SHOWN_STATES.map((state) => ({ state })),
  }),
  drawdown: metrics.gauge({
    name: 'trading_drawdown_ratio',
    help: 'What the UTC day has lost of its highest equity, 0 to 1. Absent while the equity is not known.',
    labels: [],
  }),
  exposureRatio: metrics.gauge({
    name: 'trading_exposure_ratio',
    help: 'What is held, at the latest prices, as a fraction of the smaller of capital and equity.',
    labels: [],
  }),
  limits: metrics.gauge({
    name: 'trading_risk_limit_ratio',
    help: 'Limits in force, 0 to 1, by limit (drawdown, exposure, position, slippage).',
    labels: ['limit'],
  }),
  staleThreshold: metrics.gauge({
    name: 'trading_feed_stale_threshold_seconds',
    help: 'How old market data may be before entries are denied (maxDataAge and one interval).',
    labels: [],
  }),
  positions: metrics.gauge({ name: 'trading_open_positions', help: 'Symbols held.', labels: [] }),
  unprotected: metrics.gauge({
    name: 'trading_positions_unprotected',
    help: 'Whether positions are open and the state lets no exit out: 1 or 0.',
    labels: [],
  }),
  exitsBlocked: metrics.counter({
    name: 'trading_exits_blocked_total',
    help: 'Exits that could not be ordered, by reason (locked, collar-exhausted).',
    labels: ['reason'],
    known: Object.keys(EXIT_BLOCKS).map((reason) => ({ reason })),
  }),
  verdictLatency: metrics.histogram({
    name: 'trading_verdict_latency_seconds',
    help: 'Seconds from the making of a signal event to its durable verdict.',
    labels: [],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
  }),
  lastEvent: metrics.gauge({
    name: 'trading_risk_last_event_timestamp_seconds',
    help: 'Event time of the newest market event risk has handled, in seconds since 1970.',
    labels: [],
  }),
});

/** Sets the gauges to what is held now; a symbol that is held no more goes to 0. Returns the symbols held. */
export function showFigures(
  metrics: RiskMetrics,
  figures: {
    readonly equity: Money | undefined;
    readonly positions: ReadonlyMap<TradingSymbol, Position>;
    readonly marks: Marks;
  },
  heldBefore: Iterable<TradingSymbol>,
): readonly TradingSymbol[] {
  const { equity, positions, marks } = figures;
  if (equity !== undefined) metrics.equity.set(toNumber(equity), {});
  for (const symbol of heldBefore) metrics.exposure.set(0, { symbol });
  for (const { symbol, quantity } of positions.values()) {
    const mark = marks.get(symbol);
    if (mark !== undefined) metrics.exposure.set(toNumber(notional(mark, quantity)), { symbol });
  }
  return [...positions.keys()];
}
