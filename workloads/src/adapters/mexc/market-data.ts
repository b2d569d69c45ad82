import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import { closeTime } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { type Duration, SECOND, type Timestamp } from '../../domain/time.ts';
import type { MarketData, MarketSubscription, MarketUpdate, VenueTicker } from '../../ports/venue.ts';
import type { InstrumentCatalogue } from './instrument-catalogue.ts';
import { type MarketFeedDeps, MarketFeed } from './market-feed.ts';
import type { PublicRest } from './rest-client.ts';
import { normalizeSymbol } from './symbols.ts';
import { TickerFeed } from './ticker-feed.ts';
import { intervalNames } from './wire/intervals.ts';

/** The market data of MEXC: everything of the port, and its end. */
export interface MexcMarketData extends MarketData {
  subscribe(
    request: { readonly symbols: readonly TradingSymbol[]; readonly interval: Duration },
    listener: (update: MarketUpdate) => Promise<void>,
  ): Promise<Required<MarketSubscription>>;
  /** Last prices of all symbols that moved, about every 3 s; conflated while the listener is busy. */
  watchTickers(listener: (tickers: readonly VenueTicker[]) => Promise<void>): { stop(): Promise<void> };
  /** Ends every subscription. Idempotent. */
  close(): Promise<void>;
}

export interface MarketDataDeps {
  readonly rest: PublicRest;
  readonly catalogue: InstrumentCatalogue;
  readonly feed: MarketFeedDeps;
}

/** A candle is taken from REST as history once its window ended so long ago. */
const FINAL_AFTER: Duration = 2 * SECOND;
/** Of `count`: so many windows more are looked at when those without a trade were left out. */
const SPARE = 0.25;

/**
 * Market data over many connections: klines (always), trades and best prices (where settings ask for them).
 *
 * Order: live candles and ticks of a symbol come in event-time order; back-fill and corrections are of the past by
 * nature and come as soon as they are known.
 */
export function makeMarketData({ rest, catalogue, feed }: MarketDataDeps): MexcMarketData {
  const running = new Set<{ stop(): Promise<void> }>();
  const stopping = (one: { stop(): Promise<void> }): (() => Promise<void>) => {
    running.add(one);
    return async () => {
      running.delete(one);
      await one.stop();
    };
  };
  const history = async (
    symbol: TradingSymbol,
    interval: Duration,
    count: number,
  ): Promise<readonly Candle[]> => {
    const now: Timestamp = feed.market.now();
    const to = Math.floor((now - FINAL_AFTER) / interval) * interval - interval;
    // Not behind the confirmations of all other symbols: this one waits for its past.
    const read = (range: { readonly from: Timestamp; readonly to: Timestamp }): Promise<readonly Candle[]> =>
      rest.klines({ ...range, symbol: normalizeSymbol(symbol), interval, lane: 'query' });
    const from = to - (count - 1) * interval;
    let candles = await read({ from, to });
    if (candles.length < count) {
      const earlier = { from: from - Math.ceil(count * SPARE) * interval, to: from - interval };
      candles = [...(await read(earlier)), ...candles];
    }
    return candles.filter((candle) => closeTime(candle) <= now).slice(-count);
  };
  return {
    instruments: (symbols): Promise<ReadonlyMap<TradingSymbol, Instrument>> => catalogue.find(symbols),
    history: (symbol, interval, count) =>
      count <= 0 ? Promise.resolve([]) : history(symbol, interval, count),
    subscribe: ({ symbols, interval }, listener) => {
      intervalNames(interval);
      const started = new MarketFeed(interval, feed, listener);
      const stop = stopping(started);
      started.change(symbols.map(normalizeSymbol));
      return Promise.resolve({
        change: (changed: readonly TradingSymbol[]) => {
          started.change(changed.map(normalizeSymbol));
        },
        stop,
      });
    },
    watchTickers: (listener) => ({ stop: stopping(new TickerFeed(feed, listener)) }),
    close: async () => {
      const feeds = [...running];
      running.clear();
      await Promise.all(feeds.map((one) => one.stop()));
    },
  };
}
