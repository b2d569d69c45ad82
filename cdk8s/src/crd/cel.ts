/**
 * The forms of the API (amounts, percentages, durations) in the Common Expression Language, exact like those in code.
 * Each function takes and gives the text of an expression.
 */
import type { CelRule, JsonSchema } from './structural-schema.ts';

/** A string literal. */
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** A map literal, looked up by an expression. */
export const lookUp = (values: Readonly<Record<string, string | number>>, key: string): string => {
  const entries = Object.entries(values).map(
    ([name, value]) => `${literal(name)}: ${typeof value === 'number' ? value : literal(value)}`,
  );
  return `{${entries.join(', ')}}[${key}]`;
};

/** A field, or what stands for it when it is left out. */
export const orElse = (field: string, fallback: string): string => `(has(${field}) ? ${field} : ${fallback})`;

/** `3%` as a number. Six places at most: equal texts are equal doubles, and different amounts differ. */
export const percent = (text: string): string => `double(${text}.replace('%', ''))`;

export const milliseconds = (text: string): string => `duration(${text}).getMilliseconds()`;

/** An amount has up to 27 digits, more than any number of CEL: its places are compared apart. */
const whole = (text: string): string => `int(${text}.split('.')[0])`;
const places = (text: string): string =>
  `(${text}.contains('.') ? int((${text}.split('.')[1] + '000000000000').substring(0, 12)) : 0)`;

/** a ≤ b, exact. */
export const amountAtMost = (a: string, b: string): string =>
  `(${whole(a)} < ${whole(b)} || (${whole(a)} == ${whole(b)} && ${places(a)} <= ${places(b)}))`;

type Range = (atLeast: string, atMost: string) => string;

const RANGES: Readonly<Record<string, Range>> = {
  percentage: (atLeast, atMost) =>
    `${percent('self')} >= ${percent(literal(atLeast))} && ${percent('self')} <= ${percent(literal(atMost))}`,
  duration: (atLeast, atMost) =>
    `duration(self) >= duration(${literal(atLeast)}) && duration(self) <= duration(${literal(atMost)})`,
  amount: (atLeast, atMost) =>
    `${amountAtMost(literal(atLeast), 'self')} && ${amountAtMost('self', literal(atMost))}`,
};

/** The range of a field whose form is text. */
export function rangeRules(node: JsonSchema): readonly CelRule[] {
  const { 'x-claire-form': form, 'x-claire-at-least': atLeast, 'x-claire-at-most': atMost } = node;
  if (typeof atLeast !== 'string' || typeof atMost !== 'string') return [];
  const range = RANGES[String(form)];
  if (range === undefined) throw new Error(`a range of the unknown form ${JSON.stringify(form)}`);
  return [{ rule: range(atLeast, atMost), message: `must be between ${atLeast} and ${atMost}` }];
}
