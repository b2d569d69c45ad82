import { type Price, type Ratio, asRatio, ratioOf } from '../money/amounts.ts';
import { add, multiply, decimal, subtract } from '../money/decimal.ts';
import { DAY, type Duration, MINUTE, type Timestamp } from '../time.ts';
import { SlotRing, type SlotSeries } from './slot-ring.ts';

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

/** Whole numbers below 2^53, exact: a float division could round up to the next whole number. */
const floorDivide = (sum: number, count: number): number => (sum - (sum % count)) / count;

/**
 * The mean of the minutes' mean spreads within 24 h before `now`, rounded down; undefined while samples came for less
 * than `warmup`, or without any. The series is of minutes, in units of 1e-8.
 */
export function averageSpread(
  minutes: SlotSeries<number>,
  now: Timestamp,
  warmup: Duration,
): Ratio | undefined {
  const { newest, first } = minutes;
  const current = Math.floor(now / MINUTE);
  if (newest < 0 || (current - first) * MINUTE < warmup) return undefined;
  let total = 0;
  let count = 0;
  for (let slot = Math.max(0, current - MINUTES + 1); slot <= Math.min(newest, current); slot += 1) {
    const mean = minutes.at(slot);
    if (mean === undefined) continue;
    total += mean;
    count += 1;
  }
  return count === 0 ? undefined : asRatio(BigInt(floorDivide(total, count)));
}

/**
 * The average spread of one symbol over the last 24 h, exact. Samples are first averaged by minute, so that a burst of
 * updates weighs no more than a quiet minute.
 */
export class SpreadAverage {
  readonly warmup: Duration;
  readonly #minutes = new SlotRing<Bucket>(MINUTES);
  readonly #means: SlotSeries<number>;

  /** `warmup`: how long samples must have come before the average is believed. */
  constructor(options: { readonly warmup: Duration }) {
    this.warmup = options.warmup;
    const minutes = this.#minutes;
    this.#means = {
      get newest() {
        return minutes.newest;
      },
      get first() {
        return minutes.first;
      },
      at: (slot) => {
        const bucket = minutes.at(slot);
        return bucket === undefined ? undefined : floorDivide(bucket.sum, bucket.count);
      },
    };
  }

  put(time: Timestamp, spreadRatio: Ratio): void {
    const slot = Math.floor(time / MINUTE);
    const { sum, count } = this.#minutes.at(slot) ?? { sum: 0, count: 0 };
    this.#minutes.put(slot, { sum: sum + Number(spreadRatio), count: count + 1 });
  }

  /** `averageSpread` at `now`. */
  average(now: Timestamp): Ratio | undefined {
    return averageSpread(this.#means, now, this.warmup);
  }
}
