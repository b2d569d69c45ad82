import type { TradingSymbol } from '../domain/market/candle.ts';
import type { Timestamp } from '../domain/time.ts';
import type { DataQuality } from './store/data-quality.ts';
import type { SymbolTape } from './tape/symbol-tape.ts';

/** A close, for charts. */
export interface PricePoint {
  readonly time: Timestamp;
  readonly price: number;
}

/** Points of a chart: more than a screen has columns. */
const POINTS = 2_000;

/** Keeps closes at even distances, for the price chart and the buy-and-hold line. */
export class PriceSampler {
  readonly #series = new Map<TradingSymbol, PricePoint[]>();
  #step = 1;

  constructor(symbols: readonly TradingSymbol[]) {
    for (const symbol of symbols) this.#series.set(symbol, []);
  }

  get series(): ReadonlyMap<TradingSymbol, readonly PricePoint[]> {
    return this.#series;
  }

  /** How far apart the points are, for data of this length. */
  spread(
    quality: readonly DataQuality[],
    period: {
      readonly from?: Timestamp | undefined;
      readonly to?: Timestamp | undefined;
      readonly strategy: { readonly interval: number };
    },
  ): void {
    const known = quality.filter(({ candles }) => candles > 0);
    const from = Math.max(period.from ?? 0, Math.min(...known.map((one) => one.firstOpenTime)));
    const to = Math.min(
      period.to ?? Number.MAX_SAFE_INTEGER,
      Math.max(...known.map((one) => one.lastOpenTime)),
    );
    const slots = (to - from) / period.strategy.interval;
    if (Number.isFinite(slots)) this.#step = Math.max(1, Math.ceil(slots / POINTS));
  }

  /** The tape's closes of a stretch of slots; the first of all and every `step`-th after. */
  take(tape: SymbolTape, from: number, to: number): void {
    const points = this.#series.get(tape.symbol);
    if (points === undefined) return;
    const power = 10 ** tape.scale;
    const first =
      points.length === 0
        ? firstWith(tape, from, to)
        : from + ((this.#step - (from % this.#step)) % this.#step);
    for (let slot = first; slot < to; slot += this.#step - (slot % this.#step)) {
      const close = tape.close[slot - tape.base] ?? 0;
      if (close !== 0) points.push({ time: (slot + 1) * tape.interval, price: close / power });
    }
  }
}

function firstWith(tape: SymbolTape, from: number, to: number): number {
  let slot = from;
  while (slot < to && (tape.close[slot - tape.base] ?? 0) === 0) slot += 1;
  return slot;
}
