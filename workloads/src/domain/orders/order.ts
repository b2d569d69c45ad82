/**
 * Orders and fills. Glossary:
 * *intent* — what risk approved and execution must carry out; *order* — the intent and what became of it;
 * *working* — accepted by the venue and not terminal; *terminal* — nothing more can happen, by venue evidence;
 * *collar* — the worst price an order may trade at (its limit price).
 */
import type { Money, Price, Quantity } from '../money/amounts.ts';
import type { TradingSymbol } from '../market/candle.ts';
import type { Timestamp } from '../time.ts';

export type Side = 'BUY' | 'SELL';
export type OrderType = 'LIMIT_IOC' | 'LIMIT' | 'MARKET';
/** ENTRY opens; EXIT is decided by risk (stop, target, time); FLATTEN is a person's command. The last two reduce risk. */
export type OrderPurpose = 'ENTRY' | 'EXIT' | 'FLATTEN';
export type ExitReason =
  'STOP_LOSS' | 'TAKE_PROFIT' | 'STRATEGY_EXIT' | 'MAX_HOLDING' | 'FLATTEN' | 'BREAKER';

export type OrderState =
  | 'NEW'
  | 'APPROVED'
  | 'SUBMITTING'
  | 'WORKING'
  | 'PARTIALLY_FILLED'
  | 'CANCEL_PENDING'
  | 'UNKNOWN'
  | 'FILLED'
  | 'CANCELED'
  | 'PARTIALLY_CANCELED'
  | 'REJECTED'
  | 'EXPIRED';

export interface OrderIntent {
  /** Our deterministic client order id: at most 32 of [A-Za-z0-9_-] (trading-rules: orders). */
  readonly orderId: string;
  readonly account: string;
  readonly symbol: TradingSymbol;
  readonly side: Side;
  readonly purpose: OrderPurpose;
  readonly type: OrderType;
  readonly quantity: Quantity;
  /** The collar. Absent for MARKET only. */
  readonly limitPrice?: Price;
  /** The price the decision saw. */
  readonly referencePrice: Price;
  readonly verdictId: string;
  /** The signal of an entry. */
  readonly signalId?: string;
  readonly exitReason?: ExitReason;
  /** How often an exit of this position was tried before; widens the collar. 0 for the first try and for entries. */
  readonly attempt: number;
  /** Event time of the decision. */
  readonly decidedTime: Timestamp;
  /** Entries only: not sent at or after this time. */
  readonly validUntil?: Timestamp;
}

export interface Order extends OrderIntent {
  readonly state: OrderState;
  readonly filledQuantity: Quantity;
  /** Σ fill price × fill quantity. */
  readonly filledNotional: Money;
  readonly venueOrderId?: string;
  /** Enumerated reason of a state that needs one: `EXPIRED_STALE`, `NO_LIQUIDITY`, a venue's code, … */
  readonly reason?: string;
  readonly updatedTime: Timestamp;
}

export type Liquidity = 'TAKER' | 'MAKER';

export interface Fee {
  readonly asset: string;
  readonly amount: Quantity;
  /** In the bot's quote asset, valued at the fill. */
  readonly quoteValue: Money;
}

export interface Fill {
  /** The venue's trade id: unique within an account. */
  readonly tradeId: string;
  readonly orderId: string;
  readonly symbol: TradingSymbol;
  readonly side: Side;
  readonly price: Price;
  readonly quantity: Quantity;
  readonly fee: Fee;
  readonly liquidity: Liquidity;
  readonly time: Timestamp;
}
