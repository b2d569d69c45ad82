import type { Candle } from '../../domain/market/candle.ts';
import type { Price, Quantity } from '../../domain/money/amounts.ts';
import type { Fee, Liquidity, Order } from '../../domain/orders/order.ts';

/** Why the model does not fill an order at a price. */
export type NoFillReason =
  /** The price with slippage is beyond the order's limit. */
  | 'COLLAR'
  /** What the modelled book gives in this candle is used up, or less than a lot. */
  | 'NO_LIQUIDITY'
  /** Volatility or depth are not known yet: fail closed. */
  | 'MODEL_WARMUP';

export type FillDecision =
  | {
      readonly kind: 'fill';
      readonly price: Price;
      readonly quantity: Quantity;
      readonly fee: Fee;
      readonly liquidity: Liquidity;
    }
  | { readonly kind: 'none'; readonly reason: NoFillReason };

/**
 * How one symbol's market is modelled: its statistics and what an order gets at a price.
 * In the contract: deterministic; candles come in order of their open times and are seen once.
 */
export interface FillMarket {
  /** A closed candle: volatility and depth. */
  observe(candle: Candle): void;
  /** What `quantity` of the order gets at a market price. `taken` is what our orders took of this candle's depth before. */
  decide(order: Order, at: { readonly price: Price; readonly quantity: Quantity; readonly taken: Quantity }): FillDecision;
}
