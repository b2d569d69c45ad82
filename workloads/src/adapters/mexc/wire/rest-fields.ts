/**
 * The fields of MEXC's spot REST answers that this project reads. Each schema tolerates unknown fields, takes ids and
 * amounts as text whether the venue quotes them or not (JSON is read without floats, see exact-json.ts), and refuses
 * what lacks a field that is needed. `z.input` is what a server may send, `z.output` what a client gets.
 */
import { z } from 'zod';

/** An amount or id: text, or an exact whole number, or the digits of any other number. */
const text = z.union([z.string(), z.number()]).transform(String);
/** '' for what the venue leaves out or sends as null. */
const optionalText = text.nullish().transform((value) => value ?? '');
const integer = z.coerce.number().int();
const millis = z.number().int().nonnegative();

export const serverTimeReply = z.object({ serverTime: millis });

/** One symbol of exchangeInfo. What the fields mean is told in instruments.ts. */
export const symbolRow = z.object({
  symbol: z.string(),
  /** "1" online, "2" paused, "3" offline; "ENABLED" in older answers. */
  status: text,
  baseAsset: z.string(),
  baseAssetPrecision: integer,
  quoteAsset: z.string(),
  quotePrecision: integer,
  orderTypes: z.array(z.string()),
  isSpotTradingAllowed: z.boolean(),
  permissions: z.array(z.string()).default([]),
  quoteAmountPrecision: text,
  baseSizePrecision: text,
  maxQuoteAmount: text.nullish(),
  quoteAmountPrecisionMarket: text.nullish(),
  maxQuoteAmountMarket: text.nullish(),
  makerCommission: text.nullish(),
  takerCommission: text.nullish(),
  /** 1 all, 2 buy only, 3 sell only, 4 closed. */
  tradeSideType: text.nullish(),
});
export type SymbolRow = z.output<typeof symbolRow>;

/** Rows are checked one by one, so that one bad symbol does not hide the others. */
export const exchangeInfoReply = z.object({ symbols: z.array(z.unknown()) });

/** openTime, open, high, low, close, base volume, closeTime (= openTime + interval), quote volume. */
export const klineRow = z.tuple([millis, text, text, text, text, text, millis, text]).rest(z.unknown());
export type KlineRow = z.output<typeof klineRow>;
export const klinesReply = z.array(z.unknown());

/** `volume` is the base volume here, `quoteVolume` may be null; priceChangePercent is a fraction. */
export const tickerRow = z.object({
  symbol: z.string(),
  lastPrice: optionalText,
  priceChangePercent: optionalText,
  volume: optionalText,
  quoteVolume: optionalText,
  bidPrice: optionalText,
  askPrice: optionalText,
});
export type TickerRow = z.output<typeof tickerRow>;
export const tickersReply = z.union([z.array(z.unknown()), z.unknown().transform((one) => [one])]);

export const priceReply = z.object({ symbol: z.string(), price: text });

/** All that is sure of the answer to a placed order: no status, no client id, no fills. */
export const orderPlacedReply = z.object({ symbol: z.string(), orderId: text });

export const orderRow = z.object({
  symbol: z.string(),
  orderId: text,
  clientOrderId: optionalText,
  status: z.string(),
  executedQty: text,
  price: optionalText,
  origQty: optionalText,
  /** The double m is theirs. */
  cummulativeQuoteQty: optionalText,
  type: optionalText,
  side: z.string(),
  time: millis.nullish(),
  updateTime: millis.nullish(),
  cancelReason: optionalText,
});
export type OrderRow = z.output<typeof orderRow>;
export const ordersReply = z.array(orderRow);

export const tradeRow = z.object({
  symbol: z.string(),
  id: text,
  orderId: text,
  clientOrderId: optionalText,
  price: text,
  qty: text,
  quoteQty: optionalText,
  commission: optionalText,
  commissionAsset: optionalText,
  time: millis,
  isBuyer: z.boolean(),
  isMaker: z.boolean(),
});
export type TradeRow = z.output<typeof tradeRow>;
export const tradesReply = z.array(tradeRow);

export const accountReply = z.object({
  canTrade: z.boolean().nullish(),
  balances: z.array(z.object({ asset: z.string(), free: text, locked: text })),
});

export const listenKeyReply = z.object({ listenKey: z.string().min(1) });
export const uidReply = z.object({ uid: text });

/** `permissions` is a comma list such as "SPOT_ACCOUNT_READ,SPOT_DEAL_READ,SPOT_DEAL_WRITE". */
export const keyInfoReply = z.object({
  permissions: z.string(),
  /** Days left of a key that is bound to no address. */
  remainingValidity: integer.nullish(),
  ipWhiteList: optionalText,
  status: optionalText,
});

/** The body of every refusal. A success may also carry a code: absent, 0 and 200 mean success. */
export const errorReply = z.object({ code: z.number().int(), msg: z.string().nullish() });
