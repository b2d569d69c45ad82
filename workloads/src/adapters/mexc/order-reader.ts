import type { Instrument } from '../../domain/market/instrument.ts';
import {
  asMoney,
  asPrice,
  asQuantity,
  type Money,
  notional,
  ONE_RATIO,
  type Price,
  type Quantity,
  type Ratio,
  scaleBy,
} from '../../domain/money/amounts.ts';
import { type Decimal, isNegative, isPositive, multiply, ZERO } from '../../domain/money/decimal.ts';
import type { Fee, Fill, Side } from '../../domain/orders/order.ts';
import type { VenueOrder, VenueOrderStatus } from '../../ports/venue.ts';
import { normalizeSymbol } from './symbols.ts';
import { readDecimal } from './venue-decimal.ts';
import type { PrivateDealBody, PrivateOrderBody } from './wire/push-frame.ts';
import type { OrderRow, TradeRow } from './wire/rest-fields.ts';
import { WireError } from './wire/wire-error.ts';

const STATUS_OF_TEXT: ReadonlyMap<string, VenueOrderStatus> = new Map([
  ['NEW', 'WORKING'],
  ['PARTIALLY_FILLED', 'PARTIALLY_FILLED'],
  ['FILLED', 'FILLED'],
  ['CANCELED', 'CANCELED'],
  ['PARTIALLY_CANCELED', 'PARTIALLY_CANCELED'],
  // Not documented, but in another client's table. Neither of the pending ones is terminal.
  ['PENDING', 'WORKING'],
  ['PENDING_CANCEL', 'WORKING'],
  ['REJECTED', 'REJECTED'],
  ['EXPIRED', 'CANCELED'],
]);

const STATUS_OF_NUMBER: ReadonlyMap<number, VenueOrderStatus> = new Map([
  [1, 'WORKING'],
  [2, 'FILLED'],
  [3, 'PARTIALLY_FILLED'],
  [4, 'CANCELED'],
  [5, 'PARTIALLY_CANCELED'],
]);

/** An order cancelled or expired after fills is told apart, whatever word the venue uses. */
function withFills(status: VenueOrderStatus, filled: Decimal): VenueOrderStatus {
  if (!isPositive(filled)) return status;
  if (status === 'CANCELED') return 'PARTIALLY_CANCELED';
  return status === 'WORKING' ? 'PARTIALLY_FILLED' : status;
}

function readFilled(text: string): Quantity {
  const value = text === '' ? ZERO : readDecimal(text);
  if (isNegative(value)) {
    throw new WireError('FIELD_INVALID', `a filled quantity of at least 0 is expected: was ${text}`);
  }
  return asQuantity(value);
}

function positive(text: string, name: string): Decimal {
  const value = readDecimal(text);
  if (isPositive(value)) return value;
  throw new WireError('FIELD_INVALID', `${name} above 0 is expected: was ${text}`);
}

/**
 * An order of a REST answer. Its `orderId` is '' when it was placed without a client id, so not by us.
 * @throws WireError for a status that is not known: terminal is only what the venue clearly says
 */
export function readOrderRow(row: OrderRow): VenueOrder {
  const status = STATUS_OF_TEXT.get(row.status);
  if (status === undefined) {
    throw new WireError('FIELD_INVALID', `an order has the unknown status ${row.status.slice(0, 40)}`);
  }
  const filledQuantity = readFilled(row.executedQty);
  return {
    orderId: row.clientOrderId,
    venueOrderId: row.orderId,
    symbol: normalizeSymbol(row.symbol),
    status: withFills(status, filledQuantity),
    filledQuantity,
    ...(row.cancelReason === '' ? {} : { reason: row.cancelReason }),
    time: row.updateTime ?? row.time ?? 0,
  };
}

/** A row of the open orders: it works by definition, also under a status that is not known (orders of others). */
export const readOpenOrderRow = (row: OrderRow): VenueOrder =>
  readOrderRow(STATUS_OF_TEXT.has(row.status) ? row : { ...row, status: 'NEW' });

/** An order of a push; undefined when the push states no status (stop orders), so that REST has to be asked. */
export function readOrderPush(symbol: string, body: PrivateOrderBody, time: number): VenueOrder | undefined {
  const status = STATUS_OF_NUMBER.get(body.status);
  if (status === undefined) return undefined;
  const filledQuantity = readFilled(body.cumulativeQuantity);
  return {
    orderId: body.clientId,
    venueOrderId: body.id,
    symbol: normalizeSymbol(symbol),
    status: withFills(status, filledQuantity),
    filledQuantity,
    time,
  };
}

/** What a fee of `asset` is worth: quote units for one unit of it, undefined when no price is known. */
export interface FeeValuation {
  readonly instrument: Instrument;
  readonly rate: Price | undefined;
}

/** A trade without what depends on the valuation of its fee. */
export interface RawFill extends Omit<Fill, 'fee'> {
  readonly feeAsset: string;
  readonly feeAmount: Quantity;
}

export function readTradeRow(row: TradeRow, orderId: string): RawFill {
  return {
    tradeId: row.id,
    orderId,
    symbol: normalizeSymbol(row.symbol),
    side: row.isBuyer ? 'BUY' : 'SELL',
    price: asPrice(positive(row.price, 'a price')),
    quantity: asQuantity(positive(row.qty, 'a quantity')),
    liquidity: row.isMaker ? 'MAKER' : 'TAKER',
    time: row.time,
    feeAsset: row.commissionAsset,
    feeAmount: readFilled(row.commission),
  };
}

function sideOf(tradeType: number): Side {
  if (tradeType === 1) return 'BUY';
  if (tradeType === 2) return 'SELL';
  throw new WireError('FIELD_INVALID', `a trade is 1 (buy) or 2 (sell): was ${tradeType}`);
}

/** `quantity` is the base amount; `amount` is in quote units and not a quantity. @throws WireError */
export function readDealPush(symbol: string, body: PrivateDealBody, orderId: string): RawFill {
  return {
    tradeId: body.tradeId,
    orderId,
    symbol: normalizeSymbol(symbol),
    side: sideOf(body.tradeType),
    price: asPrice(positive(body.price, 'a price')),
    quantity: asQuantity(positive(body.quantity, 'a quantity')),
    liquidity: body.isMaker ? 'MAKER' : 'TAKER',
    time: body.time,
    feeAsset: body.feeCurrency,
    feeAmount: readFilled(body.feeAmount),
  };
}

/** Spot fees without a stated rate are not above this. */
const CAUTIOUS_FEE: Ratio = (ONE_RATIO / 500n) as Ratio;

/** The fee in quote units. Without a price of its asset (MX deduction), the undiscounted fee is the upper bound taken. */
function quoteValue(raw: RawFill, { instrument, rate }: FeeValuation): Money {
  if (raw.feeAsset === instrument.quote || isNoFee(raw)) return asMoney(raw.feeAmount);
  if (raw.feeAsset === instrument.base) return asMoney(multiply(raw.price, raw.feeAmount));
  if (rate !== undefined) return asMoney(multiply(rate, raw.feeAmount));
  return asMoney(scaleBy(notional(raw.price, raw.quantity), instrument.takerFeeRatio ?? CAUTIOUS_FEE));
}

const isNoFee = (raw: RawFill): boolean => raw.feeAmount.units === 0n;

/** The asset whose price in the quote asset is needed to value the fee; undefined when none is. */
export const assetToValue = (raw: RawFill, { base, quote }: Instrument): string | undefined =>
  isNoFee(raw) || raw.feeAsset === base || raw.feeAsset === quote || raw.feeAsset === ''
    ? undefined
    : raw.feeAsset;

export function withFee({ feeAsset, feeAmount, ...fill }: RawFill, valuation: FeeValuation): Fill {
  const raw = { feeAsset, feeAmount, ...fill };
  const fee: Fee = {
    asset: feeAsset === '' ? valuation.instrument.quote : feeAsset,
    amount: feeAmount,
    quoteValue: quoteValue(raw, valuation),
  };
  return { ...fill, fee };
}
