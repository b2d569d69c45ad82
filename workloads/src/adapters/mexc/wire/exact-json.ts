import { WireError } from './wire-error.ts';

type ExactReviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
/** Node ≥ 21 hands a reviver the source text of a number; the type library does not know yet. */
const parseWith = JSON.parse as (text: string, reviver: ExactReviver) => unknown;

/** Whole numbers that are exact stay numbers; every other number becomes its source text, so that no digit is lost. */
const keepExact: ExactReviver = (_key, value, { source }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) ? (source ?? String(value)) : value;

/**
 * JSON without floats: fractions ("0.003") and integers beyond 2^53 arrive as their digits.
 * @throws WireError JSON_MALFORMED
 */
export function parseExactJson(text: string): unknown {
  try {
    return parseWith(text, keepExact);
  } catch (error) {
    throw new WireError('JSON_MALFORMED', `a reply of ${text.length} characters is not JSON`, error);
  }
}
