import type { Instrument } from '../../domain/market/instrument.ts';
import { asMoney, asPrice, asQuantity, type Money, type Ratio, ratioOf } from '../../domain/money/amounts.ts';
import { type Decimal, isPositive, maximum, minimum, ONE } from '../../domain/money/decimal.ts';
import { readRow } from './reply-schema.ts';
import { normalizeSymbol } from './symbols.ts';
import { readDecimal, readQuantity } from './venue-decimal.ts';
import { type SymbolRow, symbolRow } from './wire/rest-fields.ts';
import { WireError } from './wire/wire-error.ts';

/** Amounts of more places than this do not occur; a larger figure is an error, not a step. */
const MAX_PLACES = 18;
const ONLINE = new Set(['1', 'ENABLED']);
const ALL_SIDES = '1';

/** 10^-places: MEXC states steps as digit counts. */
function stepOf(places: number, field: string): Decimal {
  if (places < 0 || places > MAX_PLACES) {
    throw new WireError('FIELD_INVALID', `${field} must be 0 to ${MAX_PLACES} decimal places: was ${places}`);
  }
  return { units: 1n, scale: places };
}

const given = (texts: readonly (string | null | undefined)[]): readonly Decimal[] =>
  texts
    .filter((text) => text !== null && text !== undefined && text !== '')
    .map((text) => readDecimal(text ?? ''));

/** Limit and market orders have their own figures and an instrument one: the stricter holds for both. */
function notionalLimits(row: SymbolRow): { readonly least: Money; readonly most: Money | undefined } {
  const least = given([row.quoteAmountPrecision, row.quoteAmountPrecisionMarket]);
  const most = given([row.maxQuoteAmount, row.maxQuoteAmountMarket]).filter(isPositive);
  const [first, ...others] = most;
  return {
    least: asMoney(least.reduce((a, b) => maximum(a, b))),
    most: first === undefined ? undefined : asMoney(others.reduce((a, b) => minimum(a, b), first)),
  };
}

const feeRatio = (text: string): Ratio => ratioOf(readDecimal(text), ONE, 'up');

function fees(row: SymbolRow): Pick<Instrument, 'takerFeeRatio' | 'makerFeeRatio'> {
  const { takerCommission, makerCommission } = row;
  return {
    ...(typeof takerCommission === 'string' ? { takerFeeRatio: feeRatio(takerCommission) } : {}),
    ...(typeof makerCommission === 'string' ? { makerFeeRatio: feeRatio(makerCommission) } : {}),
  };
}

/** `status` alone does not tell: a symbol can be online and closed to the API, or open to one side only. */
const isTradable = (row: SymbolRow): boolean =>
  ONLINE.has(row.status) &&
  row.isSpotTradingAllowed &&
  (row.tradeSideType ?? ALL_SIDES) === ALL_SIDES &&
  (row.permissions.length === 0 || row.permissions.includes('SPOT'));

/**
 * A symbol's trading rules. The names mislead: `baseSizePrecision` is the minimum base quantity and
 * `quoteAmountPrecision` the minimum order value, neither is a step; the steps are 10^-quotePrecision for prices and
 * 10^-baseAssetPrecision for quantities.
 * @throws WireError when the row cannot be read
 */
export function readInstrument(row: unknown): Instrument {
  const fields = readRow(symbolRow, row, 'exchangeInfo');
  const { least, most } = notionalLimits(fields);
  return {
    symbol: normalizeSymbol(fields.symbol),
    base: fields.baseAsset,
    quote: fields.quoteAsset,
    tickSize: asPrice(stepOf(fields.quotePrecision, 'quotePrecision')),
    lotSize: asQuantity(stepOf(fields.baseAssetPrecision, 'baseAssetPrecision')),
    minQuantity: readQuantity(fields.baseSizePrecision),
    minNotional: least,
    ...(most === undefined ? {} : { maxNotional: most }),
    ...fees(fields),
    tradable: isTradable(fields),
    marketOrders: fields.orderTypes.includes('MARKET'),
  };
}
