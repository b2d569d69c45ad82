/**
 * A value with places for texts that come later: what does not depend on them is made once and shared. A place is a mark
 * inside a text; marks are of characters that no text of ours has, and a hyphen: where a text is made with underscores for
 * hyphens, its mark says so by itself.
 */

const FIRST = 0xe000;
const OPEN = '\u{f8fe}';
const CLOSE = '\u{f8ff}';
const MARK = new RegExp(`${OPEN}([-_].)${CLOSE}`, 'u');

/** The mark of a place, by its number. */
export const markOf = (place: number): string => `${OPEN}-${String.fromCodePoint(FIRST + place)}${CLOSE}`;

/** Whether a text could be taken for one with marks. */
export const hasMark = (text: string): boolean => text.includes(OPEN) || text.includes(CLOSE);

/** By number of the place. */
export type Fillings = readonly string[];
type Cast<Value> = (fillings: Fillings) => Value;

/** What stands inside a mark: with or without hyphens, and which place. */
function fillerOf(inside: string): Cast<string> {
  const place = (inside.codePointAt(1) ?? 0) - FIRST;
  return inside.startsWith('_')
    ? (fillings) => (fillings[place] ?? '').replaceAll('-', '_')
    : (fillings) => fillings[place] ?? '';
}

/** A text with places. */
export function castText(text: string): Cast<string> {
  // Every other piece is what stands inside a mark.
  const pieces = text
    .split(MARK)
    .map((piece, index): string | Cast<string> => (index % 2 === 0 ? piece : fillerOf(piece)));
  return (fillings) => {
    let filled = '';
    for (const piece of pieces) filled += typeof piece === 'string' ? piece : piece(fillings);
    return filled;
  };
}

type Made =
  { readonly fixed: true; readonly value: unknown } | { readonly fixed: false; readonly cast: Cast<unknown> };

function makeList(list: readonly unknown[]): Made {
  const items = list.map(make);
  if (items.every(({ fixed }) => fixed)) return fix(items.map(valueOf));
  return { fixed: false, cast: (fillings) => items.map((item) => castOf(item, fillings)) };
}

function makeMap(map: object): Made {
  const fields = Object.entries(map).map(([name, value]: [string, unknown]) => {
    if (hasMark(name)) throw new RangeError(`a place inside the name of a field: ${name}`);
    return [name, make(value)] as const;
  });
  if (fields.every(([, { fixed }]) => fixed)) {
    return fix(Object.fromEntries(fields.map(([name, field]) => [name, valueOf(field)])));
  }
  return {
    fixed: false,
    cast: (fillings) => {
      const filled: Record<string, unknown> = {};
      for (const [name, field] of fields) filled[name] = castOf(field, fillings);
      return filled;
    },
  };
}

/** Shared by all that is cast, so that nobody may change it. */
const fix = (value: unknown): Made => ({ fixed: true, value: Object.freeze(value) });
const valueOf = (made: Made): unknown => (made.fixed ? made.value : undefined);
const castOf = (made: Made, fillings: Fillings): unknown => (made.fixed ? made.value : made.cast(fillings));

function make(value: unknown): Made {
  if (typeof value === 'string') {
    return hasMark(value) ? { fixed: false, cast: castText(value) } : { fixed: true, value };
  }
  if (Array.isArray(value)) return makeList(value);
  return typeof value === 'object' && value !== null ? makeMap(value) : { fixed: true, value };
}

/** Of plain data. What is cast of it equals the data with every mark replaced by its filling. */
export function makeMould<Value>(value: Value): Cast<Value> {
  const made = make(value);
  return (fillings) => castOf(made, fillings) as Value;
}
