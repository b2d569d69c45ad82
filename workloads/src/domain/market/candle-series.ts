import type { Money } from '../money/amounts.ts';
import type { Duration } from '../time.ts';
import type { Candle } from './candle.ts';

/**
 * The last closed candles of one symbol, newest first, as strategies and checks see them: nothing later than the newest
 * is in reach, so that no decision can look ahead.
 */
export interface CandleSeries {
  readonly interval: Duration;
  /** How many intervals back anything is kept. */
  readonly capacity: number;
  /** How many different candles were ever taken in: what warm-up is measured by. */
  readonly seen: number;
  readonly latest: Candle | undefined;
  /** The candle `age` intervals before the newest; undefined when it is missing or out of the window. */
  at(age: number): Candle | undefined;
  /**
   * Whether the newest `count` candles are all there.
   * @throws RangeError when the window cannot hold as many: the answer would be no for ever
   */
  isComplete(count: number): boolean;
  /** Quote volume of the newest `count` candles, exact; missing ones add nothing. */
  quoteVolume(count: number): Money;
}
