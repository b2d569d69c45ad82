/** The parameters that a sweep varies, and every set of them. */
import { parse } from 'yaml';

/** One varied field of a bot's spec. */
export interface Axis {
  /** From `spec` on, e.g. `strategy.momentum.threshold`. */
  readonly path: string;
  /** As they would stand in the bot's file. */
  readonly values: readonly string[];
}

/** One value for each axis, in the order of the axes. */
export type Combination = readonly string[];

/** More than anybody waits for: a mistyped range is refused before it fills the memory. */
export const MAX_COMBINATIONS = 100_000;

const PATH = /^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*$/;
const RANGE =
  /^(\d+(?:\.\d{1,8})?)([a-z%]{0,2})\.\.(\d+(?:\.\d{1,8})?)([a-z%]{0,2}):(\d+(?:\.\d{1,8})?)([a-z%]{0,2})$/;

const placesOf = (text: string): number => (text.split('.')[1] ?? '').length;

/** `10m..60m:10m` → 10m, 20m, … 60m. Undefined when the text is no range. @throws RangeError */
function rangeOf(text: string): readonly string[] | undefined {
  const found = RANGE.exec(text);
  if (found === null) return undefined;
  const [from = '', unit = '', to = '', unitTo, step = '', unitStep] = found.slice(1);
  if (unit !== unitTo || unit !== unitStep) {
    throw new RangeError(`a range has one unit, such as 10m..60m:10m: was ${JSON.stringify(text)}`);
  }
  return stepsOf([from, to, step], text).map((value) => `${value}${unit}`);
}

/** From, to and step as they are written; the numbers without their unit. @throws RangeError */
function stepsOf([from, to, step]: readonly [string, string, string], text: string): readonly number[] {
  const places = Math.max(placesOf(from), placesOf(to), placesOf(step));
  const scale = 10 ** places;
  const [first, last, width] = [from, to, step].map((part) => Math.round(Number(part) * scale)) as [
    number,
    number,
    number,
  ];
  if (width <= 0 || last < first) {
    throw new RangeError(`a range rises by a step above 0, such as 1%..5%:1%: was ${JSON.stringify(text)}`);
  }
  const count = Math.floor((last - first) / width) + 1;
  if (count > MAX_COMBINATIONS) {
    throw new RangeError(`a range has at most ${MAX_COMBINATIONS} values: was ${text}`);
  }
  return Array.from({ length: count }, (_, i) => Number(((first + i * width) / scale).toFixed(places)));
}

/** @throws RangeError */
function axisOf(path: string, texts: readonly string[]): Axis {
  if (!PATH.test(path)) {
    throw new RangeError(
      `a parameter is a field of spec, such as strategy.momentum.lookback: was ${JSON.stringify(path)}`,
    );
  }
  const values = texts.map((text) => text.trim()).flatMap((text) => rangeOf(text) ?? [text]);
  if (values.length === 0 || values.includes('')) {
    throw new RangeError(`${path}: values are a list or a range, such as 10m,20m or 10m..60m:10m`);
  }
  return { path: path.replace(/^spec\./, ''), values: [...new Set(values)] };
}

/** `PATH=VALUE,VALUE…` or `PATH=FROM..TO:STEP`. @throws RangeError */
export function parseAxis(text: string): Axis {
  const at = text.indexOf('=');
  if (at < 0) {
    throw new RangeError(
      `is PATH=VALUES, such as strategy.momentum.lookback=10m,20m,30m: was ${JSON.stringify(text)}`,
    );
  }
  return axisOf(text.slice(0, at).trim(), text.slice(at + 1).split(','));
}

/** A YAML or JSON map of paths to lists of values, or to a range. @throws RangeError */
export function parseGridFile(text: string): readonly Axis[] {
  let raw: unknown;
  try {
    raw = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new RangeError(
      `is not YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`,
      {
        cause: error,
      },
    );
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new RangeError('is a map of parameters to lists, such as strategy.momentum.lookback: [10m, 20m]');
  }
  return Object.entries(raw).map(([path, values]: [string, unknown]) =>
    axisOf(path, (Array.isArray(values) ? values : [values]).map(String)),
  );
}

/** @throws RangeError when a parameter is there twice, there is none, or there are too many sets */
export function combinationsOf(axes: readonly Axis[]): readonly Combination[] {
  if (axes.length === 0) throw new RangeError('there is no parameter to vary');
  const twice = axes.find(({ path }, i) => axes.findIndex((other) => other.path === path) !== i);
  if (twice !== undefined) throw new RangeError(`${twice.path} is there twice; allowed is once`);
  const total = axes.reduce((product, { values }) => product * values.length, 1);
  if (total > MAX_COMBINATIONS) {
    throw new RangeError(`the parameters make ${total} sets; allowed are ${MAX_COMBINATIONS}`);
  }
  return axes.reduce<readonly Combination[]>(
    (sets, { values }) => sets.flatMap((set) => values.map((value) => [...set, value])),
    [[]],
  );
}

/** The last part of the path says enough. */
export const shortName = ({ path }: Axis): string => path.split('.').at(-1) ?? path;

/** "lookback 10m, threshold 2%" */
export const describe = (axes: readonly Axis[], combination: Combination): string =>
  axes.map((axis, i) => `${shortName(axis)} ${combination[i] ?? ''}`).join(', ');
