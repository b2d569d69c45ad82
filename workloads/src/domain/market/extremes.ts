import type { Price } from '../money/amounts.ts';
import { maximum, minimum } from '../money/decimal.ts';
import type { Candle } from './candle.ts';
import type { CandleSeries } from './candle-series.ts';

/** The extreme of a price over the `count` candles before the newest; those that are missing say nothing. */
function extreme(
  window: CandleSeries,
  count: number,
  read: { readonly price: (candle: Candle) => Price; readonly pick: (a: Price, b: Price) => Price },
): Price | undefined {
  let found: Price | undefined;
  for (let age = 1; age <= count; age += 1) {
    const candle = window.at(age);
    if (candle === undefined) continue;
    const price = read.price(candle);
    found = found === undefined ? price : read.pick(found, price);
  }
  return found;
}

const HIGH = { price: ({ high }: Candle) => high, pick: maximum<Price> };
const LOW = { price: ({ low }: Candle) => low, pick: minimum<Price> };

/** The highest high of the `count` candles before the newest, which is not among them; undefined when none is there. */
export const highestHigh = (window: CandleSeries, count: number): Price | undefined =>
  extreme(window, count, HIGH);

/** The lowest low of the `count` candles before the newest, which is not among them; undefined when none is there. */
export const lowestLow = (window: CandleSeries, count: number): Price | undefined =>
  extreme(window, count, LOW);
