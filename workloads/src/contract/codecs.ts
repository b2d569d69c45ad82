/** The texts of the settings files, and the exact domain values they stand for. */
import { z } from 'zod';
import { formatPercent, money, quantity } from '../domain/money/amounts.ts';
import { type Decimal, formatDecimal } from '../domain/money/decimal.ts';
import type { Money, Quantity, Ratio } from '../domain/money/amounts.ts';
import { formatDuration } from '../domain/time.ts';
import {
  AMOUNT_PATTERN,
  DURATION_PATTERN,
  durationOf,
  PERCENT_PATTERN,
  percentToRatio,
} from './text-forms.ts';

/** What a text must be, for messages ("must be …"). */
const form = (pattern: RegExp, must: string): z.ZodString => z.string(must).regex(pattern, must);

const decimalText = form(AMOUNT_PATTERN, 'a decimal number in quotes such as "1000.5"');

const isDecimal = (value: unknown): value is Decimal =>
  typeof value === 'object' && value !== null && 'units' in value && typeof value.units === 'bigint';

export const moneyCodec = z.codec(decimalText, z.custom<Money>(isDecimal), {
  decode: (text) => money(text),
  encode: (value) => formatDecimal(value),
});
export const quantityCodec = z.codec(decimalText, z.custom<Quantity>(isDecimal), {
  decode: (text) => quantity(text),
  encode: (value) => formatDecimal(value),
});
export const ratioCodec = z.codec(
  form(PERCENT_PATTERN, 'a percentage such as 3%'),
  z.custom<Ratio>((value) => typeof value === 'bigint'),
  { decode: (text) => percentToRatio(text), encode: (value) => formatPercent(value) },
);
export const durationCodec = z.codec(form(DURATION_PATTERN, 'a duration such as 15m'), z.int(), {
  decode: (text) => durationOf(text),
  encode: (value) => formatDuration(value),
});
