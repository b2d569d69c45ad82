import type { Candle, TradingSymbol } from '../domain/market/candle.ts';
import type { Instrument } from '../domain/market/instrument.ts';
import type { Money, Price, Quantity } from '../domain/money/amounts.ts';
import type { Fill, OrderIntent } from '../domain/orders/order.ts';
import type { Duration, Timestamp } from '../domain/time.ts';
import type { CandleOrigin } from '../events/event.ts';

/** How a venue knows an input: `absent` denies entries on a live venue (fail closed). */
export type InputQuality = 'measured' | 'modelled' | 'absent';

export interface VenueInputs {
  readonly candles: InputQuality;
  readonly spread: InputQuality;
  readonly depth: InputQuality;
  readonly clockOffset: InputQuality;
  readonly balances: InputQuality;
}

/**
 * A trading venue. In the contract: `marketData` works without credentials; `orders` is absent where the venue cannot
 * or must not take orders (then nothing in the object graph can). `close` is idempotent.
 */
export interface Venue {
  /** `replay`, `simulator` or `mexc`. */
  readonly name: string;
  readonly inputs: VenueInputs;
  readonly marketData: MarketData;
  readonly orders?: OrderGateway;
  close(): Promise<void>;
}

export type MarketUpdate =
  | { readonly kind: 'candle'; readonly candle: Candle; readonly origin: CandleOrigin }
  | {
      readonly kind: 'tick';
      readonly symbol: TradingSymbol;
      readonly price: Price;
      readonly quantity?: Quantity;
      readonly bid?: Price;
      readonly ask?: Price;
      readonly time: Timestamp;
    }
  | {
      readonly kind: 'feed';
      readonly symbol: TradingSymbol;
      readonly status: 'GAP' | 'STALE' | 'RECOVERED';
      readonly detail: string;
      readonly time: Timestamp;
    };

/** The last price of one of all symbols. */
export interface VenueTicker {
  readonly symbol: TradingSymbol;
  readonly price: Price;
  /** Turnover of the last 24 hours in the quote asset. */
  readonly quoteVolume: Money;
  readonly time: Timestamp;
}

export interface MarketSubscription {
  stop(): Promise<void>;
  /**
   * Carry these symbols from now on; of those that stay nothing is lost. Absent where the symbols are what they are (a
   * replay).
   */
  change?(symbols: readonly TradingSymbol[]): void;
}

/**
 * In the contract: updates of one symbol arrive in event-time order, each closed candle exactly once as `live` (a
 * correction is a `correction`, never a late `live`); the listener's promise is awaited before the next update of that
 * symbol. `history` returns closed candles, oldest first, without the open one.
 */
export interface MarketData {
  instruments(symbols: readonly TradingSymbol[]): Promise<ReadonlyMap<TradingSymbol, Instrument>>;
  history(symbol: TradingSymbol, interval: Duration, count: number): Promise<readonly Candle[]>;
  subscribe(
    request: { readonly symbols: readonly TradingSymbol[]; readonly interval: Duration },
    listener: (update: MarketUpdate) => Promise<void>,
  ): Promise<MarketSubscription>;
  /**
   * The symbols of the whole venue as their prices move; conflated to the latest of each while the listener is busy.
   * Absent where the venue has no such channel.
   */
  watchTickers?(listener: (tickers: readonly VenueTicker[]) => Promise<void>): { stop(): Promise<void> };
}

/** What became of an attempt to place an order. `unknown` is a state, never a guess: it may or may not be at the venue. */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly venueOrderId: string }
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string };

export type CancelOutcome =
  | { readonly kind: 'accepted' }
  /** The venue says there is nothing to cancel: look the order up. */
  | { readonly kind: 'not-working' }
  | { readonly kind: 'unknown'; readonly message: string };

export type VenueOrderStatus =
  'WORKING' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'PARTIALLY_CANCELED' | 'REJECTED';

/** An order as the venue reports it. */
export interface VenueOrder {
  readonly orderId: string;
  readonly venueOrderId: string;
  readonly symbol: TradingSymbol;
  readonly status: VenueOrderStatus;
  readonly filledQuantity: Quantity;
  readonly reason?: string;
  readonly time: Timestamp;
}

/** What the venue pushes about our orders. Both may be repeated or out of order: fills are deduplicated by trade id. */
export type ExecutionReport =
  { readonly kind: 'order'; readonly order: VenueOrder } | { readonly kind: 'fill'; readonly fill: Fill };

export interface Balance {
  readonly asset: string;
  readonly free: Quantity;
  readonly locked: Quantity;
}

/** What names an order at the venue. */
export interface OrderRef {
  readonly orderId: string;
  readonly symbol: TradingSymbol;
}

/**
 * Taking orders. In the contract: `submit` never throws for what the venue or network did, it returns `unknown` when
 * the outcome is not proved; a repeated `submit` of the same order id may or may not be refused by the venue, so callers
 * never resend blindly; `order` returns undefined when the venue does not know the id (yet). Reads throw when they get
 * no answer: no answer is never an empty one. An order of somebody else has the id it was given there, or ''.
 */
export interface OrderGateway {
  submit(order: OrderIntent): Promise<SubmitOutcome>;
  cancel(order: OrderRef): Promise<CancelOutcome>;
  /** Cancels every working order of the symbol with one request, also orders that are not ours: the caller looks first. */
  cancelSymbol(symbol: TradingSymbol): Promise<CancelOutcome>;
  order(order: OrderRef): Promise<VenueOrder | undefined>;
  /** Working orders; of the whole account when no symbol is named (somebody else's are found only so). */
  openOrders(symbols: readonly TradingSymbol[]): Promise<readonly VenueOrder[]>;
  /** Orders of the symbol placed at or after `since`, working or over; as far back as the venue tells. */
  recentOrders(symbol: TradingSymbol, since: Timestamp): Promise<readonly VenueOrder[]>;
  fills(order: OrderRef): Promise<readonly Fill[]>;
  balances(): Promise<readonly Balance[]>;
  /** Reports are delivered one at a time; the listener's promise is awaited. */
  onReport(listener: (report: ExecutionReport) => Promise<void>): void;
  /** Reports may have been missed until now: reconcile. Never called by a gateway that misses none. */
  onGap(listener: () => Promise<void>): void;
}
