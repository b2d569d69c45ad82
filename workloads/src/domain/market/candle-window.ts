import { type Money, NO_MONEY, asMoney } from '../money/amounts.ts';
import { pow10 } from '../money/decimal.ts';
import type { Duration, Timestamp } from '../time.ts';
import type { Candle } from './candle.ts';
import type { CandleSeries } from './candle-series.ts';
import { type Placement, SlotRing, slotOf } from './slot-ring.ts';

interface Entry {
  readonly candle: Candle;
  /** Quote volume of all candles of the window's history up to this one, in units of the window's volume scale. */
  through: bigint;
}

/**
 * The last closed candles of one symbol, keyed by open time (trading-rules: candles and time). A candle sent again
 * replaces its entry, one older than the window is ignored, a late one may fill a hole.
 *
 * The work per appended candle does not depend on the window's size: the volume of a stretch is the difference of two
 * running sums, and completeness the distance to the last gap. Only replacing or filling (rare) walks the window.
 */
export class CandleWindow implements CandleSeries {
  readonly interval: Duration;
  readonly #ring: SlotRing<Entry>;
  /** Decimal places of the running sums: the widest seen. */
  #scale = 0;
  /** The first slot of the unbroken stretch that ends at the newest candle. */
  #runStart = -1;

  /** @throws RangeError when the capacity is not a positive whole number */
  constructor(options: { readonly interval: Duration; readonly capacity: number }) {
    this.interval = options.interval;
    this.#ring = new SlotRing(options.capacity);
  }

  get capacity(): number {
    return this.#ring.capacity;
  }

  /** How many different candles were ever taken in: what warm-up is measured by. */
  get seen(): number {
    return this.#ring.seen;
  }

  get latest(): Candle | undefined {
    return this.at(0);
  }

  /** The candle `age` intervals before the newest; undefined when it is missing or out of the window. */
  at(age: number): Candle | undefined {
    return this.#ring.at(this.#ring.newest - age)?.candle;
  }

  /**
   * Take in a closed candle. Only `appended` moved the window on, so only then is there something new to decide.
   * @throws RangeError when the candle is of another interval or not aligned (callers check candles first)
   */
  put(candle: Candle): Placement {
    if (candle.interval !== this.interval) {
      throw new RangeError(`a window of ${this.interval} ms takes no candle of ${candle.interval} ms`);
    }
    const slot = slotOf(candle.openTime, this.interval);
    const before = this.#ring.newest;
    // First the units: a candle with more decimal places rewrites the running sums.
    const units = this.#volumeUnits(candle);
    const through = (this.#ring.at(before)?.through ?? 0n) + units;
    const placement = this.#ring.put(slot, { candle, through });
    if (placement === 'appended') {
      if (slot !== before + 1 || before < 0) this.#runStart = slot;
    } else if (placement !== 'ignored') {
      this.#recompute();
    }
    return placement;
  }

  /**
   * Whether the newest `count` candles are all there.
   * @throws RangeError when the window cannot hold as many: the answer would be no for ever
   */
  isComplete(count: number): boolean {
    if (count > this.capacity) {
      throw new RangeError(`a window of ${this.capacity} candles never holds ${count}`);
    }
    return this.#runStart >= 0 && this.#ring.newest - this.#runStart + 1 >= count;
  }

  /** The open time of the newest candle missing among the last `count`; undefined when none is, or no candle came yet. */
  gapAt(count: number): Timestamp | undefined {
    if (this.isComplete(count) || this.#runStart < 0) return undefined;
    return (this.#runStart - 1) * this.interval;
  }

  /** Quote volume of the newest `count` candles, exact; missing ones add nothing. */
  quoteVolume(count: number): Money {
    const { newest } = this.#ring;
    const last = this.#ring.at(newest);
    const first = this.#firstFrom(newest - Math.min(count, this.capacity) + 1);
    if (count < 1 || !last || !first) return NO_MONEY;
    return asMoney({
      units: last.through - first.through + this.#volumeUnits(first.candle),
      scale: this.#scale,
    });
  }

  #firstFrom(slot: number): Entry | undefined {
    for (let at = slot; at <= this.#ring.newest; at += 1) {
      const entry = this.#ring.at(at);
      if (entry) return entry;
    }
    return undefined;
  }

  /** A candle's quote volume in units of the common scale, which widens when a candle needs more places. */
  #volumeUnits({ quoteVolume }: Candle): bigint {
    if (quoteVolume.scale === this.#scale) return quoteVolume.units;
    if (quoteVolume.scale > this.#scale) this.#widen(quoteVolume.scale);
    return quoteVolume.units * pow10(this.#scale - quoteVolume.scale);
  }

  #widen(scale: number): void {
    this.#scale = scale;
    this.#recompute();
  }

  #recompute(): void {
    const { newest } = this.#ring;
    let through = 0n;
    this.#runStart = -1;
    for (let slot = Math.max(0, newest - this.capacity + 1); slot <= newest; slot += 1) {
      const entry = this.#ring.at(slot);
      if (!entry) {
        this.#runStart = -1;
        continue;
      }
      through += this.#volumeUnits(entry.candle);
      entry.through = through;
      if (this.#runStart < 0) this.#runStart = slot;
    }
  }
}
