/**
 * Exact decimals: `value = units / 10^scale`. Floats never touch money (trading-rules: "Money is exact").
 *
 * Glossary: *units* — the integer numerator; *scale* — number of decimal places; *rounding* — always named by the
 * caller when digits are dropped. Sums, differences and products are exact; only `divide` and `rescale` can round.
 */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** What to do with dropped digits. `down` is toward zero, `up` away from it, `half-even` is banker's rounding. */
export type Rounding = 'down' | 'up' | 'floor' | 'ceil' | 'half-even';

/** The widest scale kept: beyond it a number is refused, so that bad input cannot grow without bound. */
export const MAX_SCALE = 36;

/** A decimal text that cannot be read; expected for bad input, so callers turn it into their own error value. */
export class DecimalFormatError extends Error {
  readonly code = 'DECIMAL_FORMAT';
  readonly text: string;
  constructor(text: string) {
    super(`not a plain decimal number: was ${JSON.stringify(text.slice(0, 80))}`);
    this.name = 'DecimalFormatError';
    this.text = text;
  }
}

const PLAIN = /^(-?)(\d{1,40})(?:\.(\d{1,36}))?$/;
const POWERS: readonly bigint[] = Array.from({ length: 2 * MAX_SCALE + 41 }, (_, i) => 10n ** BigInt(i));

/** 10^exponent as a bigint, from a table. */
export function pow10(exponent: number): bigint {
  return POWERS[exponent] ?? 10n ** BigInt(exponent);
}

/** Make a decimal from its parts. */
export function decimal(units: bigint, scale: number): Decimal {
  return { units, scale };
}

export const ZERO: Decimal = { units: 0n, scale: 0 };
export const ONE: Decimal = { units: 1n, scale: 0 };

const [MINUS, DIGIT_ZERO, NINE] = [45, 48, 9];
/** So many characters hold fewer digits than a float holds exactly. */
const SHORT = 15;

/** The digits of a short text as one number, passing over the point at its place; -1 when there is anything else. */
function shortUnits(text: string, from: number, end: number, point: number): number {
  let units = 0;
  for (let at = from; at < end; at += 1) {
    if (at === point) continue;
    const digit = text.charCodeAt(at) - DIGIT_ZERO;
    if (digit < 0 || digit > NINE) return -1;
    units = units * 10 + digit;
  }
  return units;
}

/** Where a text ends without the zeros behind its last other decimal. */
function endOfDigits(text: string, point: number): number {
  let end = text.length;
  while (end > point + 1 && text.charCodeAt(end - 1) === DIGIT_ZERO) end -= 1;
  return end;
}

/** The fast way for what is nearly every amount; undefined leaves it to the general one. */
function parseShort(text: string): Decimal | undefined {
  const from = text.charCodeAt(0) === MINUS ? 1 : 0;
  const point = text.indexOf('.', from);
  if (text.length > SHORT || text.length === from) return undefined;
  if (point === from || point === text.length - 1) return undefined;
  const end = point === -1 ? text.length : endOfDigits(text, point);
  const units = shortUnits(text, from, end, point);
  if (units < 0) return undefined;
  return { units: BigInt(from === 0 ? units : -units), scale: point === -1 ? 0 : end - 1 - point };
}

/**
 * Read a plain decimal ("-12.3400"): digits and at most one point, no exponent, no blanks, no plus sign.
 * Trailing zeros are dropped, so equal values have equal representations.
 * @throws DecimalFormatError
 */
export const parseDecimal = (text: string): Decimal => parseShort(text) ?? parseGenerally(text);

function parseGenerally(text: string): Decimal {
  const match = PLAIN.exec(text);
  if (!match) throw new DecimalFormatError(text);
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  const digits = BigInt(`${match[2] ?? ''}${fraction}`);
  return { units: match[1] === '-' ? -digits : digits, scale: fraction.length };
}

/** The canonical text: no exponent, no trailing zeros, "0" for zero. Inverse of `parseDecimal`. */
export function formatDecimal(value: Decimal): string {
  const negative = value.units < 0n;
  const digits = (negative ? -value.units : value.units).toString().padStart(value.scale + 1, '0');
  const whole = digits.slice(0, digits.length - value.scale);
  const fraction = digits.slice(digits.length - value.scale).replace(/0+$/, '');
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return negative && text !== '0' ? `-${text}` : text;
}

/** Exactly `places` decimal places, rounded half-even: for people, never for storage. */
export function formatFixed(value: Decimal, places: number): string {
  const rounded = rescale(value, places, 'half-even');
  const negative = rounded.units < 0n;
  const digits = (negative ? -rounded.units : rounded.units).toString().padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  const text = places === 0 ? whole : `${whole}.${digits.slice(digits.length - places)}`;
  return negative ? `-${text}` : text;
}

function aligned(value: Decimal, scale: number): bigint {
  return value.scale === scale ? value.units : value.units * pow10(scale - value.scale);
}

export function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: aligned(a, scale) + aligned(b, scale), scale };
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: aligned(a, scale) - aligned(b, scale), scale };
}

/** Exact product: the scales add up. */
export function multiply(a: Decimal, b: Decimal): Decimal {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

export function negate(a: Decimal): Decimal {
  return { units: -a.units, scale: a.scale };
}

export function abs(a: Decimal): Decimal {
  return a.units < 0n ? negate(a) : a;
}

/** -1, 0 or 1. */
export function compare(a: Decimal, b: Decimal): -1 | 0 | 1 {
  const scale = Math.max(a.scale, b.scale);
  const left = aligned(a, scale);
  const right = aligned(b, scale);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export const equals = (a: Decimal, b: Decimal): boolean => compare(a, b) === 0;
export const lessThan = (a: Decimal, b: Decimal): boolean => compare(a, b) < 0;
export const greaterThan = (a: Decimal, b: Decimal): boolean => compare(a, b) > 0;
export const atLeast = (a: Decimal, b: Decimal): boolean => compare(a, b) >= 0;
export const atMost = (a: Decimal, b: Decimal): boolean => compare(a, b) <= 0;
export const isZero = (a: Decimal): boolean => a.units === 0n;
export const isPositive = (a: Decimal): boolean => a.units > 0n;
export const isNegative = (a: Decimal): boolean => a.units < 0n;
export const minimum = <T extends Decimal>(a: T, b: T): T => (compare(a, b) <= 0 ? a : b);
export const maximum = <T extends Decimal>(a: T, b: T): T => (compare(a, b) >= 0 ? a : b);

/** Drop trailing zeros. */
export function normalize(value: Decimal): Decimal {
  let { units, scale } = value;
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n;
    scale -= 1;
  }
  return scale === value.scale ? value : { units, scale };
}

/** Whether the quotient moves away from zero when `remainder / divisor` (both non-zero signs known) is dropped. */
function roundsAway(quotient: bigint, remainder: bigint, divisor: bigint, rounding: Rounding): boolean {
  const negative = remainder < 0n !== divisor < 0n;
  switch (rounding) {
    case 'down':
      return false;
    case 'up':
      return true;
    case 'floor':
      return negative;
    case 'ceil':
      return !negative;
    case 'half-even': {
      const twice = 2n * (remainder < 0n ? -remainder : remainder);
      const whole = divisor < 0n ? -divisor : divisor;
      if (twice !== whole) return twice > whole;
      return quotient % 2n !== 0n;
    }
  }
}

/** Integer division with a named rounding. Divisor must not be zero. */
export function divideUnits(numerator: bigint, divisor: bigint, rounding: Rounding): bigint {
  const quotient = numerator / divisor;
  const remainder = numerator % divisor;
  if (remainder === 0n || !roundsAway(quotient, remainder, divisor, rounding)) return quotient;
  return remainder < 0n === divisor < 0n ? quotient + 1n : quotient - 1n;
}

/** Bring a value to `scale` places, rounding as named when digits are dropped. */
export function rescale(value: Decimal, scale: number, rounding: Rounding): Decimal {
  if (scale >= value.scale) return { units: aligned(value, scale), scale };
  return { units: divideUnits(value.units, pow10(value.scale - scale), rounding), scale };
}

/**
 * a / b at `scale` places, rounded once as named.
 * @throws RangeError when b is zero (a broken invariant: callers check first)
 */
export function divide(a: Decimal, b: Decimal, scale: number, rounding: Rounding): Decimal {
  if (b.units === 0n) throw new RangeError('division by zero');
  const shift = scale + b.scale - a.scale;
  const numerator = shift >= 0 ? a.units * pow10(shift) : a.units;
  const divisor = shift >= 0 ? b.units : b.units * pow10(-shift);
  return { units: divideUnits(numerator, divisor, rounding), scale };
}

/** The nearest multiple of `step` (> 0) in the direction named: prices to a tick, quantities to a lot. */
export function toStep(value: Decimal, step: Decimal, rounding: Rounding): Decimal {
  const steps = divide(value, step, 0, rounding);
  return normalize({ units: steps.units * step.units, scale: step.scale });
}

/** For indicators, models and display only: never feed the result back into money. */
export function toNumber(value: Decimal): number {
  return Number(formatDecimal(value));
}
