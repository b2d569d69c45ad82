import { modelSpread } from '../../domain/fills/model-spread.ts';
import type { CandleSeries } from '../../domain/market/candle-series.ts';
import type { Candle } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import type { SlotSeries } from '../../domain/market/slot-ring.ts';
import type { CloseSeries } from '../../domain/market/volatility.ts';
import { spreadOf } from '../../domain/market/spread-average.ts';
import {
  asMoney,
  asPrice,
  asQuantity,
  type Money,
  NO_MONEY,
  type Price,
  type Ratio,
  RATIO_SCALE,
} from '../../domain/money/amounts.ts';
import { add, pow10 } from '../../domain/money/decimal.ts';
import { MINUTE } from '../../domain/time.ts';
import type { SymbolTape } from './symbol-tape.ts';

/**
 * One symbol's tape up to a moment: what was known then and nothing later. The engine moves it on (`seek`); whoever
 * decides reads it. Figures are computed from the columns when they are asked for, by the same domain functions that
 * the services feed candle by candle.
 */
export class TapeView implements CandleSeries {
  readonly tape: SymbolTape;
  readonly #capacity: number;
  #newest = -1;
  /** Up to where it was looked for. */
  #sought = -1;
  #latest: Candle | undefined;
  #close: Price | undefined;

  constructor(tape: SymbolTape, capacity: number) {
    this.tape = tape;
    this.#capacity = capacity;
  }

  get interval(): number {
    return this.tape.interval;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** Slot of the newest candle known; -1 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** Moves on to the newest candle at or before `slot`. */
  seek(slot: number): void {
    const { tape } = this;
    const known = Math.max(this.#sought, tape.base - 1);
    this.#sought = Math.max(this.#sought, slot);
    for (let at = slot; at > known; at -= 1) {
      if (tape.close[at - tape.base] === 0) continue;
      this.#newest = at;
      this.#latest = undefined;
      this.#close = undefined;
      return;
    }
  }

  get latest(): Candle | undefined {
    this.#latest ??= this.#candleAt(this.#newest);
    return this.#latest;
  }

  /** The close of the newest candle; undefined before the first. */
  get close(): Price | undefined {
    if (this.#close === undefined && this.#newest >= 0) {
      this.#close = this.#latest?.close ?? this.priceOf(this.tape.close[this.#newest - this.tape.base] ?? 0);
    }
    return this.#close;
  }

  /** Before the tape lets go of it: what is newest stays known. */
  keepLatest(): void {
    if (this.latest !== undefined) this.#close = this.latest.close;
  }

  at(age: number): Candle | undefined {
    return age === 0 ? this.latest : this.#candleAt(this.#newest - age);
  }

  get seen(): number {
    const { tape } = this;
    return this.#newest < 0 ? 0 : tape.dropped + tape.countBetween(tape.base, this.#newest + 1);
  }

  isComplete(count: number): boolean {
    if (count > this.#capacity) {
      throw new RangeError(`a window of ${this.#capacity} candles never holds ${count}`);
    }
    if (this.#newest < 0) return false;
    for (let slot = this.#newest; slot > this.#newest - count; slot -= 1) {
      if (!this.#has(slot)) return false;
    }
    return true;
  }

  quoteVolume(count: number): Money {
    let total = NO_MONEY;
    const from = this.#newest - Math.min(count, this.#capacity) + 1;
    for (let slot = Math.max(0, from); slot <= this.#newest; slot += 1) {
      if (this.#has(slot)) total = add(total, this.quoteVolumeAt(slot)) as Money;
    }
    return asMoney(total);
  }

  quoteVolumeAt(slot: number): Money {
    const index = slot - this.tape.base;
    const units = this.tape.quoteUnits[index] ?? 0n;
    return { units, scale: this.tape.quoteScale[index] ?? 0 } as Money;
  }

  /** A price of the tape as an exact amount. */
  priceOf(units: number): Price {
    return asPrice({ units: BigInt(units), scale: this.tape.scale });
  }

  #has(slot: number): boolean {
    const { tape } = this;
    return slot >= tape.base && slot <= this.#newest && (tape.close[slot - tape.base] ?? 0) !== 0;
  }

  #candleAt(slot: number): Candle | undefined {
    if (!this.#has(slot) || slot <= this.#newest - this.#capacity) return undefined;
    const { tape } = this;
    const index = slot - tape.base;
    return {
      symbol: tape.symbol,
      interval: tape.interval,
      openTime: slot * tape.interval,
      open: this.priceOf(tape.open[index] ?? 0),
      high: this.priceOf(tape.high[index] ?? 0),
      low: this.priceOf(tape.low[index] ?? 0),
      close: this.priceOf(tape.close[index] ?? 0),
      volume: asQuantity({ units: tape.volumeUnits[index] ?? 0n, scale: tape.volumeScale[index] ?? 0 }),
      quoteVolume: this.quoteVolumeAt(slot),
    };
  }
}

/** Closes as floats, as volatility sees them: within `span` candles before the newest. */
export function closesOf(view: TapeView, span: number): CloseSeries {
  const { tape } = view;
  const power = Number(pow10(tape.scale));
  const { newest } = view;
  return {
    newest,
    column: (from, to) => {
      const closes = new Float64Array(to - from + 1);
      const start = Math.max(from, tape.base, newest - span + 1);
      const end = Math.min(to, newest);
      for (let slot = start; slot <= end; slot += 1) {
        closes[slot - from] = (tape.close[slot - tape.base] as number) / power;
      }
      return closes;
    },
    first: newest < 0 ? -1 : tape.first,
    at: (slot) => {
      if (slot > newest || slot <= newest - span || slot < tape.base) return undefined;
      const units = tape.close[slot - tape.base] ?? 0;
      // The same float as from the shortest form of the price: both are the nearest to the same quotient.
      return units === 0 ? undefined : units / power;
    },
  };
}

/** Quote volumes as depth sees them: the last `span` candles. */
export function volumesOf(view: TapeView, span: number): SlotSeries<Money> {
  const { tape, newest } = view;
  return {
    newest,
    first: newest < 0 ? -1 : tape.first,
    at: (slot) => {
      const isThere = slot <= newest && slot > newest - span && slot >= tape.base;
      return isThere && tape.close[slot - tape.base] !== 0 ? view.quoteVolumeAt(slot) : undefined;
    },
  };
}

/** The modelled spread of a price, in whole units of 1e-8. */
export function modelledSpread(price: Price, halfSpreadRatio: Ratio, instrument: Instrument): Ratio {
  const { bid, ask } = modelSpread(price, halfSpreadRatio, instrument.tickSize);
  return spreadOf(bid, ask);
}

const RATIO_ONE = 10 ** RATIO_SCALE;

/**
 * `modelledSpread` in floats, where that is exact: all products below 2^53. Undefined where it is not, or not surely.
 * With p, t and h whole: bid = floor((p − h) / t) · t, ask = ceil((p + h) / t) · t, spread = ceil(2e8 · (ask − bid) /
 * (bid + ask)), all by exact division of whole numbers.
 */
export function makeFastSpread(
  tape: Pick<SymbolTape, 'scale'>,
  halfSpreadRatio: Ratio,
  instrument: Instrument,
): (units: number) => number | undefined {
  const { tickSize } = instrument;
  const tickScale = Math.max(tickSize.scale, tape.scale);
  // In units of the finer scale, times 1e8, so that the half spread is whole as well.
  const lift = 10 ** (tickScale - tape.scale);
  const tick = Number(tickSize.units) * 10 ** (tickScale - tickSize.scale) * RATIO_ONE;
  const ratio = Number(halfSpreadRatio);
  return (units) => {
    const price = units * lift * RATIO_ONE;
    if (!(price < 2 ** 51 && tick < 2 ** 51)) return undefined;
    const half = Math.max(tick, units * lift * ratio);
    const bid = floorDivide(price - half, tick);
    return spreadUnits(bid > 0 ? bid : 1, -floorDivide(-price - half, tick));
  };
}

/**
 * floor(a / b) of whole numbers below 2^52, b positive, exact: the float quotient may be rounded to the next whole number,
 * which its remainder (exact) shows. Much faster than `%`.
 */
function floorDivide(a: number, b: number): number {
  const quotient = Math.floor(a / b);
  const rest = a - quotient * b;
  if (rest < 0) return quotient - 1;
  return rest >= b ? quotient + 1 : quotient;
}

/** ceil(2e8 · (ask − bid) / (bid + ask)) in ticks. */
function spreadUnits(bid: number, ask: number): number | undefined {
  const numerator = 2 * RATIO_ONE * (ask - bid);
  const sum = bid + ask;
  if (!(numerator < 2 ** 52 && sum < 2 ** 52)) return undefined;
  return -floorDivide(-numerator, sum);
}

/** Minutes between two slots of the tape. */
export const minuteOf = (slot: number, interval: number): number =>
  Math.floor(((slot + 1) * interval) / MINUTE);
