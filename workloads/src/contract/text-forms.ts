/**
 * How amounts are written in a TradingBot file, and what they mean: percentages (`3%`), Go durations (`1h30m`) and the
 * candle intervals an exchange knows. All functions are exact.
 */
import { type Ratio, asRatio, RATIO_SCALE } from '../domain/money/amounts.ts';
import { parseDecimal, rescale } from '../domain/money/decimal.ts';
import { DAY, type Duration, HOUR, MINUTE, parseDuration } from '../domain/time.ts';

export const PERCENT_PATTERN = /^[0-9]{1,3}(\.[0-9]{1,6})?%$/;
export const DURATION_PATTERN = /^([0-9]{1,9}(ms|s|m|h)){1,4}$/;
export const AMOUNT_PATTERN = /^[0-9]{1,15}(\.[0-9]{1,12})?$/;

/** "3%" → 0.03 as a ratio. @throws RangeError for any other form */
export function percentToRatio(text: string): Ratio {
  if (!PERCENT_PATTERN.test(text)) throw new RangeError(`not a percentage such as 3%: was ${text}`);
  return asRatio(rescale(parseDecimal(text.slice(0, -1)), RATIO_SCALE - 2, 'down').units);
}

/** "1h30m" → milliseconds. @throws RangeError for any other form */
export function durationOf(text: string): Duration {
  if (!DURATION_PATTERN.test(text)) throw new RangeError(`not a duration such as 15m: was ${text}`);
  return parseDuration(text);
}

/** The candle intervals MEXC serves, by the names people write; `60m` and `1h` are the same. */
export const INTERVALS = {
  '1m': MINUTE,
  '5m': 5 * MINUTE,
  '15m': 15 * MINUTE,
  '30m': 30 * MINUTE,
  '60m': HOUR,
  '1h': HOUR,
  '4h': 4 * HOUR,
  '1d': DAY,
} as const satisfies Readonly<Record<string, Duration>>;

export type IntervalName = keyof typeof INTERVALS;
export const INTERVAL_NAMES = [
  '1m',
  '5m',
  '15m',
  '30m',
  '60m',
  '1h',
  '4h',
  '1d',
] as const satisfies readonly IntervalName[];
