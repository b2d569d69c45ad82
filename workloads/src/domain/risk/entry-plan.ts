/**
 * The entry as it would be sent: sized, trimmed and priced. The checks from the size on are made on this, so that
 * exposure and balance judge the very order that goes out, at the worst it can cost.
 */
import type { Instrument } from '../market/instrument.ts';
import { isUsableStep } from '../market/instrument.ts';
import { type Money, type Price, type Ratio, NO_MONEY, notional } from '../money/amounts.ts';
import { isPositive } from '../money/decimal.ts';
import { collarPrice } from '../orders/collar.ts';
import type { OrderType } from '../orders/order.ts';
import { purchaseCost } from '../orders/reservation.ts';
import type { EntryInput } from './entry-input.ts';
import { type Size, sizeEntry } from './sizing.ts';

export interface EntryPlan {
  readonly instrument: Instrument;
  readonly referencePrice: Price;
  /** MARKET becomes LIMIT_IOC at the collar where the venue takes no MARKET orders for the symbol. */
  readonly type: OrderType;
  /** The collar; absent for MARKET only. */
  readonly limitPrice?: Price;
  /** The price that values the order: the collar, or the reference price of a MARKET order. */
  readonly orderPrice: Price;
  readonly size: Size;
  /** What the order reserves: quantity × collar × (1 + fee), rounded up. */
  readonly cost: Money;
}

/** Whether tick and lot are above zero. */
export const hasUsableSteps = (instrument: Instrument): boolean =>
  isUsableStep(instrument.tickSize) && isUsableStep(instrument.lotSize);

/** The highest fee that an order of this instrument can be charged. */
export function highestFee(instrument: Instrument, takerFeeRatio: Ratio): Ratio {
  const taker = instrument.takerFeeRatio ?? takerFeeRatio;
  const maker = instrument.makerFeeRatio ?? taker;
  return maker > taker ? maker : taker;
}

/** Value of the dust that the symbol holds. */
function dustValue(input: EntryInput, at: Price): Money {
  const dust = input.money.book?.dust.get(input.signal.symbol);
  return dust === undefined ? NO_MONEY : notional(at, dust.quantity);
}

/** How the order is priced: at its collar, or, where MARKET orders are wanted and taken, at the market. */
function priceEntry(
  input: EntryInput,
  instrument: Instrument,
  referencePrice: Price,
): Pick<EntryPlan, 'type' | 'limitPrice' | 'orderPrice'> {
  const wanted = input.terms.orderType;
  if (wanted === 'MARKET' && instrument.marketOrders) return { type: wanted, orderPrice: referencePrice };
  const collar = collarPrice('BUY', referencePrice, input.limits.maxSlippageRatio, instrument.tickSize);
  const limitPrice = isPositive(collar) ? collar : referencePrice;
  return { type: wanted === 'MARKET' ? 'LIMIT_IOC' : wanted, limitPrice, orderPrice: limitPrice };
}

/** Undefined when price, instrument or equity are not known or not usable: their own checks fail then. */
export function planEntry(input: EntryInput): EntryPlan | undefined {
  const { instrument, referencePrice } = input.market;
  const { equity } = input.money;
  if (referencePrice === undefined || instrument === undefined || equity === undefined) return undefined;
  if (!isPositive(referencePrice) || !hasUsableSteps(instrument)) return undefined;
  const { limits, terms, signal } = input;
  const priced = priceEntry(input, instrument, referencePrice);
  const size = sizeEntry({
    equity,
    confidenceRatio: signal.confidenceRatio,
    referencePrice,
    orderPrice: priced.orderPrice,
    instrument,
    limits,
    symbolValue: dustValue(input, referencePrice),
  });
  const cost = purchaseCost({ ...priced, referencePrice }, size.quantity, {
    feeRatio: highestFee(instrument, terms.takerFeeRatio),
    marketCollarRatio: limits.maxSlippageRatio,
  });
  return { instrument, referencePrice, ...priced, size, cost };
}
