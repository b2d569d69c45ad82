import { type Price, type Ratio, asRatio, ratioOf } from '../money/amounts.ts';
import { abs, maximum, minimum, subtract } from '../money/decimal.ts';
import type { Duration } from '../time.ts';
import type { CandleSeries } from './candle-series.ts';

/** How many candles a window needs so that it reaches back `duration`: both ends are closes. */
export const candlesCovering = (duration: Duration, interval: Duration): number =>
  Math.ceil(duration / interval) + 1;

/** |to / from − 1|, rounded up to 1e-8: a limit on it is never passed by rounding. */
export const moveOf = (from: Price, to: Price): Ratio => ratioOf(abs(subtract(to, from)), from, 'up');

/**
 * The largest move of a reference price against the closes within `duration` before the newest candle, up or down.
 * Undefined when any of those closes is missing (fail closed).
 * @throws RangeError when the window cannot hold that many candles (`candlesCovering`)
 */
export function largestMove(window: CandleSeries, reference: Price, duration: Duration): Ratio | undefined {
  const count = candlesCovering(duration, window.interval);
  if (!window.isComplete(count)) return undefined;
  let low: Price | undefined;
  let high: Price | undefined;
  for (let age = 0; age < count; age += 1) {
    const close = window.at(age)?.close;
    if (!close) return undefined;
    low = low ? minimum(low, close) : close;
    high = high ? maximum(high, close) : close;
  }
  if (!low || !high) return undefined;
  const up = moveOf(low, reference);
  const down = moveOf(high, reference);
  return asRatio(up > down ? up : down);
}
