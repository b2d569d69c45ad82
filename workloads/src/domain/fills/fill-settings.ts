import type { Ratio } from '../money/amounts.ts';
import type { Decimal } from '../money/decimal.ts';

/** How paper trading models the market (trading-rules: paper fills). */
export interface FillSettings {
  /** Share of the median candle volume taken as the depth of the book. */
  readonly depthShareRatio: Ratio;
  /** Half of the modelled spread, at least one tick. */
  readonly halfSpreadRatio: Ratio;
  /** Used where the instrument names no fee. */
  readonly takerFeeRatio: Ratio;
  readonly makerFeeRatio: Ratio;
  /** Basis points that a taker pays besides what the model says: how a back-test asks what more slippage would cost. */
  readonly extraSlippageBps?: Decimal;
}
