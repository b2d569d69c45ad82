import { type Price, type Ratio, asRatio, ratioOf } from '../money/amounts.ts';
import { add, divideUnits, multiply, decimal, subtract } from '../money/decimal.ts';
import { DAY, type Duration, MINUTE, type Timestamp } from '../time.ts';
import { SlotRing } from './slot-ring.ts';

interface Bucket {
  readonly sum: bigint;
  readonly count: bigint;
}

const HALF = decimal(5n, 1);

/** (ask − bid) / mid, rounded up to 1e-8. Both positive. */
export const spreadOf = (bid: Price, ask: Price): Ratio =>
  ratioOf(subtract(ask, bid), multiply(add(bid, ask), HALF), 'ceil');

/**
 * The average spread of one symbol over the last 24 h, exact. Samples are first averaged by minute, so that a burst of
 * updates weighs no more than a quiet minute.
 */
export class SpreadAverage {
  readonly warmup: Duration;
  readonly #minutes = new SlotRing<Bucket>(DAY / MINUTE);

  /** `warmup`: how long samples must have come before the average is believed. */
  constructor(options: { readonly warmup: Duration }) {
    this.warmup = options.warmup;
  }

  put(time: Timestamp, spreadRatio: Ratio): void {
    const slot = Math.floor(time / MINUTE);
    const { sum, count } = this.#minutes.at(slot) ?? { sum: 0n, count: 0n };
    this.#minutes.put(slot, { sum: sum + spreadRatio, count: count + 1n });
  }

  /** The mean of the minutes' means within 24 h before `now`, rounded down; undefined during warm-up or without samples. */
  average(now: Timestamp): Ratio | undefined {
    const { newest, first, seen } = this.#minutes;
    const current = Math.floor(now / MINUTE);
    if (seen === 0 || (current - first) * MINUTE < this.warmup) return undefined;
    let total = 0n;
    let minutes = 0n;
    for (let slot = Math.max(0, current - DAY / MINUTE + 1); slot <= Math.min(newest, current); slot += 1) {
      const bucket = this.#minutes.at(slot);
      if (!bucket) continue;
      total += divideUnits(bucket.sum, bucket.count, 'floor');
      minutes += 1n;
    }
    return minutes === 0n ? undefined : asRatio(divideUnits(total, minutes, 'floor'));
  }
}
