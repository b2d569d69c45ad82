/**
 * What travels on the streams, as domain types. The wire form (JSON, money as strings) and its validation are in
 * `codec.ts`. Events are immutable. `eventTime` — when it happened; `createdTime` — when we made the object; `cause` —
 * the event id this one follows from, so that tick → signal → verdict → order → fill can be walked.
 */
import type { Position } from '../domain/account/account.ts';
import type { Candle, TradingSymbol } from '../domain/market/candle.ts';
import type { Price, Quantity } from '../domain/money/amounts.ts';
import type { Fill, OrderIntent, OrderPurpose, OrderState, ExitReason } from '../domain/orders/order.ts';
import type { BotState } from '../domain/risk/bot-state.ts';
import type { Signal } from '../domain/strategy/signal.ts';
import type { Timestamp } from '../domain/time.ts';

export const SCHEMA_VERSION = 1;

interface Envelope<Type extends string> {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  readonly type: Type;
  readonly eventId: string;
  readonly eventTime: Timestamp;
  readonly createdTime: Timestamp;
  readonly bot: string;
  /** Event id of the cause; absent for what comes from outside. */
  readonly cause?: string;
}

/** `live` may be decided upon; `backfill` (warm-up, gap fill) and `correction` update state and open nothing. */
export type CandleOrigin = 'live' | 'backfill' | 'correction';

export interface CandleEvent extends Envelope<'candle'> {
  readonly candle: Candle;
  readonly origin: CandleOrigin;
}

export interface TickEvent extends Envelope<'tick'> {
  readonly symbol: TradingSymbol;
  readonly price: Price;
  readonly quantity?: Quantity;
  readonly bid?: Price;
  readonly ask?: Price;
}

export interface FeedEvent extends Envelope<'feed'> {
  readonly symbol: TradingSymbol;
  readonly status: 'GAP' | 'STALE' | 'RECOVERED';
  readonly detail: string;
}

export interface SignalEvent extends Envelope<'signal'> {
  readonly signal: Signal;
}

export interface OrderEvent extends Envelope<'order'> {
  readonly order: OrderIntent;
}

/** The effective state of the bot changed: a hint to look the demands up in the ledger. */
export interface BotStateEvent extends Envelope<'bot_state'> {
  readonly state: BotState;
  readonly reason: string;
}

/** An order changed its state. */
export interface OrderStateEvent extends Envelope<'order_state'> {
  readonly orderId: string;
  readonly symbol: TradingSymbol;
  readonly purpose: OrderPurpose;
  readonly state: OrderState;
  readonly filledQuantity: Quantity;
  readonly reason?: string;
}

export interface FillEvent extends Envelope<'fill'> {
  readonly fill: Fill;
  readonly purpose: OrderPurpose;
  readonly exitReason?: ExitReason;
  /** The order's state after this fill. */
  readonly state: OrderState;
}

/** A position ended, flat or as dust: what its round trip is made of. */
export interface PositionClosedEvent extends Envelope<'position_closed'> {
  readonly position: Position;
  /** The order whose fill or end closed it. */
  readonly orderId: string;
  readonly exitReason?: ExitReason;
}

export type AlertLevel = 'INFO' | 'WARNING' | 'CRITICAL';

export interface AlertEvent extends Envelope<'alert'> {
  readonly level: AlertLevel;
  readonly code: string;
  readonly message: string;
  readonly context: Readonly<Record<string, string>>;
}

/** Which events a stream carries. The names are the original system's. */
export interface StreamEvents {
  market_data: CandleEvent | TickEvent | FeedEvent;
  signals: SignalEvent;
  orders: OrderEvent | BotStateEvent;
  order_results: OrderStateEvent | FillEvent | PositionClosedEvent;
  alerts: AlertEvent;
}

export type StreamName = keyof StreamEvents;
export type StreamEvent = StreamEvents[StreamName];
export const STREAM_NAMES = [
  'market_data',
  'signals',
  'orders',
  'order_results',
  'alerts',
] as const satisfies readonly StreamName[];
