import { ratioToDecimal } from '../../domain/money/amounts.ts';
import { formatDecimal } from '../../domain/money/decimal.ts';
import type { SymbolRules } from '../market/symbol-rules.ts';

/** Order types that exchangeInfo names; the immediate ones are taken without being listed. */
const LISTED = ['LIMIT', 'MARKET', 'LIMIT_MAKER'];

/** A row of exchangeInfo. Two fields are named like steps and are minimums: baseSizePrecision, quoteAmountPrecision. */
export function exchangeInfoRow(rules: SymbolRules): object {
  const band =
    rules.priceBandRatio === undefined ? undefined : formatDecimal(ratioToDecimal(rules.priceBandRatio));
  return {
    symbol: rules.symbol,
    status: rules.status,
    baseAsset: rules.base,
    baseAssetPrecision: rules.quantityScale,
    quoteAsset: rules.quote,
    quotePrecision: rules.priceScale,
    quoteAssetPrecision: rules.priceScale,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: rules.orderTypes.filter((type) => LISTED.includes(type)),
    isSpotTradingAllowed: rules.isSpotTradingAllowed,
    isMarginTradingAllowed: false,
    quoteAmountPrecision: formatDecimal(rules.minNotional),
    baseSizePrecision: formatDecimal(rules.minQuantity),
    permissions: ['SPOT'],
    filters:
      band === undefined
        ? []
        : [{ filterType: 'PERCENT_PRICE_BY_SIDE', bidMultiplierUp: band, askMultiplierDown: band }],
    maxQuoteAmount: formatDecimal(rules.maxNotional),
    makerCommission: formatDecimal(ratioToDecimal(rules.makerFeeRatio)),
    takerCommission: formatDecimal(ratioToDecimal(rules.takerFeeRatio)),
    quoteAmountPrecisionMarket: formatDecimal(rules.minNotional),
    maxQuoteAmountMarket: formatDecimal(rules.maxNotional),
    fullName: rules.base,
    tradeSideType: rules.tradeSideType,
    contractAddress: '',
    conceptPlateIds: [],
    st: false,
  };
}
