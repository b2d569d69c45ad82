import type { Money, Price, Quantity } from '../../domain/money/amounts.ts';
import {
  type Decimal,
  DecimalFormatError,
  MAX_SCALE,
  normalize,
  parseDecimal,
  pow10,
} from '../../domain/money/decimal.ts';
import { WireError } from './wire/wire-error.ts';

const WITH_EXPONENT = /^(-?\d{1,40}(?:\.\d{1,36})?)[eE]([+-]?\d{1,2})$/;

function shifted(value: Decimal, exponent: number): Decimal {
  const scale = value.scale - exponent;
  if (scale > MAX_SCALE || scale < -MAX_SCALE) {
    throw new WireError('FIELD_INVALID', `an exponent of at most ${MAX_SCALE} is expected: was ${exponent}`);
  }
  return scale >= 0
    ? normalize({ units: value.units, scale })
    : { units: value.units * pow10(-scale), scale: 0 };
}

/**
 * An amount of the venue, exact. Unquoted JSON numbers can come as "1e-7", which plain decimals do not allow.
 * @throws WireError FIELD_INVALID
 */
export function readDecimal(text: string): Decimal {
  try {
    return parseDecimal(text);
  } catch (error) {
    return readUnusual(text, error);
  }
}

function readUnusual(text: string, error: unknown): Decimal {
  if (!(error instanceof DecimalFormatError)) throw error;
  const [, mantissa = '', exponent = ''] = WITH_EXPONENT.exec(text) ?? [];
  if (mantissa === '') throw new WireError('FIELD_INVALID', error.message);
  return shifted(parseDecimal(mantissa), Number(exponent));
}

// What `readDecimal` gives has no trailing zeros already: making amounts of it needs no further normalising.

/** @throws WireError FIELD_INVALID */
export const readPrice = (text: string): Price => readDecimal(text) as Price;
/** @throws WireError FIELD_INVALID */
export const readQuantity = (text: string): Quantity => readDecimal(text) as Quantity;
/** @throws WireError FIELD_INVALID */
export const readMoney = (text: string): Money => readDecimal(text) as Money;
