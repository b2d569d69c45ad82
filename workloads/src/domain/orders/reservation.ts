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
  asQuantity,
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

function changedBy<T extends Money | Quantity>(
  map: ReadonlyMap<TradingSymbol, T>,
  symbol: TradingSymbol,
  value: T,
): ReadonlyMap<TradingSymbol, T> {
  return new Map(map).set(symbol, value);
}

/** The totals with one more reservation. */
export function withReservation(totals: ReservedTotals, reservation: OrderReservation): ReservedTotals {
  const { symbol, quote, quantity } = reservation;
  return {
    quote: asMoney(add(totals.quote, quote)),
    buys: isPositive(quote)
      ? changedBy(totals.buys, symbol, asMoney(add(totals.buys.get(symbol) ?? NO_MONEY, quote)))
      : totals.buys,
    sells: isPositive(quantity)
      ? changedBy(totals.sells, symbol, asQuantity(add(totals.sells.get(symbol) ?? NO_QUANTITY, quantity)))
      : totals.sells,
  };
}

/** The sums of many. */
export function sumReservations(reservations: Iterable<OrderReservation>): ReservedTotals {
  let totals = NOTHING_RESERVED;
  for (const reservation of reservations) totals = withReservation(totals, reservation);
  return totals;
}
