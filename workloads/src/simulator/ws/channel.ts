import type { TradingSymbol } from '../../domain/market/candle.ts';
import { KLINE_INTERVALS } from '../market/intervals.ts';

/** What a client can subscribe to. */
export type Channel =
  | { readonly kind: 'kline'; readonly symbol: TradingSymbol; readonly interval: string }
  | { readonly kind: 'deals' | 'bookTicker' | 'bookTickerBatch' | 'depth'; readonly symbol: TradingSymbol }
  | { readonly kind: 'limitDepth'; readonly symbol: TradingSymbol; readonly levels: number }
  | { readonly kind: 'miniTicker'; readonly symbol: TradingSymbol }
  | { readonly kind: 'miniTickers' }
  | { readonly kind: 'private'; readonly stream: 'orders' | 'deals' | 'account' };

const KLINE = /^spot@public\.kline\.v3\.api\.pb@([^@]+)@([A-Za-z0-9]+)$/;
const AGGREGATED = /^spot@public\.aggre\.(deals|depth|bookTicker)\.v3\.api\.pb@(?:100ms|10ms)@([^@]+)$/;
const LIMIT_DEPTH = /^spot@public\.limit\.depth\.v3\.api\.pb@([^@]+)@(5|10|20)$/;
const BATCH = /^spot@public\.bookTicker\.batch\.v3\.api\.pb@([^@]+)$/;
const MINI_TICKER = /^spot@public\.miniTicker\.v3\.api\.pb@([^@]+)@([^@]+)$/;
const MINI_TICKERS = /^spot@public\.miniTickers\.v3\.api\.pb@([^@]+)$/;
const PRIVATE = /^spot@private\.(orders|deals|account)\.v3\.api\.pb$/;

const TIME_ZONE = /^(?:24H|UTC-(?:10|[3-8])|UTC\+(?:\d|1[0-3]|4:30|5:30|12:45))$/;

type Reader = (name: string) => Channel | undefined;

const readKline: Reader = (name) => {
  const [, symbol, interval] = KLINE.exec(name) ?? [];
  if (symbol === undefined || interval === undefined) return undefined;
  return KLINE_INTERVALS.some(({ channel }) => channel === interval)
    ? { kind: 'kline', symbol, interval }
    : undefined;
};

const readAggregated: Reader = (name) => {
  const [, kind, symbol] = AGGREGATED.exec(name) ?? [];
  if (symbol === undefined) return undefined;
  return { kind: kind as 'deals' | 'depth' | 'bookTicker', symbol };
};

const readLimitDepth: Reader = (name) => {
  const [, symbol, levels] = LIMIT_DEPTH.exec(name) ?? [];
  return symbol === undefined ? undefined : { kind: 'limitDepth', symbol, levels: Number(levels) };
};

const readBatch: Reader = (name) => {
  const [, symbol] = BATCH.exec(name) ?? [];
  return symbol === undefined ? undefined : { kind: 'bookTickerBatch', symbol };
};

const readMiniTicker: Reader = (name) => {
  const [, symbol, zone = ''] = MINI_TICKER.exec(name) ?? [];
  return symbol === undefined || !TIME_ZONE.test(zone) ? undefined : { kind: 'miniTicker', symbol };
};

const readMiniTickers: Reader = (name) =>
  TIME_ZONE.test(MINI_TICKERS.exec(name)?.[1] ?? '') ? { kind: 'miniTickers' } : undefined;

const readPrivate: Reader = (name) => {
  const stream = PRIVATE.exec(name)?.[1];
  return stream === undefined
    ? undefined
    : { kind: 'private', stream: stream as 'orders' | 'deals' | 'account' };
};

const READERS: readonly Reader[] = [
  readKline,
  readAggregated,
  readLimitDepth,
  readBatch,
  readMiniTicker,
  readMiniTickers,
  readPrivate,
];

/** Undefined for what the venue does not serve (any more): old JSON names, a missing time zone, a wrong level. */
export function readChannel(name: string): Channel | undefined {
  for (const read of READERS) {
    const channel = read(name);
    if (channel !== undefined) return channel;
  }
  return undefined;
}
