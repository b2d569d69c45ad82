import type { Candle } from '../../domain/market/candle.ts';
import type { Money, Price, Quantity } from '../../domain/money/amounts.ts';
import type { Fee, Liquidity, OrderIntent } from '../../domain/orders/order.ts';

/** Why the model does not fill an order at a price. */
export type NoFillReason =
  /** The price with slippage is beyond the order's limit. */
  | 'COLLAR'
  /** What the modelled book gives in this candle is used up, or less than a lot. */
  | 'NO_LIQUIDITY'
  /** Volatility or depth are not known yet: fail closed. */
  | 'MODEL_WARMUP';

/** An order meeting a price of the market. */
export interface FillRequest {
  readonly order: OrderIntent;
  /** What is left of the order. */
  readonly quantity: Quantity;
  /** The market's price: the next candle's open, or the tick. */
  readonly price: Price;
  /** What our orders took of this candle's depth before. */
  readonly takenNotional: Money;
}

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
 * In the contract: deterministic; candles come in order of their open times.
 */
export interface FillMarket {
  /** A closed candle: volatility and depth. One that is not newer than the last is ignored. */
  observe(candle: Candle): void;
  decide(request: FillRequest): FillDecision;
}
