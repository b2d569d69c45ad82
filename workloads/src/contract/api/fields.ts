/**
 * The kinds of field a TradingBot has. Each builder takes what the field means and its bounds; the bounds are checked,
 * documented and, where JSON Schema cannot express them (percentages, durations, amounts are strings), carried as
 * `x-claire-…` keys, from which the API reference and the CRD's rules are made.
 *
 * Nothing here transforms, unites or looks ahead: the schema becomes a structural Kubernetes schema.
 * Messages complete the sentence "was …; must be …".
 */
import { z } from 'zod';
import { parseDecimal, compare } from '../../domain/money/decimal.ts';
import {
  AMOUNT_PATTERN,
  DURATION_PATTERN,
  durationOf,
  PERCENT_PATTERN,
  percentToRatio,
} from '../text-forms.ts';

export interface Range {
  readonly atLeast: string;
  readonly atMost: string;
}

type Form = 'percentage' | 'duration' | 'amount';

const between = ({ atLeast, atMost }: Range): string => `between ${atLeast} and ${atMost}`;

/** Whether `text` is inside the range; a malformed text is the pattern's business, not the range's. */
function inside(
  text: string,
  pattern: RegExp,
  range: Range,
  read: (text: string) => bigint | number,
): boolean {
  if (!pattern.test(text)) return true;
  const value = read(text);
  return value >= read(range.atLeast) && value <= read(range.atMost);
}

const insideAmounts = (text: string, range: Range): boolean =>
  !AMOUNT_PATTERN.test(text) ||
  (compare(parseDecimal(text), parseDecimal(range.atLeast)) >= 0 &&
    compare(parseDecimal(text), parseDecimal(range.atMost)) <= 0);

const meta = (description: string, form: Form, range: Range): Record<string, string> => ({
  description,
  'x-claire-form': form,
  'x-claire-at-least': range.atLeast,
  'x-claire-at-most': range.atMost,
});

/** `3%`, at most six places after the point. */
export const percentage = (description: string, range: Range): z.ZodString =>
  z
    .string({ error: 'a percentage such as 3% or 0.5%' })
    .max(11, { error: 'a percentage such as 3% or 0.5%' })
    .regex(PERCENT_PATTERN, {
      error: 'a percentage such as 3% or 0.5%, with at most 6 places after the point',
    })
    .refine((text) => inside(text, PERCENT_PATTERN, range, percentToRatio), { error: between(range) })
    .meta(meta(description, 'percentage', range));

/** A Go duration of whole units: `15m`, `1h30m`. */
export const duration = (description: string, range: Range): z.ZodString =>
  z
    .string({ error: 'a duration such as 30s, 15m or 1h30m' })
    .max(40, { error: 'a duration such as 30s, 15m or 1h30m' })
    .regex(DURATION_PATTERN, { error: 'a duration such as 30s, 15m or 1h30m' })
    .refine((text) => inside(text, DURATION_PATTERN, range, durationOf), { error: between(range) })
    .meta(meta(description, 'duration', range));

/** The largest absolute amount accepted anywhere. */
export const LARGEST_AMOUNT = '1000000000000';

/** A plain decimal as a string: money never becomes a float on its way through YAML or JSON. */
export const amount = (description: string, range: Range): z.ZodString =>
  z
    .string({ error: 'a decimal number in quotes, such as "1000" or "0.05"' })
    .max(28, { error: 'a decimal number of at most 15 digits and 12 places after the point' })
    .regex(AMOUNT_PATTERN, { error: 'a plain decimal number, such as "1000" or "0.05"' })
    .refine((text) => insideAmounts(text, range), { error: between(range) })
    .meta(meta(description, 'amount', range));

export const integer = (description: string, atLeast: number, atMost: number): z.ZodInt =>
  z
    .int({ error: `a whole number between ${atLeast} and ${atMost}` })
    .min(atLeast, { error: `between ${atLeast} and ${atMost}` })
    .max(atMost, { error: `between ${atLeast} and ${atMost}` })
    .meta({ description });

export const flag = (description: string): z.ZodBoolean =>
  z.boolean({ error: 'true or false' }).meta({ description });

export const choice = <const Values extends readonly [string, ...string[]]>(
  description: string,
  values: Values,
): z.ZodEnum<{ [Value in Values[number]]: Value }> =>
  z
    .enum(values, { error: values.length === 1 ? values[0] : `one of ${values.join(', ')}` })
    .meta({ description });

export interface TextBounds {
  readonly pattern: RegExp;
  readonly max: number;
  /** Completes "must be …". */
  readonly must: string;
}

export const text = (description: string, { pattern, max, must }: TextBounds): z.ZodString =>
  z
    .string({ error: must })
    .min(1, { error: must })
    .max(max, { error: `${must}, at most ${max} characters` })
    .regex(pattern, { error: must })
    .meta({ description, 'x-claire-form': must });

export const list = <Item extends z.ZodType>(
  description: string,
  item: Item,
  { min = 0, max }: { readonly min?: number; readonly max: number },
): z.ZodArray<Item> =>
  z
    .array(item, { error: 'a list' })
    .min(min, { error: `a list of ${min} to ${max} entries` })
    .max(max, { error: `a list of ${min} to ${max} entries` })
    .meta({ description });

const LABEL_KEY = /^([a-z0-9A-Z.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/** A map of strings, as Kubernetes labels and annotations are. */
export const labelMap = (
  description: string,
  { max, maxValue }: { readonly max: number; readonly maxValue: number },
): z.ZodRecord<z.ZodString, z.ZodString> =>
  z
    .record(
      z.string().max(317).regex(LABEL_KEY),
      z
        .string({ error: 'a string (in quotes when it looks like a number)' })
        .max(maxValue, { error: `a string of at most ${maxValue} characters` })
        .meta({ description: 'The value.' }),
      { error: 'a map of strings' },
    )
    .refine((map) => Object.keys(map).length <= max, { error: `a map of at most ${max} entries` })
    .meta({ description, maxProperties: max });

export const fields = <Shape extends z.ZodRawShape>(
  description: string,
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> =>
  z.strictObject(shape, { error: 'a map of fields' }).meta({ description });

// -- names of Kubernetes and of exchanges

const DNS_SUBDOMAIN = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** The name of another Kubernetes object in the bot's namespace. */
export const objectName = (description: string): z.ZodString =>
  text(description, {
    pattern: DNS_SUBDOMAIN,
    max: 253,
    must: "the name of a Kubernetes object (lower-case letters, digits, '-' and '.')",
  });

/** A reference to a Secret in the bot's namespace. */
export const secretRef = (description: string): z.ZodObject<{ name: z.ZodString }, z.core.$strict> =>
  fields(description, { name: objectName("The Secret's name, in the bot's namespace.") });

/** A Kubernetes quantity of bytes. */
export const bytes = (description: string): z.ZodString =>
  text(description, {
    pattern: /^[1-9][0-9]{0,6}(Mi|Gi|Ti)$/,
    max: 9,
    must: 'a size such as 512Mi or 20Gi',
  });

/** A Kubernetes quantity of processor time. */
export const processors = (description: string): z.ZodString =>
  text(description, {
    pattern: /^[1-9][0-9]{0,5}m?$/,
    max: 7,
    must: 'a number of processors such as 250m or 2',
  });
