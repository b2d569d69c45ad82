import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { type Money, money, type Quantity, quantity, type Ratio, ratio } from '../../domain/money/amounts.ts';
import { normalize } from '../../domain/money/decimal.ts';

export const ORDER_TYPES = ['LIMIT', 'MARKET', 'LIMIT_MAKER', 'IMMEDIATE_OR_CANCEL', 'FILL_OR_KILL'] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

/** 1 online, 2 paused, 3 offline (delisted). */
export type SymbolStatus = '1' | '2' | '3';
/** 1 both sides, 2 buying only, 3 selling only, 4 closed. */
export type TradeSideType = 1 | 2 | 3 | 4;

/** What the venue demands of orders in one symbol: a row of exchangeInfo. */
export interface SymbolRules {
  readonly symbol: TradingSymbol;
  readonly base: string;
  readonly quote: string;
  readonly status: SymbolStatus;
  /** `quotePrecision`: decimals of a price. */
  readonly priceScale: number;
  /** `baseAssetPrecision`: decimals of a quantity. */
  readonly quantityScale: number;
  /** `baseSizePrecision`: a minimum, not a step. May be 0. */
  readonly minQuantity: Quantity;
  /** `quoteAmountPrecision`: a minimum, not a step. */
  readonly minNotional: Money;
  readonly maxNotional: Money;
  readonly orderTypes: readonly OrderType[];
  /** Whether orders may come by the API: the flag that counts. */
  readonly isSpotTradingAllowed: boolean;
  readonly tradeSideType: TradeSideType;
  readonly makerFeeRatio: Ratio;
  readonly takerFeeRatio: Ratio;
  /** PERCENT_PRICE_BY_SIDE: buying above last × (1 + band) and selling below last × (1 − band) is refused. */
  readonly priceBandRatio?: Ratio;
}

const QUOTES = ['USDT', 'USDC', 'BTC', 'ETH', 'EUR'];
const DEFAULT_MAKER = ratio('0.0002');
const DEFAULT_TAKER = ratio('0.0006');
const MAX_NOTIONAL = money('4000000');

/** The assets of a symbol by its ending; USDT where none is known. */
export function assetsOf(symbol: TradingSymbol): { readonly base: string; readonly quote: string } {
  const quote = QUOTES.find((asset) => symbol.endsWith(asset) && symbol.length > asset.length) ?? 'USDT';
  return { base: symbol.endsWith(quote) ? symbol.slice(0, -quote.length) : symbol, quote };
}

/** Rules for a symbol that nobody described. */
export function defaultRules(symbol: TradingSymbol): SymbolRules {
  const { base, quote } = assetsOf(symbol);
  const isSmallQuote = quote === 'BTC' || quote === 'ETH';
  return {
    symbol,
    base,
    quote,
    status: '1',
    priceScale: isSmallQuote ? 8 : base === 'BTC' || base === 'ETH' ? 2 : 4,
    quantityScale: base === 'BTC' ? 6 : isSmallQuote ? 3 : 4,
    minQuantity: quantity(base === 'BTC' ? '0.000001' : isSmallQuote ? '0.001' : '0.0001'),
    minNotional: money(isSmallQuote ? '0.0001' : '1'),
    maxNotional: MAX_NOTIONAL,
    orderTypes: ORDER_TYPES,
    isSpotTradingAllowed: true,
    tradeSideType: 1,
    makerFeeRatio: DEFAULT_MAKER,
    takerFeeRatio: DEFAULT_TAKER,
  };
}

/** Rules as an instruments file states them. Steps become numbers of decimals, as this venue knows no others. */
export function rulesOf(instrument: Instrument): SymbolRules {
  return {
    ...defaultRules(instrument.symbol),
    base: instrument.base,
    quote: instrument.quote,
    priceScale: normalize(instrument.tickSize).scale,
    quantityScale: normalize(instrument.lotSize).scale,
    minQuantity: instrument.minQuantity,
    minNotional: instrument.minNotional,
    maxNotional: instrument.maxNotional ?? MAX_NOTIONAL,
    orderTypes: ORDER_TYPES.filter((type) => type !== 'MARKET' || instrument.marketOrders),
    isSpotTradingAllowed: instrument.tradable,
    makerFeeRatio: instrument.makerFeeRatio ?? DEFAULT_MAKER,
    takerFeeRatio: instrument.takerFeeRatio ?? DEFAULT_TAKER,
  };
}

/** Rows that the real catalogue has too and clients trip over. They trade on a synthetic market. */
export const AWKWARD_RULES: readonly SymbolRules[] = [
  { ...defaultRules('PAUSEDUSDT'), status: '2' },
  { ...defaultRules('NOAPIUSDT'), isSpotTradingAllowed: false },
  { ...defaultRules('BUYONLYUSDT'), tradeSideType: 2 },
  { ...defaultRules('SELLONLYUSDT'), tradeSideType: 3 },
  { ...defaultRules('CLOSEDUSDT'), tradeSideType: 4 },
  { ...defaultRules('ZEROMINUSDT'), minQuantity: quantity('0') },
  { ...defaultRules('NOMARKETUSDT'), orderTypes: ['LIMIT', 'LIMIT_MAKER'] },
  { ...defaultRules('BANDUSDT'), priceBandRatio: ratio('0.005') },
  defaultRules('龙虾USDT'),
];
