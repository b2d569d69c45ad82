/**
 * Names of the spot WebSocket's channels. The place of the symbol differs: klines and mini tickers put it before the
 * interval or time zone, deals and book tickers behind the speed. Symbols are upper case.
 */

export type PushSpeed = '10ms' | '100ms';

export const klineChannel = (symbol: string, interval: string): string =>
  `spot@public.kline.v3.api.pb@${symbol}@${interval}`;

export const dealsChannel = (symbol: string, speed: PushSpeed): string =>
  `spot@public.aggre.deals.v3.api.pb@${speed}@${symbol}`;

export const bookTickerChannel = (symbol: string, speed: PushSpeed): string =>
  `spot@public.aggre.bookTicker.v3.api.pb@${speed}@${symbol}`;

/** All symbols whose price moved, every 3 s. The time zone is mandatory, e.g. `UTC+0` or `24H`. */
export const miniTickersChannel = (timeZone: string): string =>
  `spot@public.miniTickers.v3.api.pb@${timeZone}`;

export const PRIVATE_CHANNELS = {
  account: 'spot@private.account.v3.api.pb',
  deals: 'spot@private.deals.v3.api.pb',
  orders: 'spot@private.orders.v3.api.pb',
} as const;

/** Documented and measured hard limit of subscriptions (channel × symbol) on one spot connection. */
export const MAX_SUBSCRIPTIONS_PER_CONNECTION = 30;

/** 30 names in one message pass the 1,024 bytes that some clients keep to; 15 stay below. */
export const MAX_CHANNELS_PER_REQUEST = 15;
