import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { type Duration, formatDuration } from '../../domain/time.ts';
import type { MarketData, MarketUpdate } from '../../ports/venue.ts';

type UpdateListener = (update: MarketUpdate) => Promise<void>;

/** The market-data side of a replay: passes on what `deliver` is given to the subscribers of the symbol. */
export class ReplayMarketData implements MarketData {
  readonly #interval: Duration;
  readonly #instruments: ReadonlyMap<TradingSymbol, Instrument>;
  readonly #subscribers = new Map<UpdateListener, ReadonlySet<TradingSymbol>>();

  constructor(interval: Duration, instruments: ReadonlyMap<TradingSymbol, Instrument>) {
    this.#interval = interval;
    this.#instruments = instruments;
  }

  /** Those of the instruments file; what it does not name is not tradable here. */
  instruments(symbols: readonly TradingSymbol[]): Promise<ReadonlyMap<TradingSymbol, Instrument>> {
    const wanted = new Set(symbols);
    return Promise.resolve(new Map([...this.#instruments].filter(([symbol]) => wanted.has(symbol))));
  }

  /** Nothing: a replay's past is delivered by the replay itself, as `backfill`. */
  history(): Promise<readonly Candle[]> {
    return Promise.resolve([]);
  }

  /** @throws RangeError when the interval is not the replay's */
  subscribe(
    request: { readonly symbols: readonly TradingSymbol[]; readonly interval: Duration },
    listener: UpdateListener,
  ): Promise<{ stop(): Promise<void> }> {
    if (request.interval !== this.#interval) {
      const [was, allowed] = [request.interval, this.#interval].map(formatDuration);
      return Promise.reject(new RangeError(`this replay has candles of ${allowed}: was asked for ${was}`));
    }
    this.#subscribers.set(listener, new Set(request.symbols));
    const stop = (): Promise<void> => {
      this.#subscribers.delete(listener);
      return Promise.resolve();
    };
    return Promise.resolve({ stop });
  }

  async deliver(symbol: TradingSymbol, update: MarketUpdate): Promise<void> {
    for (const [listener, symbols] of this.#subscribers) {
      if (symbols.has(symbol)) await listener(update);
    }
  }
}
