/** Every kind of strategy, by its field of `spec.strategy`. A new one is a file of its own and a line in `STRATEGIES`. */
import { breakout } from './breakout.ts';
import { momentum } from './momentum.ts';
import type { Parameters, SettingsOf } from './parameters.ts';
import type { ExitRule, Strategy } from './strategy.ts';
import type { StrategyKind } from './strategy-kind.ts';

/** The name is part of every signal id, too: never renamed. */
export const STRATEGIES = { momentum, breakout } as const;

type Kinds = typeof STRATEGIES;
export type StrategyName = keyof Kinds;
export const STRATEGY_NAMES = Object.keys(STRATEGIES) as readonly StrategyName[];

/** The settings of the strategy a bot runs: exactly one is there, as in its `spec.strategy`. */
export type StrategySettings = {
  readonly [Name in StrategyName]?: SettingsOf<Kinds[Name]['parameters']>;
};

type OfExit<Kind> =
  Kind extends StrategyKind<infer All, infer Names> ? Pick<SettingsOf<All>, Names | 'interval'> : never;

/** Of these what the strategy's own exit needs; empty when it has none. */
export type ExitRuleSettings = { readonly [Name in StrategyName]?: OfExit<Kinds[Name]> };

/** A kind whose settings are only known to belong to it. */
type AnyKind = StrategyKind<Parameters, string>;
type Settings = SettingsOf<Parameters>;

/** A kind by its name. */
export const kindOf = (name: StrategyName): AnyKind => STRATEGIES[name] as unknown as AnyKind;

interface Chosen {
  readonly name: StrategyName;
  readonly kind: AnyKind;
  readonly settings: Settings;
}

/** @throws RangeError when not exactly one is there */
function chosen(settings: Readonly<Partial<Record<StrategyName, unknown>>>): Chosen {
  const [name, ...more] = STRATEGY_NAMES.filter((one) => settings[one] !== undefined);
  if (name === undefined || more.length > 0) {
    throw new RangeError(`exactly one of ${STRATEGY_NAMES.join(', ')} must be there`);
  }
  return { name, kind: kindOf(name), settings: settings[name] as Settings };
}

/** Interval and cooldown, whatever the strategy. @throws RangeError when not exactly one is there */
export const commonSettings = (settings: StrategySettings): Pick<Settings, 'interval' | 'cooldown'> =>
  chosen(settings).settings;

/** The strategy a bot's settings name. @throws RangeError when they contradict themselves */
export function makeStrategy(settings: StrategySettings): Strategy {
  const { name, kind, settings: own } = chosen(settings);
  const { interval, cooldown } = own;
  const exit = kind.exit?.rule(own);
  return { name, interval, cooldown, ...kind.entry(own), ...(exit === undefined ? {} : { exit }) };
}

/** What risk needs to decide the strategy's own exit; undefined when it has none. */
export function exitRuleSettings(settings: StrategySettings): ExitRuleSettings | undefined {
  const { name, kind, settings: own } = chosen(settings);
  if (kind.exit === undefined) return undefined;
  const names = ['interval', ...kind.exit.parameters];
  return { [name]: Object.fromEntries(names.map((key) => [key, own[key]])) };
}

/** The strategy's own exit. @throws RangeError when the settings contradict themselves */
export const makeExitRule = (settings: ExitRuleSettings): ExitRule | undefined => {
  const { kind, settings: own } = chosen(settings);
  return kind.exit?.rule(own);
};

/** What it does in words: completes "enters …" and "exits …". */
export function describeStrategy(
  settings: StrategySettings,
  quote: string,
): { readonly enters: string; readonly exits: string | undefined } {
  const { kind, settings: own } = chosen(settings);
  return { enters: kind.describe(own, quote), exits: kind.exit?.describe(own) };
}
