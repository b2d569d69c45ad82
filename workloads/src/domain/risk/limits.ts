import type { Money, Quantity, Ratio } from '../money/amounts.ts';
import type { Duration } from '../time.ts';

/** What a drawdown breach latches. */
export type BreakerAction = 'ReduceOnly' | 'Halt' | 'Flatten';

/** Every limit the risk manager holds an intent against: one field a check, all resolved, none optional by omission. */
export interface RiskLimits {
  /** What the bot may work with, in the quote asset. */
  readonly capital: Money;
  readonly maxDailyDrawdownRatio: Ratio;
  readonly onBreaker: BreakerAction;
  /** Of min(capital, equity), over all symbols, with working orders and the order judged. */
  readonly maxExposureRatio: Ratio;
  /** Of min(capital, equity), per symbol: sizes entries and trims them. */
  readonly maxPositionRatio: Ratio;
  readonly maxOpenPositions: number;
  /** Price collar of one order against the reference price. */
  readonly maxSlippageRatio: Ratio;
  /** Price collar over a window: how far the reference may have moved within `priceWindow`. */
  readonly maxPriceMoveRatio: Ratio;
  readonly priceWindow: Duration;
  /** Current spread against the symbol's 24 h average, as a whole multiple. */
  readonly maxSpreadMultiple: number;
  /** Latest absolute one-candle return against σ of one-candle returns (24 h), as a whole multiple. */
  readonly maxVolatilityMultiple: number;
  readonly maxDataAge: Duration;
  readonly maxClockSkew: Duration;
  readonly maxOrderNotional: Money;
  /** Absent: no quantity limit besides the notional one. */
  readonly maxOrderQuantity?: Quantity;
  /** New and cancel together. */
  readonly maxOrdersPerSecond: number;
  readonly maxOrdersPerMinute: number;
  /** Orders per fill over the UTC day, from 20 orders on. */
  readonly maxOrderToTradeRatio: number;
  /** Entries of a strategy in one UTC day; one more latches the strategy (RTS 6 art. 15(3)). */
  readonly maxEntriesPerDay: number;
  readonly maxTradesPerHour: number;
  readonly maxConsecutiveLosses: number;
  /** How long entries wait after `maxConsecutiveLosses` losses in a row. */
  readonly lossCooldown: Duration;
  /** How long the same intent (symbol, side, quantity) counts as a duplicate. */
  readonly duplicateWindow: Duration;
}

/** The rule of automatic exits (trading-rules: exits). */
export interface ExitSettings {
  readonly stopLossRatio: Ratio;
  /** Absent: no such exit. */
  readonly takeProfitRatio?: Ratio;
  /** Absent: no such exit. */
  readonly maxHolding?: Duration;
}
