/**
 * What is wrong with a TradingBot, as values: bad input is expected and never an exception. A message completes the
 * sentence that the path begins, on one line: `spec.risk.stopLoss: was "7%"; must be below maxDailyDrawdown (5%)`.
 */
export interface Problem {
  /** Where in the object, e.g. `spec.universe.symbols[2]`; empty for the document itself. */
  readonly path: string;
  /** The file it was read from, where it was read from one. */
  readonly file?: string;
  /** Line of the file, counted from 1, where one is known. */
  readonly line?: number;
  readonly message: string;
}

export type PathPart = string | number;

const SIMPLE_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const LONGEST_SHOWN = 60;

const shorten = (text: string): string =>
  text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;

/** `['spec', 'universe', 'symbols', 2]` → `spec.universe.symbols[2]`. */
export function formatPath(parts: readonly PropertyKey[]): string {
  let path = '';
  for (const part of parts) {
    if (typeof part === 'number') path += `[${part}]`;
    else if (typeof part === 'string' && SIMPLE_KEY.test(part)) {
      path += path === '' ? shorten(part) : `.${shorten(part)}`;
    } else path += `[${JSON.stringify(shorten(String(part)))}]`;
  }
  return path;
}

/** A value as a message shows it: short, on one line, never more than its beginning. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  if (typeof value === 'string') return shorten(JSON.stringify(value.slice(0, LONGEST_SHOWN + 1)));
  return shorten(String(value));
}

/** "was …; must be …", or "is missing; must be …". */
export const mustBe = (was: unknown, allowed: string): string =>
  was === undefined ? `is missing; must be ${allowed}` : `was ${showValue(was)}; must be ${allowed}`;

const PATH_PART = /([A-Za-z_][A-Za-z0-9_-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g;

/** The inverse of `formatPath`, as far as nothing was shortened. */
export function parsePath(path: string): readonly PathPart[] {
  return [...path.matchAll(PATH_PART)].map(([, name, index, quoted]) => {
    if (name !== undefined) return name;
    return index !== undefined ? Number(index) : String(JSON.parse(quoted ?? '""'));
  });
}

/** One line for a terminal: `bot.yaml:12: spec.risk.stopLoss: was …`. */
export function formatProblem({ file, line, path, message }: Problem): string {
  const place = [file, line].filter((part) => part !== undefined).join(':');
  return [place, path, message].filter((part) => part !== '').join(': ');
}
