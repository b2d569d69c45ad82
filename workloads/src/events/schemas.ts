/** The wire schema of every event. A field that is not named here is refused: senders and readers agree or say so. */
import { z } from 'zod';
import { SCHEMA_VERSION } from './event.ts';
import {
  durationOnWire,
  idOnWire,
  moneyOnWire,
  nameOnWire,
  optionalOnWire,
  priceOnWire,
  quantityOnWire,
  ratioOnWire,
  symbolOnWire,
  textOnWire,
  timeOnWire,
  tradedOnWire,
  volumeOnWire,
} from './wire.ts';

const sides = z.enum(['BUY', 'SELL']);
const purposes = z.enum(['ENTRY', 'EXIT', 'FLATTEN']);
export const exitReasons = z.enum([
  'STOP_LOSS',
  'TAKE_PROFIT',
  'STRATEGY_EXIT',
  'MAX_HOLDING',
  'FLATTEN',
  'BREAKER',
]);
const orderStates = z.enum([
  'NEW',
  'APPROVED',
  'SUBMITTING',
  'WORKING',
  'PARTIALLY_FILLED',
  'CANCEL_PENDING',
  'UNKNOWN',
  'FILLED',
  'CANCELED',
  'PARTIALLY_CANCELED',
  'REJECTED',
  'EXPIRED',
]);

const envelope = {
  schemaVersion: z.literal(SCHEMA_VERSION),
  eventId: idOnWire,
  eventTime: timeOnWire,
  createdTime: timeOnWire,
  bot: nameOnWire,
  cause: optionalOnWire(idOnWire),
};

const candle = z.strictObject({
  symbol: symbolOnWire,
  interval: durationOnWire,
  openTime: timeOnWire,
  open: priceOnWire,
  high: priceOnWire,
  low: priceOnWire,
  close: priceOnWire,
  volume: quantityOnWire,
  quoteVolume: volumeOnWire,
});

const signal = z.strictObject({
  signalId: idOnWire,
  strategy: nameOnWire,
  symbol: symbolOnWire,
  side: z.literal('BUY'),
  price: priceOnWire,
  changeRatio: ratioOnWire,
  quoteVolume: volumeOnWire,
  confidenceRatio: ratioOnWire,
  candleOpenTime: timeOnWire,
  decidedTime: timeOnWire,
});

const orderIntent = z.strictObject({
  orderId: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/),
  account: nameOnWire,
  symbol: symbolOnWire,
  side: sides,
  purpose: purposes,
  type: z.enum(['LIMIT_IOC', 'LIMIT', 'MARKET']),
  quantity: tradedOnWire,
  limitPrice: optionalOnWire(priceOnWire),
  referencePrice: priceOnWire,
  verdictId: idOnWire,
  signalId: optionalOnWire(idOnWire),
  exitReason: optionalOnWire(exitReasons),
  attempt: z.int().nonnegative(),
  decidedTime: timeOnWire,
  validUntil: optionalOnWire(timeOnWire),
});

const fill = z.strictObject({
  tradeId: idOnWire,
  orderId: idOnWire,
  symbol: symbolOnWire,
  side: sides,
  price: priceOnWire,
  quantity: tradedOnWire,
  fee: z.strictObject({ asset: nameOnWire, amount: quantityOnWire, quoteValue: moneyOnWire }),
  liquidity: z.enum(['TAKER', 'MAKER']),
  time: timeOnWire,
});

/** A position, as events and the journal carry it. */
export const positionOnWire = z.strictObject({
  symbol: symbolOnWire,
  quantity: quantityOnWire,
  totalCost: moneyOnWire,
  realizedPnl: moneyOnWire,
  fees: moneyOnWire,
  entryTime: timeOnWire,
  boughtQuantity: quantityOnWire,
  boughtNotional: moneyOnWire,
  soldQuantity: quantityOnWire,
  soldNotional: moneyOnWire,
});

const candleEvent = z.strictObject({
  ...envelope,
  type: z.literal('candle'),
  candle,
  origin: z.enum(['live', 'backfill', 'correction']),
});

const tickEvent = z.strictObject({
  ...envelope,
  type: z.literal('tick'),
  symbol: symbolOnWire,
  price: priceOnWire,
  quantity: optionalOnWire(quantityOnWire),
  bid: optionalOnWire(priceOnWire),
  ask: optionalOnWire(priceOnWire),
});

const feedEvent = z.strictObject({
  ...envelope,
  type: z.literal('feed'),
  symbol: symbolOnWire,
  status: z.enum(['GAP', 'STALE', 'RECOVERED']),
  detail: textOnWire,
});

const signalEvent = z.strictObject({ ...envelope, type: z.literal('signal'), signal });

const orderEvent = z.strictObject({ ...envelope, type: z.literal('order'), order: orderIntent });

const botStateEvent = z.strictObject({
  ...envelope,
  type: z.literal('bot_state'),
  state: z.enum(['Running', 'ReduceOnly', 'Halted', 'Stopped']),
  reason: textOnWire,
});

const orderStateEvent = z.strictObject({
  ...envelope,
  type: z.literal('order_state'),
  orderId: idOnWire,
  symbol: symbolOnWire,
  purpose: purposes,
  state: orderStates,
  filledQuantity: quantityOnWire,
  reason: optionalOnWire(textOnWire),
});

const fillEvent = z.strictObject({
  ...envelope,
  type: z.literal('fill'),
  fill,
  purpose: purposes,
  exitReason: optionalOnWire(exitReasons),
  state: orderStates,
});

const positionClosedEvent = z.strictObject({
  ...envelope,
  type: z.literal('position_closed'),
  position: positionOnWire,
  orderId: idOnWire,
  exitReason: optionalOnWire(exitReasons),
});

const alertEvent = z.strictObject({
  ...envelope,
  type: z.literal('alert'),
  level: z.enum(['INFO', 'WARNING', 'CRITICAL']),
  code: nameOnWire,
  message: textOnWire,
  context: z.record(z.string().max(128), textOnWire),
});

/** What each stream takes. */
export const STREAM_SCHEMAS = {
  market_data: z.discriminatedUnion('type', [candleEvent, tickEvent, feedEvent]),
  signals: signalEvent,
  orders: z.discriminatedUnion('type', [orderEvent, botStateEvent]),
  order_results: z.discriminatedUnion('type', [orderStateEvent, fillEvent, positionClosedEvent]),
  alerts: alertEvent,
};
