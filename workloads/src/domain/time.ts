import { ZERO, add, decimal, multiply, normalize, parseDecimal } from './money/decimal.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Timestamp = number;
/** Milliseconds. */
export type Duration = number;

export const SECOND: Duration = 1_000;
export const MINUTE: Duration = 60 * SECOND;
export const HOUR: Duration = 60 * MINUTE;
export const DAY: Duration = 24 * HOUR;

/** The number of whole UTC days since the epoch: the key of daily figures. */
export const utcDay = (at: Timestamp): number => Math.floor(at / DAY);

const UNITS: Readonly<Record<string, Duration>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR };
const PART = /(\d{1,16}(?:\.\d{1,16})?)(ms|s|m|h)/g;
const WHOLE = /^(?:\d{1,16}(?:\.\d{1,16})?(?:ms|s|m|h))+$/;

/** Read a Go duration of the units ms, s, m and h ("1h30m"), a whole number of milliseconds. @throws RangeError */
export function parseDuration(text: string): Duration {
  if (!WHOLE.test(text)) {
    throw new RangeError(`not a duration such as 15m or 1h30m: was ${JSON.stringify(text)}`);
  }
  // Exactly: as floats, 1.1 hours are not a whole number of milliseconds.
  let total = ZERO;
  for (const [, amount = '', unit = ''] of text.matchAll(PART)) {
    total = add(total, multiply(parseDecimal(amount), decimal(BigInt(UNITS[unit] ?? 0), 0)));
  }
  const { units, scale } = normalize(total);
  if (scale > 0 || units > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(
      `a duration is a whole number of milliseconds up to ${Number.MAX_SAFE_INTEGER}: was ${JSON.stringify(text)}`,
    );
  }
  return Number(units);
}

/** The shortest Go form of a duration: 900000 → "15m", 5400000 → "1h30m". */
export function formatDuration(duration: Duration): string {
  if (duration === 0) return '0s';
  let rest = Math.abs(duration);
  let text = '';
  for (const [unit, size] of [
    ['h', HOUR],
    ['m', MINUTE],
    ['s', SECOND],
    ['ms', 1],
  ] as const) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return duration < 0 ? `-${text}` : text;
}
