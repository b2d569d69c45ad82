import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import type { Decimal } from '../../domain/money/decimal.ts';
import { pow10 } from '../../domain/money/decimal.ts';
import type { Duration } from '../../domain/time.ts';

/** A candle whose amounts have more digits than a tape keeps. */
export class TapeOverflowError extends Error {
  readonly code = 'AMOUNT_TOO_WIDE';
  readonly retryable = false;
  constructor(symbol: TradingSymbol, openTime: number, what: string) {
    super(`${symbol} at ${openTime}: ${what}; a back-test keeps 15 digits of a price and 18 of a volume`);
    this.name = 'TapeOverflowError';
  }
}

/** Slots that a tape takes in at a time. */
export const SEGMENT = 65_536;

const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Closed candles of one symbol in columns, addressed by slot (open time / interval). Prices are whole numbers of one
 * common scale, exact as floats (below 2^53); a close of 0 means that the candle is missing. Only a stretch of the data
 * is in memory: the slots in work and those before them that figures look back on.
 */
export class SymbolTape {
  readonly symbol: TradingSymbol;
  readonly interval: Duration;
  /** Slots kept before the ones in work. */
  readonly lookback: number;
  /** Slot of index 0. */
  base = 0;
  /** Decimal places of prices. */
  scale = 0;
  /** The first slot that has a candle in the data; -1 before it is known. */
  first = -1;
  /** Candles that left the tape. */
  dropped = 0;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly quoteUnits: BigInt64Array;
  readonly quoteScale: Uint8Array;
  readonly volumeUnits: BigInt64Array;
  readonly volumeScale: Uint8Array;

  constructor(symbol: TradingSymbol, interval: Duration, lookback: number) {
    this.symbol = symbol;
    this.interval = interval;
    this.lookback = lookback;
    const size = lookback + SEGMENT;
    this.open = new Float64Array(size);
    this.high = new Float64Array(size);
    this.low = new Float64Array(size);
    this.close = new Float64Array(size);
    this.quoteUnits = new BigInt64Array(size);
    this.volumeUnits = new BigInt64Array(size);
    this.quoteScale = new Uint8Array(size);
    this.volumeScale = new Uint8Array(size);
  }

  get capacity(): number {
    return this.close.length;
  }

  /** Makes room so that `slots` slots from `slot` on are in reach; what is older than the look-back goes. */
  reserve(slot: number, slots: number): void {
    if (slot >= this.base && slot + slots <= this.base + this.capacity) return;
    const base = Math.max(0, slot - this.lookback);
    this.#count(base);
    const shift = base - this.base;
    for (const column of this.#columns()) {
      if (shift < this.capacity && shift >= 0) column.copyWithin(0, shift);
      const kept = shift < this.capacity && shift >= 0 ? this.capacity - shift : 0;
      if (column instanceof BigInt64Array) column.fill(0n, kept);
      else column.fill(0, kept);
    }
    this.base = base;
  }

  /** Nothing is on the tape, which begins at `slot`. */
  clear(slot: number): void {
    for (const column of this.#columns()) {
      if (column instanceof BigInt64Array) column.fill(0n);
      else column.fill(0);
    }
    this.base = slot;
  }

  /** Puts a candle on the tape; its slot must be reserved. @throws TapeOverflowError */
  put(candle: Candle): void {
    const slot = candle.openTime / this.interval;
    const index = slot - this.base;
    const { open, high, low, close } = candle;
    this.widen(Math.max(open.scale, high.scale, low.scale, close.scale));
    this.open[index] = this.#price(candle, open);
    this.high[index] = this.#price(candle, high);
    this.low[index] = this.#price(candle, low);
    this.close[index] = this.#price(candle, close);
    this.quoteUnits[index] = this.#amount(candle, candle.quoteVolume);
    this.quoteScale[index] = candle.quoteVolume.scale;
    this.volumeUnits[index] = this.#amount(candle, candle.volume);
    this.volumeScale[index] = candle.volume.scale;
    if (this.first < 0) this.first = slot;
  }

  /** Prices get at least so many decimal places. @throws TapeOverflowError */
  widen(scale: number): void {
    if (scale <= this.scale) return;
    const places = scale - this.scale;
    this.scale = scale;
    this.rescale(0, this.capacity, places);
  }

  /** Gives the prices of a stretch of indices so many places more. @throws TapeOverflowError */
  rescale(from: number, count: number, places: number): void {
    const factor = 10 ** places;
    for (const column of [this.open, this.high, this.low, this.close]) {
      for (let i = from; i < from + count; i += 1) {
        const units = (column[i] ?? 0) * factor;
        if (units > Number.MAX_SAFE_INTEGER) {
          const problem = `a price needs ${this.scale} decimal places`;
          throw new TapeOverflowError(this.symbol, (this.base + i) * this.interval, problem);
        }
        column[i] = units;
      }
    }
  }

  /** Candles from slot to slot, the last not included. */
  countBetween(from: number, to: number): number {
    let count = 0;
    const end = Math.min(to - this.base, this.capacity);
    for (let i = Math.max(0, from - this.base); i < end; i += 1) if (this.close[i] !== 0) count += 1;
    return count;
  }

  #columns(): readonly (Float64Array | BigInt64Array | Uint8Array)[] {
    const { open, high, low, close, quoteUnits, quoteScale, volumeUnits, volumeScale } = this;
    return [open, high, low, close, quoteUnits, quoteScale, volumeUnits, volumeScale];
  }

  #count(base: number): void {
    this.dropped += this.countBetween(this.base, base);
  }

  #price(candle: Candle, value: Decimal): number {
    const units = value.units * pow10(this.scale - value.scale);
    if (units > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new TapeOverflowError(
        candle.symbol,
        candle.openTime,
        `a price has ${units.toString().length} digits`,
      );
    }
    return Number(units);
  }

  #amount(candle: Candle, { units }: Decimal): bigint {
    if (units <= MAX_INT64) return units;
    throw new TapeOverflowError(
      candle.symbol,
      candle.openTime,
      `a volume has ${units.toString().length} digits`,
    );
  }
}
