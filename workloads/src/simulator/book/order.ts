import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Money, Price, Quantity, Ratio } from '../../domain/money/amounts.ts';
import type { Decimal } from '../../domain/money/decimal.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { Side } from '../market/print.ts';
import type { OrderType } from '../market/symbol-rules.ts';

export type OrderStatus = 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'PARTIALLY_CANCELED';

/** What somebody wants, read and checked for form. */
export interface OrderRequest {
  readonly symbol: TradingSymbol;
  readonly side: Side;
  readonly type: OrderType;
  /** Absent for MARKET. */
  readonly price?: Price;
  /** Absent for a MARKET BUY that names what to spend. */
  readonly quantity?: Quantity;
  /** What a MARKET BUY spends, without the fee. */
  readonly budget?: Money;
  /** '' when the client gave none. */
  readonly clientId: string;
}

/** Who placed it: the account's own API client, or the same account by other means. */
export type Origin = 'api' | 'elsewhere';

/** How an order came, and what is done to it on purpose. */
export interface Placement {
  readonly account: string;
  readonly origin: Origin;
  /** Request time. */
  readonly now: Timestamp;
  /** Queries do not find the order before. */
  readonly visibleFrom: Timestamp;
  /** It gets at most this share of its quantity at once, however much is on offer. */
  readonly maxShareRatio?: Ratio;
}

/** An order as the venue knows it. Replaced, never changed. */
export interface VenueOrder extends OrderRequest {
  readonly id: string;
  readonly account: string;
  readonly origin: Origin;
  readonly status: OrderStatus;
  readonly executed: Quantity;
  /** Quote value of what was executed. */
  readonly executedAmount: Money;
  /** Still locked in the account for it, in `lockedAsset`. */
  readonly locked: Decimal;
  readonly lockedAsset: string;
  readonly time: Timestamp;
  readonly updateTime: Timestamp;
  /** Place in the line of arrivals. */
  readonly sequence: number;
  /** Not found by GET /order before this time. */
  readonly visibleFrom: Timestamp;
}

/** One execution of one order. */
export interface VenueFill {
  readonly id: string;
  readonly orderId: string;
  readonly account: string;
  readonly clientId: string;
  readonly symbol: TradingSymbol;
  readonly side: Side;
  readonly price: Price;
  readonly quantity: Quantity;
  readonly amount: Money;
  readonly fee: Decimal;
  readonly feeAsset: string;
  readonly isMaker: boolean;
  readonly isSelfTrade: boolean;
  readonly time: Timestamp;
}

export const isTerminal = (status: OrderStatus): boolean => status !== 'NEW' && status !== 'PARTIALLY_FILLED';

/** Types of which nothing may rest in the book. */
export const isImmediate = (type: OrderType): boolean =>
  type === 'MARKET' || type === 'IMMEDIATE_OR_CANCEL' || type === 'FILL_OR_KILL';
