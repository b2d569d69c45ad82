import type { Position } from '../../domain/account/account.ts';
import type { Marks } from '../../domain/account/equity.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import { type Money, notional } from '../../domain/money/amounts.ts';
import { toNumber } from '../../domain/money/decimal.ts';
import type { Counter, Gauge, Metrics } from '../../ports/metrics.ts';

/** What the risk manager counts; the names without a prefix are the original system's. */
export interface RiskMetrics {
  readonly validated: Counter<'symbol'>;
  readonly rejected: Counter<'reason'>;
  readonly breakers: Counter;
  readonly exposure: Gauge<'symbol'>;
  readonly equity: Gauge;
}

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
