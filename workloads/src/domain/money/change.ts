import { type Ratio, ONE_RATIO, asRatio, ratioOf, scaleBy } from './amounts.ts';
import { type Decimal, MAX_SCALE, compare, pow10, subtract } from './decimal.ts';

/** 10^i as the nearest float. Beyond the table a value is approximated by NaN, which is never decided by. */
const FLOAT_POWERS: readonly number[] = Array.from({ length: 2 * MAX_SCALE + 1 }, (_, i) => Number(pow10(i)));
const ONE_FLOAT = Number(ONE_RATIO);

/**
 * A decimal as a float, within 3 roundings of 2^-53 (units, power, quotient); NaN beyond 72 decimal places. Much faster
 * than `toNumber`, for indicators and for what is decided again exactly: never feed the result back into money.
 */
export function approximate(value: Decimal): number {
  return Number(value.units) / (FLOAT_POWERS[value.scale] ?? NaN);
}

/**
 * How far apart two approximations must be, relative to their sizes, for their order to be sure. Each side of
 * `compareChange` carries at most 8 roundings of 2^-53, together less than 2e-15; this leaves a factor of 500.
 */
const SURE = 1e-12;

/**
 * The sign of `now / before − 1 − change`, exact, without a division: -1, 0 or 1. `before` is positive.
 *
 * Every rule of the form "moved by at least x %" is this one comparison. Floats only tell the clear cases apart, which
 * is nearly every candle; whatever lies within the error bound (also an overflow or NaN) is decided in integers.
 */
export function compareChange(now: Decimal, before: Decimal, change: Ratio): -1 | 0 | 1 {
  const left = approximate(now);
  const right = approximate(before) * ((ONE_FLOAT + Number(change)) / ONE_FLOAT);
  const margin = SURE * (Math.abs(left) + Math.abs(right));
  const difference = left - right;
  if (difference > margin) return 1;
  if (difference < -margin) return -1;
  return compareChangeExactly(now, before, change);
}

/** The definition that `compareChange` is a fast form of: `now` against before × (1 + change), in integers. */
export function compareChangeExactly(now: Decimal, before: Decimal, change: Ratio): -1 | 0 | 1 {
  return compare(now, scaleBy(before, asRatio(ONE_RATIO + change)));
}

/** now / before − 1 rounded down (toward −∞) to 1e-8: it reaches a threshold exactly when the true change does. */
export function changeOf(now: Decimal, before: Decimal): Ratio {
  return ratioOf(subtract(now, before), before, 'floor');
}
