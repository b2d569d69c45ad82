/** What a venue holds an order against before it takes it. Pure. */
import type { Instrument } from '../../domain/market/instrument.ts';
import { notional } from '../../domain/money/amounts.ts';
import {
  type Decimal,
  equals,
  formatDecimal,
  isPositive,
  lessThan,
  toStep,
} from '../../domain/money/decimal.ts';
import type { OrderIntent } from '../../domain/orders/order.ts';

/** Codes of refused orders. */
export const PAPER_REJECTIONS = [
  'UNKNOWN_SYMBOL',
  'NOT_TRADABLE',
  'MARKET_NOT_ALLOWED',
  'PRICE_MISSING',
  'PRICE_TICK',
  'QUANTITY_LOT',
  'MIN_QUANTITY',
  'MIN_NOTIONAL',
  'MAX_NOTIONAL',
  'INSUFFICIENT_BALANCE',
  'DUPLICATE_ORDER_ID',
] as const;
export type PaperRejection = (typeof PAPER_REJECTIONS)[number];

export interface Rejection {
  readonly code: PaperRejection;
  readonly message: string;
}

const refuse = (code: PaperRejection, message: string): Rejection => ({ code, message });

const isStep = (value: Decimal, step: Decimal): boolean => equals(toStep(value, step, 'down'), value);

function refusePrice(order: OrderIntent, instrument: Instrument): Rejection | undefined {
  const { limitPrice, type, symbol } = order;
  if (type === 'MARKET') {
    return instrument.marketOrders
      ? undefined
      : refuse('MARKET_NOT_ALLOWED', `${symbol} takes no MARKET orders`);
  }
  if (limitPrice === undefined || !isPositive(limitPrice)) {
    return refuse('PRICE_MISSING', `a ${type} order needs a limit price above zero`);
  }
  if (isStep(limitPrice, instrument.tickSize)) return undefined;
  return refuse(
    'PRICE_TICK',
    `the price was ${formatDecimal(limitPrice)}, allowed are multiples of ${formatDecimal(instrument.tickSize)}`,
  );
}

function refuseQuantity(order: OrderIntent, instrument: Instrument): Rejection | undefined {
  const was = formatDecimal(order.quantity);
  if (!isPositive(order.quantity) || lessThan(order.quantity, instrument.minQuantity)) {
    return refuse(
      'MIN_QUANTITY',
      `the quantity was ${was}, at least ${formatDecimal(instrument.minQuantity)} is needed`,
    );
  }
  if (isStep(order.quantity, instrument.lotSize)) return undefined;
  return refuse(
    'QUANTITY_LOT',
    `the quantity was ${was}, allowed are multiples of ${formatDecimal(instrument.lotSize)}`,
  );
}

function refuseNotional(order: OrderIntent, instrument: Instrument): Rejection | undefined {
  const value = notional(order.limitPrice ?? order.referencePrice, order.quantity);
  const { minNotional, maxNotional } = instrument;
  if (lessThan(value, minNotional)) {
    return refuse(
      'MIN_NOTIONAL',
      `the order's worth was ${formatDecimal(value)}, at least ${formatDecimal(minNotional)} is needed`,
    );
  }
  if (maxNotional === undefined || !lessThan(maxNotional, value)) return undefined;
  return refuse(
    'MAX_NOTIONAL',
    `the order's worth was ${formatDecimal(value)}, at most ${formatDecimal(maxNotional)} is allowed`,
  );
}

/** Why a venue with these rules would refuse the order; undefined when it would not. */
export function refuseOrder(order: OrderIntent, instrument: Instrument | undefined): Rejection | undefined {
  if (instrument === undefined) return refuse('UNKNOWN_SYMBOL', `${order.symbol} is not traded here`);
  if (!instrument.tradable) return refuse('NOT_TRADABLE', `trading of ${order.symbol} is closed`);
  return (
    refusePrice(order, instrument) ?? refuseQuantity(order, instrument) ?? refuseNotional(order, instrument)
  );
}
