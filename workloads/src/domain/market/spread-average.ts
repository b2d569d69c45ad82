import { type Price, type Ratio, asRatio, ratioOf } from '../money/amounts.ts';
import { add, multiply, decimal, subtract } from '../money/decimal.ts';
import { DAY, type Duration, MINUTE, type Timestamp } from '../time.ts';
import { SlotRing } from './slot-ring.ts';

/** Samples of one minute, in units of 1e-8. A spread is at most 2 (2e8 units), so that sums stay whole numbers below 2^53. */
interface Bucket {
  readonly sum: number;
  readonly count: number;
}

const HALF = decimal(5n, 1);
const MINUTES = DAY / MINUTE;

/** (ask − bid) / mid, rounded up to 1e-8. Both positive. */
export const spreadOf = (bid: Price, ask: Price): Ratio =>
  ratioOf(subtract(ask, bid), multiply(add(bid, ask), HALF), 'ceil');

/** Mean spreads of minutes, in units of 1e-8. */
export interface MinuteSpreads {
  /** The latest minute with samples, -1 before the first. */
  readonly newest: number;
  /** The earliest minute ever seen, -1 before the first. */
  readonly first: number;
  /** Over the minutes from one to another, both included, that had samples. */
  sumOf(from: number, to: number): MinuteSum;
}

export interface MinuteSum {
  readonly total: number;
  /** Of minutes. */
  readonly count: number;
}

/** Whole numbers below 2^53, exact: a float division could round up to the next whole number. */
const floorDivide = (sum: number, count: number): number => (sum - (sum % count)) / count;

/**
 * The mean of the minutes' mean spreads within 24 h before `now`, rounded down; undefined while samples came for less
 * than `warmup`, or without any.
 */
export function averageSpread(minutes: MinuteSpreads, now: Timestamp, warmup: Duration): Ratio | undefined {
  const { newest, first } = minutes;
  const current = Math.floor(now / MINUTE);
  if (newest < 0 || (current - first) * MINUTE < warmup) return undefined;
  return meanOf(minutes.sumOf(Math.max(0, current - MINUTES + 1), Math.min(newest, current)));
}

const meanOf = ({ total, count }: MinuteSum): Ratio | undefined =>
  count === 0 ? undefined : asRatio(BigInt(floorDivide(total, count)));

/**
 * The average spread of one symbol over the last 24 h, exact. Samples are first averaged by minute, so that a burst of
 * updates weighs no more than a quiet minute. The sum of the day is kept, so that asking costs next to nothing.
 */
export class SpreadAverage {
  readonly warmup: Duration;
  readonly #minutes = new SlotRing<Bucket>(MINUTES);
  /** Over the day that ends at the newest minute. */
  #total = 0;
  #count = 0;

  /** `warmup`: how long samples must have come before the average is believed. */
  constructor(options: { readonly warmup: Duration }) {
    this.warmup = options.warmup;
  }

  put(time: Timestamp, spreadRatio: Ratio): void {
    const slot = Math.floor(time / MINUTE);
    const { newest } = this.#minutes;
    if (slot > newest) {
      const past = this.#sumOf(newest - MINUTES + 1, Math.min(newest, slot - MINUTES));
      this.#total -= past.total;
      this.#count -= past.count;
    }
    const before = this.#meanAt(slot);
    const { sum, count } = this.#minutes.at(slot) ?? { sum: 0, count: 0 };
    this.#minutes.put(slot, { sum: sum + Number(spreadRatio), count: count + 1 });
    const after = this.#meanAt(slot);
    this.#total += (after ?? 0) - (before ?? 0);
    this.#count += Number(after !== undefined) - Number(before !== undefined);
  }

  /** `averageSpread` at `now`. */
  average(now: Timestamp): Ratio | undefined {
    return this.#averageAfter(now, this.warmup);
  }

  /** The same over whatever came, however little. */
  averageSoFar(now: Timestamp): Ratio | undefined {
    return this.#averageAfter(now, 0);
  }

  #averageAfter(now: Timestamp, warmup: Duration): Ratio | undefined {
    const { newest, first } = this.#minutes;
    const current = Math.floor(now / MINUTE);
    if (current < newest) {
      return averageSpread({ newest, first, sumOf: (from, to) => this.#sumOf(from, to) }, now, warmup);
    }
    if (newest < 0 || (current - first) * MINUTE < warmup) return undefined;
    const past = this.#sumOf(newest - MINUTES + 1, Math.min(newest, current - MINUTES));
    return meanOf({ total: this.#total - past.total, count: this.#count - past.count });
  }

  #meanAt(minute: number): number | undefined {
    const bucket = this.#minutes.at(minute);
    return bucket === undefined ? undefined : floorDivide(bucket.sum, bucket.count);
  }

  /** Of the minutes from `from` to `to`, both included. */
  #sumOf(from: number, to: number): MinuteSum {
    let total = 0;
    let count = 0;
    for (let slot = Math.max(0, from); slot <= to; slot += 1) {
      const mean = this.#meanAt(slot);
      if (mean === undefined) continue;
      total += mean;
      count += 1;
    }
    return { total, count };
  }
}
