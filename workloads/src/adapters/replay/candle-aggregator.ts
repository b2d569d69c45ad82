import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import { asMoney, asQuantity } from '../../domain/money/amounts.ts';
import { add, maximum, minimum } from '../../domain/money/decimal.ts';
import type { Duration } from '../../domain/time.ts';
import type { DroppedWindows } from './replay-row.ts';

/** A window under way: its candle so far and how many finer ones are in it. */
interface Window {
  readonly candle: Candle;
  readonly count: number;
  /** The first of its symbol: the data may begin in the middle of it. */
  readonly isFirst: boolean;
}

const join = (soFar: Candle, next: Candle): Candle => ({
  symbol: soFar.symbol,
  interval: soFar.interval,
  openTime: soFar.openTime,
  open: soFar.open,
  high: maximum(soFar.high, next.high),
  low: minimum(soFar.low, next.low),
  close: next.close,
  volume: asQuantity(add(soFar.volume, next.volume)),
  quoteVolume: asMoney(add(soFar.quoteVolume, next.quoteVolume)),
});

/**
 * Makes candles of the bot's interval from finer ones. A window counts only when all its candles are there: half a
 * window would look like a quiet market. The others are dropped and counted, and the pipeline sees a gap.
 */
export class CandleAggregator {
  readonly #interval: Duration;
  readonly #dropped: DroppedWindows;
  /** By symbol; undefined between two windows. */
  readonly #windows = new Map<TradingSymbol, Window | undefined>();

  constructor(interval: Duration, dropped: DroppedWindows) {
    this.#interval = interval;
    this.#dropped = dropped;
  }

  /** The next finer candle of its symbol; returns the whole window when it was the last of one. */
  add(candle: Candle): Candle | undefined {
    const window = this.#extend(candle);
    const isWhole = window.count * candle.interval === this.#interval;
    this.#windows.set(candle.symbol, isWhole ? undefined : window);
    return isWhole ? window.candle : undefined;
  }

  /** No more candles: windows under way are dropped. */
  end(): void {
    for (const window of this.#windows.values()) {
      if (window !== undefined) this.#dropped.last += 1;
    }
    this.#windows.clear();
  }

  #extend(candle: Candle): Window {
    const interval = this.#interval;
    const openTime = candle.openTime - (candle.openTime % interval);
    const window = this.#windows.get(candle.symbol);
    if (window?.candle.openTime === openTime) {
      return { ...window, candle: join(window.candle, candle), count: window.count + 1 };
    }
    if (window !== undefined) this.#dropped[window.isFirst ? 'first' : 'inner'] += 1;
    return {
      candle: { ...candle, interval, openTime },
      count: 1,
      isFirst: !this.#windows.has(candle.symbol),
    };
  }
}
