import { type Candle, closeTime, type TradingSymbol } from '../../domain/market/candle.ts';
import type { Duration } from '../../domain/time.ts';
import type {
  MarketData,
  MarketSubscription,
  MarketUpdate,
  Venue,
  VenueInputs,
  VenueTicker,
} from '../../ports/venue.ts';
import type { PaperExchange } from './paper-exchange.ts';

export interface PaperVenueOptions {
  /** Of the venue the data come from, e.g. `mexc`. */
  readonly name: string;
  /** Public data only. Not a `Venue`: so nothing here can reach an order client or credentials. */
  readonly marketData: MarketData;
  /** How the data's venue knows its inputs; depth and balances are modelled whatever it says. */
  readonly inputs: VenueInputs;
  readonly exchange: PaperExchange;
}

/**
 * Paper trading on live public data. The exchange sees every candle and tick before the listener does: orders meet a
 * price before anything is decided on it, as they would at a venue. Orders are filled at ticks (the next one after the
 * latency), so a feed without ticks fills nothing.
 */
export class PaperVenue implements Venue {
  readonly name: string;
  readonly inputs: VenueInputs;
  readonly marketData: MarketData;
  readonly orders: PaperExchange;

  constructor({ name, marketData, inputs, exchange }: PaperVenueOptions) {
    this.name = name;
    this.inputs = { ...inputs, depth: 'modelled', balances: 'modelled' };
    this.marketData = new WatchedMarketData(marketData, exchange);
    this.orders = exchange;
  }

  /** The market data are closed by whoever made them. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Market data that the paper exchange sees too. */
class WatchedMarketData implements MarketData {
  readonly #data: MarketData;
  readonly #exchange: PaperExchange;
  readonly watchTickers?: (listener: (tickers: readonly VenueTicker[]) => Promise<void>) => {
    stop(): Promise<void>;
  };

  constructor(data: MarketData, exchange: PaperExchange) {
    this.#data = data;
    const watch = data.watchTickers?.bind(data);
    if (watch !== undefined) this.watchTickers = watch;
    this.#exchange = exchange;
  }

  instruments(symbols: readonly TradingSymbol[]): ReturnType<MarketData['instruments']> {
    return this.#data.instruments(symbols);
  }

  /** Warm-up candles also warm up the fill model. */
  async history(symbol: TradingSymbol, interval: Duration, count: number): Promise<readonly Candle[]> {
    const candles = await this.#data.history(symbol, interval, count);
    for (const candle of candles) this.#exchange.onClosed(candle);
    return candles;
  }

  subscribe(
    request: { readonly symbols: readonly TradingSymbol[]; readonly interval: Duration },
    listener: (update: MarketUpdate) => Promise<void>,
  ): Promise<MarketSubscription> {
    return this.#data.subscribe(request, async (update) => {
      const time = update.kind === 'candle' ? closeTime(update.candle) : update.time;
      if (this.#exchange.expire(time)) await this.#exchange.settled();
      if (update.kind === 'candle') this.#exchange.onClosed(update.candle);
      if (update.kind === 'tick') await this.#exchange.onTick(update.symbol, update.price, update.time);
      await listener(update);
    });
  }
}
