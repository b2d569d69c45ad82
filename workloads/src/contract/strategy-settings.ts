/** From `spec.strategy` to the settings a strategy decides by, and their form in the settings files of the processes. */
import { z } from 'zod';
import { money } from '../domain/money/amounts.ts';
import type { ExitSettings } from '../domain/risk/limits.ts';
import { fieldOf, type Parameter, type Parameters } from '../domain/strategy/parameters.ts';
import {
  type ExitRuleSettings,
  kindOf,
  STRATEGY_NAMES,
  type StrategyName,
  type StrategySettings,
} from '../domain/strategy/registry.ts';
import { durationCodec, moneyCodec, ratioCodec } from './codecs.ts';
import { durationOf, INTERVALS, type IntervalName, percentToRatio } from './text-forms.ts';
import type { TradingBot } from './tradingbot.ts';

/** One strategy as it is written, with the defaults of its schema. */
export interface WrittenStrategy {
  readonly name: StrategyName;
  readonly parameters: Parameters;
  /** Its field of the spec, for messages: `spec.strategy.<name>`. */
  readonly path: string;
  readonly fields: Readonly<Partial<Record<string, string>>>;
}

/** The strategies that a file names: a whole one has exactly one. */
export const writtenStrategies = ({ spec }: TradingBot): readonly WrittenStrategy[] =>
  STRATEGY_NAMES.flatMap((name) => {
    const fields = spec.strategy[name];
    const { parameters } = kindOf(name);
    return fields === undefined ? [] : [{ name, parameters, path: `spec.strategy.${name}`, fields }];
  });

/** The settings of a strategy whose windows are sized by them: their change is a restart. */
const isOfWindow = ({ kind }: Parameter): boolean => kind === 'lookback' || kind === 'interval';

/** The fields of a strategy that hold an amount: what has a default in dollars alone. */
export const amountsOf = (
  parameters: Parameters,
): readonly { readonly field: string; readonly dollars: string }[] =>
  Object.entries(parameters).flatMap(([setting, parameter]) =>
    parameter.kind === 'amount' ? [{ field: fieldOf(setting), dollars: parameter.dollars }] : [],
  );

/** The fields of a strategy that must be whole multiples of its interval. */
export const lookbacksOf = (parameters: Parameters): readonly string[] =>
  Object.entries(parameters).flatMap(([setting, { kind }]) =>
    kind === 'lookback' ? [fieldOf(setting)] : [],
  );

/** The candle interval of a strategy as written. */
export const intervalOf = ({ fields }: WrittenStrategy): IntervalName => fields['interval'] as IntervalName;

/** What a field means. The schema and the rules have seen to it that it is there. */
function meaningOf(parameter: Parameter, text: string): unknown {
  switch (parameter.kind) {
    case 'percentage':
      return percentToRatio(text);
    case 'duration':
    case 'lookback':
      return durationOf(text);
    case 'interval':
      return INTERVALS[text as IntervalName];
    case 'amount':
      return money(text);
  }
}

/** The settings of a strategy. `amounts`: those in force, by field. */
export function strategySettings(
  { name, parameters, fields }: WrittenStrategy,
  amounts: Readonly<Record<string, string>>,
): StrategySettings {
  const entries = Object.entries(parameters).map(([setting, parameter]) => {
    const field = fieldOf(setting);
    return [setting, meaningOf(parameter, fields[field] ?? amounts[field] ?? '')] as const;
  });
  return { [name]: Object.fromEntries(entries) };
}

/** The exits that belong to the strategy. */
export function exitSettings({ fields }: WrittenStrategy): Omit<ExitSettings, 'stopLossRatio'> {
  const { takeProfit, maxHolding } = fields;
  return {
    ...(takeProfit === undefined ? {} : { takeProfitRatio: percentToRatio(takeProfit) }),
    ...(maxHolding === undefined ? {} : { maxHolding: durationOf(maxHolding) }),
  };
}

// -- in the settings files

const codecOf = ({ kind }: Parameter): z.ZodType => {
  if (kind === 'percentage') return ratioCodec;
  return kind === 'amount' ? moneyCodec : durationCodec;
};

type Codec = z.ZodObject<Record<string, z.ZodType>, z.core.$strict>;

function codecFor(name: StrategyName, includes: (setting: string, parameter: Parameter) => boolean): Codec {
  const entries = Object.entries(kindOf(name).parameters)
    .filter(([setting, parameter]) => includes(setting, parameter))
    .map(([setting, parameter]) => [setting, codecOf(parameter)] as const);
  return z.strictObject(Object.fromEntries(entries));
}

type Codecs<Of> = {
  readonly [Name in keyof Of]-?: z.ZodExactOptional<z.ZodType<Exclude<Of[Name], undefined>>>;
};

const codecs = <Of>(
  includes: (name: StrategyName) => (setting: string, parameter: Parameter) => boolean,
): Codecs<Of> =>
  Object.fromEntries(
    STRATEGY_NAMES.map((name) => [name, codecFor(name, includes(name)).exactOptional()]),
  ) as unknown as Codecs<Of>;

/** Each strategy's settings, whole. */
export const strategyCodecs = codecs<StrategySettings>(() => () => true);

/** The part that cannot change in a running process, and the part that can. */
export const strategyStartCodecs = codecs<StrategySettings>(
  () => (_setting, parameter) => isOfWindow(parameter),
);
export const strategyHotCodecs = codecs<StrategySettings>(
  () => (_setting, parameter) => !isOfWindow(parameter),
);

/** What the strategy's own exit needs. */
export const exitRuleCodecs = codecs<ExitRuleSettings>((name) => {
  const { exit } = kindOf(name);
  return (setting) => exit !== undefined && ['interval', ...exit.parameters].includes(setting);
});

/** Settings that a file must have beside the one that names the strategy. */
export const settingNames = (name: StrategyName): readonly string[] => Object.keys(kindOf(name).parameters);
