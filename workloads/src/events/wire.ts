/**
 * The wire forms of the values inside events: amounts travel as canonical decimal strings, times and durations as whole
 * milliseconds. Each is a two-way zod codec, so one schema both writes and checks.
 */
import { z } from 'zod';
import {
  type Money,
  type Price,
  type Quantity,
  type Ratio,
  asMoney,
  asPrice,
  asQuantity,
  ratio,
  ratioToDecimal,
} from '../domain/money/amounts.ts';
import {
  type Decimal,
  formatDecimal,
  isNegative,
  isPositive,
  normalize,
  parseDecimal,
} from '../domain/money/decimal.ts';

/** The longest free text an event may carry: one event must never fill a stream. */
const MAX_TEXT = 1_000;

function amountOnWire<T>(
  read: (text: string) => T,
  write: (value: T) => string,
): z.ZodCodec<z.ZodString, z.ZodCustom<T>> {
  return z.codec(z.string().max(80), z.custom<T>(), {
    decode: (text, context) => {
      try {
        return read(text);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        context.issues.push({ code: 'custom', message, input: text });
        return z.NEVER;
      }
    },
    encode: write,
  });
}

function demand(value: Decimal, holds: boolean, rule: string): Decimal {
  if (!holds) throw new RangeError(`${rule}: was ${formatDecimal(value)}`);
  return value;
}

const positive = (text: string): Decimal => {
  const value = parseDecimal(text);
  return demand(value, isPositive(value), 'a price or traded quantity is above zero');
};
const notNegative = (text: string): Decimal => {
  const value = parseDecimal(text);
  return demand(value, !isNegative(value), 'a volume or amount is not below zero');
};

export const priceOnWire = amountOnWire<Price>((text) => asPrice(positive(text)), formatDecimal);
/** Above zero: something was or shall be traded. */
export const tradedOnWire = amountOnWire<Quantity>((text) => asQuantity(positive(text)), formatDecimal);
export const quantityOnWire = amountOnWire<Quantity>((text) => asQuantity(notNegative(text)), formatDecimal);
export const moneyOnWire = amountOnWire<Money>((text) => asMoney(parseDecimal(text)), formatDecimal);
export const volumeOnWire = amountOnWire<Money>((text) => asMoney(notNegative(text)), formatDecimal);
export const ratioOnWire = amountOnWire<Ratio>(ratio, (value) =>
  formatDecimal(normalize(ratioToDecimal(value))),
);

export const timeOnWire = z.int().nonnegative();
export const durationOnWire = z.int().positive();
export const symbolOnWire = z.string().regex(/^[A-Z0-9]{2,24}$/);
export const idOnWire = z.string().min(1).max(128);
export const nameOnWire = z.string().min(1).max(128);
export const textOnWire = z.string().max(MAX_TEXT);

/**
 * A field that may be absent. Typed as never `undefined` when present: JSON has no undefined. (`z.exactOptional` itself
 * runs a codec's encoder on an absent field.)
 */
export const optionalOnWire = <Schema extends z.ZodType>(schema: Schema): z.ZodExactOptional<Schema> =>
  z.optional(schema) as unknown as z.ZodExactOptional<Schema>;
