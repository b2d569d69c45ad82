/**
 * What open orders hold back (trading-rules: orders). A BUY reserves the worst it can cost, collar price × remaining
 * × (1 + fee), rounded up; a SELL reserves the base units it can still sell. An order holds its reservation in every
 * state that is not terminal, UNKNOWN included.
 */
import type { TradingSymbol } from '../market/candle.ts';
import {
  type Money,
  type Quantity,
  type Ratio,
  NO_MONEY,
  NO_QUANTITY,
  ONE_RATIO,
  asMoney,
  asRatio,
  notional,
  scaleBy,
} from '../money/amounts.ts';
import { add, isPositive, normalize, rescale } from '../money/decimal.ts';
import { isTerminal, remainingQuantity } from './order-machine.ts';
import type { Order, OrderIntent, Side } from './order.ts';

/** Places of a quote reservation; it is rounded up to them. */
export const RESERVATION_SCALE = 8;

export interface OrderReservation {
  readonly orderId: string;
  readonly symbol: TradingSymbol;
  readonly side: Side;
  /** BUY: quote units; SELL: 0. */
  readonly quote: Money;
  /** SELL: base units; BUY: 0. */
  readonly quantity: Quantity;
}

export interface ReservationTerms {
  /** The highest fee the order may be charged. */
  readonly feeRatio: Ratio;
  /** How far from the reference price a MARKET order is taken to trade. */
  readonly marketCollarRatio: Ratio;
}

/** Collar price × quantity × (1 + fee), rounded up at 8 places: the most a purchase may cost. */
export function purchaseCost(
  intent: Pick<OrderIntent, 'limitPrice' | 'referencePrice'>,
  quantity: Quantity,
  terms: ReservationTerms,
): Money {
  const atCollar =
    intent.limitPrice === undefined
      ? scaleBy(notional(intent.referencePrice, quantity), asRatio(ONE_RATIO + terms.marketCollarRatio))
      : notional(intent.limitPrice, quantity);
  const withFee = scaleBy(atCollar, asRatio(ONE_RATIO + terms.feeRatio));
  return asMoney(rescale(normalize(withFee), RESERVATION_SCALE, 'ceil'));
}

/** What the order holds back now; nothing once it is terminal. */
export function reservationOf(order: Order, terms: ReservationTerms): OrderReservation {
  const open = !isTerminal(order.state);
  const remaining = open ? remainingQuantity(order) : NO_QUANTITY;
  return {
    orderId: order.orderId,
    symbol: order.symbol,
    side: order.side,
    quote: order.side === 'BUY' && open ? purchaseCost(order, remaining, terms) : NO_MONEY,
    quantity: order.side === 'SELL' ? remaining : NO_QUANTITY,
  };
}

/** Sums over reservations: what the balance and exposure checks subtract. */
export interface ReservedTotals {
  /** Over all BUY orders: also the exposure they may become. */
  readonly quote: Money;
  /** Quote units per symbol with an open BUY order. */
  readonly buys: ReadonlyMap<TradingSymbol, Money>;
  /** Base units per symbol with an open SELL order. */
  readonly sells: ReadonlyMap<TradingSymbol, Quantity>;
}

export const NOTHING_RESERVED: ReservedTotals = { quote: NO_MONEY, buys: new Map(), sells: new Map() };

/** Adds to a sum of a map of one's own. */
function addTo<T extends Money | Quantity>(
  map: Map<TradingSymbol, T>,
  symbol: TradingSymbol,
  value: T,
): void {
  const before = map.get(symbol);
  if (isPositive(value)) map.set(symbol, before === undefined ? value : (add(before, value) as T));
}

/** The sums of many. */
export function sumReservations(reservations: Iterable<OrderReservation>): ReservedTotals {
  const buys = new Map<TradingSymbol, Money>();
  const sells = new Map<TradingSymbol, Quantity>();
  let total = NO_MONEY;
  for (const { symbol, quote, quantity } of reservations) {
    total = asMoney(add(total, quote));
    addTo(buys, symbol, quote);
    addTo(sells, symbol, quantity);
  }
  return { quote: total, buys, sells };
}

/** The sums of several. */
export function joinReserved(parts: Iterable<ReservedTotals>): ReservedTotals {
  const buys = new Map<TradingSymbol, Money>();
  const sells = new Map<TradingSymbol, Quantity>();
  let total = NO_MONEY;
  for (const part of parts) {
    total = asMoney(add(total, part.quote));
    for (const [symbol, quote] of part.buys) addTo(buys, symbol, quote);
    for (const [symbol, quantity] of part.sells) addTo(sells, symbol, quantity);
  }
  return { quote: total, buys, sells };
}
