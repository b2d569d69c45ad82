/**
 * The last values of a regular time series, keyed by slot. Glossary:
 * *slot* — a whole number counting intervals since the epoch (openTime / interval), never negative;
 * *newest* — the highest slot seen; *window* — the `capacity` slots that end at the newest.
 */

/** What became of a value: `appended` moved the window on, `filled` closed a hole, `ignored` was older than the window. */
export type Placement = 'appended' | 'replaced' | 'filled' | 'ignored';

const NONE = -1;

/** A regular time series as the figures over it see it, however it is kept. */
export interface SlotSeries<T> {
  /** The highest slot seen, -1 before the first. */
  readonly newest: number;
  /** The lowest slot ever taken in, -1 before the first. It may lie far before the window. */
  readonly first: number;
  /** The value of a slot; undefined when it is missing or outside the window. */
  at(slot: number): T | undefined;
}

/** A ring with O(1) work a value. Values stay where they are; a slot number beside each tells whether it is current. */
export class SlotRing<T> implements SlotSeries<T> {
  readonly capacity: number;
  readonly #mask: number;
  readonly #slots: Float64Array;
  readonly #values: T[];
  #newest = NONE;
  #first = NONE;
  #seen = 0;

  /** @throws RangeError when the capacity is not a positive whole number */
  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`a window holds at least one value: was ${capacity}`);
    }
    this.capacity = capacity;
    // A power of two, so that the index of a slot is a mask and not a division.
    const size = 2 ** Math.ceil(Math.log2(capacity));
    this.#mask = size - 1;
    this.#slots = new Float64Array(size).fill(NONE);
    this.#values = [];
  }

  /** The highest slot seen, -1 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** The lowest slot ever taken in, -1 before the first. It may lie far before the window. */
  get first(): number {
    return this.#first;
  }

  /** How many different slots were ever taken in. */
  get seen(): number {
    return this.#seen;
  }

  put(slot: number, value: T): Placement {
    const placement = this.#place(slot);
    if (placement === 'ignored') return placement;
    const index = slot & this.#mask;
    this.#slots[index] = slot;
    this.#values[index] = value;
    if (placement === 'replaced') return placement;
    this.#seen += 1;
    if (placement === 'appended') this.#newest = slot;
    if (this.#first === NONE || slot < this.#first) this.#first = slot;
    return placement;
  }

  #place(slot: number): Placement {
    if (slot > this.#newest) return 'appended';
    if (slot <= this.#newest - this.capacity) return 'ignored';
    return this.#slots[slot & this.#mask] === slot ? 'replaced' : 'filled';
  }

  /** The value of a slot; undefined when it is missing or outside the window. */
  at(slot: number): T | undefined {
    if (slot > this.#newest || slot <= this.#newest - this.capacity) return undefined;
    const index = slot & this.#mask;
    return this.#slots[index] === slot ? this.#values[index] : undefined;
  }
}

/** The slot of an open time. @throws RangeError when it is not aligned (callers check candles first) */
export function slotOf(openTime: number, interval: number): number {
  const slot = openTime / interval;
  if (!Number.isSafeInteger(slot) || slot < 0) {
    throw new RangeError(`open time must be a multiple of the interval (${interval} ms): was ${openTime}`);
  }
  return slot;
}
