import type { TradingSymbol } from '../../domain/market/candle.ts';
import { type Duration, formatDuration, type Timestamp } from '../../domain/time.ts';
import type { StreamEvents } from '../../events/event.ts';
import type { Clock } from '../../ports/clock.ts';

/** When the market was last heard of, and which symbols' data the screener calls stale. */
export class MarketPulse {
  readonly #clock: Clock;
  readonly #limit: () => Duration;
  readonly #stale = new Map<TradingSymbol, string>();
  readonly #heard = new Set<TradingSymbol>();
  #latest: Timestamp;

  /** @param limit silence that counts as stale, ms: asked each time */
  constructor(clock: Clock, limit: () => Duration) {
    this.#clock = clock;
    this.#limit = limit;
    this.#latest = clock.now();
  }

  readonly observe = (event: StreamEvents['market_data']): void => {
    const symbol = event.type === 'candle' ? event.candle.symbol : event.symbol;
    this.#heard.add(symbol);
    if (event.type !== 'feed') {
      this.#latest = this.#clock.now();
      if (event.type === 'tick') this.#stale.delete(symbol);
    } else if (event.status === 'STALE') this.#stale.set(symbol, event.detail);
    else if (event.status === 'RECOVERED') this.#stale.delete(symbol);
  };

  /** They are not watched any more: their silence says nothing. */
  readonly forget = (symbols: readonly TradingSymbol[]): void => {
    for (const symbol of symbols) {
      this.#heard.delete(symbol);
      this.#stale.delete(symbol);
    }
  };

  /** Why the market counts as stale as a whole; undefined while some symbol is fresh. */
  get problem(): string | undefined {
    const silence = this.#clock.now() - this.#latest;
    const limit = this.#limit();
    if (silence > limit) {
      return `no market data for ${formatDuration(silence - (silence % 1_000))}; allowed ${formatDuration(limit)}`;
    }
    const [first] = this.#stale;
    if (first === undefined || this.#stale.size < this.#heard.size) return undefined;
    return `the data of all ${this.#stale.size} symbols are stale; ${first[0]}: ${first[1]}`;
  }

  get view(): Readonly<Record<string, unknown>> {
    return { lastMarketData: this.#latest, symbols: this.#heard.size, staleSymbols: [...this.#stale.keys()] };
  }
}
