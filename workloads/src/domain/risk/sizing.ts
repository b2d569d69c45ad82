/**
 * How large an entry is (trading-rules: momentum): base × maxPosition × confidence, with base = min(capital, equity),
 * divided by the reference price and floored to the lot. What is sized here is held against three maxima and trimmed to
 * the smallest, because the size is our own wish: `maxPosition` at the reference price (less what the symbol holds
 * already as dust), `maxOrderNotional` at the price the order is sent with, and `maxOrderQuantity`.
 *
 * More than twice the position limit is no wish but an error (confidence is at most 1), and is refused whole.
 */
import type { Instrument } from '../market/instrument.ts';
import {
  type Money,
  type Price,
  type Quantity,
  type Ratio,
  asMoney,
  asQuantity,
  NO_QUANTITY,
  scaleBy,
} from '../money/amounts.ts';
import {
  type Decimal,
  divide,
  greaterThan,
  isPositive,
  minimum,
  multiply,
  subtract,
  toStep,
} from '../money/decimal.ts';
import type { RiskLimits } from './limits.ts';

/** From which multiple of the position limit a size is an error rather than a wish. */
export const OVERSIZED_MULTIPLE = 2n;

export interface SizeRequest {
  readonly equity: Money;
  readonly confidenceRatio: Ratio;
  readonly referencePrice: Price;
  /** The price the order is sent with: its collar, or the reference price of a MARKET order. */
  readonly orderPrice: Price;
  readonly instrument: Pick<Instrument, 'lotSize'>;
  readonly limits: Pick<RiskLimits, 'capital' | 'maxPositionRatio' | 'maxOrderNotional' | 'maxOrderQuantity'>;
  /** Value of what the symbol holds already (dust). */
  readonly symbolValue: Money;
}

export type SizeLimit = 'position-size' | 'order-notional' | 'order-quantity';

export interface Size {
  /** min(capital, equity): what percentage limits are taken of. */
  readonly base: Money;
  /** base × maxPosition. */
  readonly positionLimit: Money;
  /** base × maxPosition × confidence. */
  readonly requestedNotional: Money;
  /** Before any limit, floored to the lot. */
  readonly requested: Quantity;
  /** The most each limit leaves, floored to the lot; absent where there is no such limit. */
  readonly most: Readonly<Record<'position-size' | 'order-notional', Quantity>> & {
    readonly 'order-quantity'?: Quantity;
  };
  /** What remains after all limits; may be zero. */
  readonly quantity: Quantity;
}

/** value / price floored to the lot, never below zero. One division, so nothing is rounded twice. */
export function lotsFor(value: Decimal, price: Price, lotSize: Quantity): Quantity {
  if (!isPositive(value)) return NO_QUANTITY;
  const lots = divide(value, multiply(price, lotSize), 0, 'floor');
  return asQuantity(multiply(lots, lotSize));
}

/** Size an entry. Price and lot are above zero (checked before). */
export function sizeEntry(request: SizeRequest): Size {
  const { limits, instrument, referencePrice } = request;
  const lot = instrument.lotSize;
  const base = minimum(limits.capital, request.equity);
  const positionLimit = asMoney(scaleBy(base, limits.maxPositionRatio));
  const requestedNotional = asMoney(scaleBy(positionLimit, request.confidenceRatio));
  const requested = lotsFor(requestedNotional, referencePrice, lot);
  const most = {
    'position-size': lotsFor(subtract(positionLimit, request.symbolValue), referencePrice, lot),
    'order-notional': lotsFor(limits.maxOrderNotional, request.orderPrice, lot),
    ...(limits.maxOrderQuantity === undefined
      ? {}
      : { 'order-quantity': asQuantity(toStep(limits.maxOrderQuantity, lot, 'floor')) }),
  };
  const quantity = Object.values(most).reduce<Quantity>(minimum, requested);
  return { base, positionLimit, requestedNotional, requested, most, quantity };
}

/** Whether the size asked for is an error rather than a wish. */
export const isOversized = (size: Size): boolean =>
  greaterThan(size.requestedNotional, multiply(size.positionLimit, { units: OVERSIZED_MULTIPLE, scale: 0 }));
