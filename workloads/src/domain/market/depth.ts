import { type Money, NO_MONEY, type Ratio, asMoney, scaleBy } from '../money/amounts.ts';
import { add, compare, decimal, multiply } from '../money/decimal.ts';
import type { Duration } from '../time.ts';
import type { Candle } from './candle.ts';
import { type Placement, SlotRing, type SlotSeries, slotOf } from './slot-ring.ts';

/** How many candles the median is taken over (trading-rules §5). */
export const DEPTH_CANDLES = 12;
const HALF = decimal(5n, 1);

/** The median of amounts, exact; of an even number of them the mean of the middle two. Zero for none. */
export function medianOf(amounts: readonly Money[]): Money {
  const sorted = [...amounts].sort(compare);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NO_MONEY;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? NO_MONEY;
  return asMoney(multiply(add(lower, upper), HALF));
}

/**
 * The modelled depth of a symbol's book, in quote units: a share of the median quote volume of the last 12 closed
 * candles. A missing candle counts as one without volume: nothing proves that anybody traded. Undefined before the
 * series reaches back 12 candles.
 */
export function depthOf(volumes: SlotSeries<Money>, depthShareRatio: Ratio): Money | undefined {
  const { newest, first } = volumes;
  if (newest < 0 || newest - first < DEPTH_CANDLES - 1) return undefined;
  const latest: Money[] = [];
  for (let age = 0; age < DEPTH_CANDLES; age += 1) latest.push(volumes.at(newest - age) ?? NO_MONEY);
  return asMoney(scaleBy(medianOf(latest), depthShareRatio));
}

/** The depth of one symbol's book, candle by candle (`depthOf`). */
export class DepthEstimate {
  readonly interval: Duration;
  readonly #volumes = new SlotRing<Money>(DEPTH_CANDLES);

  constructor(interval: Duration) {
    this.interval = interval;
  }

  /** @throws RangeError when the candle is not aligned (callers check candles first) */
  put(candle: Pick<Candle, 'openTime' | 'quoteVolume'>): Placement {
    return this.#volumes.put(slotOf(candle.openTime, this.interval), candle.quoteVolume);
  }

  /** Quote units; undefined before the window reaches back 12 candles. */
  depth(depthShareRatio: Ratio): Money | undefined {
    return depthOf(this.#volumes, depthShareRatio);
  }
}
