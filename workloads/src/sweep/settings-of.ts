import { formatProblem, parseTradingBot } from '../contract/index.ts';
import type { BotSettings } from '../contract/index.ts';
import type { Axis, Combination } from './grid.ts';

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `strategy.lookback` means the one strategy that the bot has. */
function wholePath(spec: Tree, path: string): readonly string[] {
  const parts = path.split('.');
  const { strategy } = spec;
  if (parts.length !== 2 || parts[0] !== 'strategy' || !isTree(strategy)) return parts;
  const kinds = Object.keys(strategy).filter((kind) => strategy[kind] !== undefined);
  const [kind] = kinds;
  return kind === undefined || kinds.length > 1 ? parts : ['strategy', kind, parts[1] ?? ''];
}

/** A whole number where the field holds one: YAML would have read it so. */
const valueFor = (before: unknown, text: string): unknown =>
  typeof before !== 'string' && /^\d{1,9}$/.test(text) ? Number(text) : text;

function withValue(tree: Tree, parts: readonly string[], text: string): Tree {
  const [name = '', ...rest] = parts;
  const before = tree[name];
  if (rest.length === 0) return { ...tree, [name]: valueFor(before, text) };
  return { ...tree, [name]: withValue(isTree(before) ? before : {}, rest, text) };
}

export type SettingsResult =
  { readonly ok: true; readonly settings: BotSettings } | { readonly ok: false; readonly problem: string };

/** The settings of a bot with one set of parameters; or why the API refuses them. */
export function settingsOf(
  bot: { readonly spec: object },
  axes: readonly Axis[],
  combination: Combination,
): SettingsResult {
  let spec = bot.spec as Tree;
  for (const [i, { path }] of axes.entries()) {
    spec = withValue(spec, wholePath(spec, path), combination[i] ?? '');
  }
  const parsed = tryForms({ ...bot, spec }, axes);
  if (parsed.ok) return { ok: true, settings: parsed.value.settings };
  return { ok: false, problem: parsed.problems.map(formatProblem).join('; ') };
}

/**
 * A money field without a value in the bot's file may want "5" as a text where a count wants the number 5: what the
 * schema takes is right.
 */
function tryForms(raw: { readonly spec: Tree }, axes: readonly Axis[]): ReturnType<typeof parseTradingBot> {
  const first = parseTradingBot(raw);
  if (first.ok) return first;
  const spec = axes.reduce((tree, { path }) => asText(tree, wholePath(tree, path)), raw.spec);
  const second = parseTradingBot({ ...raw, spec });
  return second.ok ? second : first;
}

function asText(tree: Tree, parts: readonly string[]): Tree {
  const [name = '', ...rest] = parts;
  const before = tree[name];
  if (rest.length > 0) return isTree(before) ? { ...tree, [name]: asText(before, rest) } : tree;
  return typeof before === 'number' ? { ...tree, [name]: String(before) } : tree;
}
