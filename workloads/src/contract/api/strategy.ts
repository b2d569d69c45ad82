/** `spec.strategy`, made from what each kind of strategy says of its parameters. */
import type { z } from 'zod';
import { fieldOf, type Parameter } from '../../domain/strategy/parameters.ts';
import { kindOf, STRATEGY_NAMES, type StrategyName } from '../../domain/strategy/registry.ts';
import { INTERVAL_NAMES } from '../text-forms.ts';
import { amount, choice, duration, fields, LARGEST_AMOUNT, percentage } from './fields.ts';

/** The most candles a look-back may span: what a screener can fetch from the exchange in one request. */
export const MAX_LOOKBACK_CANDLES = 1_000;

/** Every field of a strategy is written as text, whatever it means. */
type TextField = z.ZodType<string, string | undefined>;
type KindSchema = z.ZodObject<Record<string, TextField>, z.core.$strict>;

const LOOKBACK_RANGE = { atLeast: '1m', atMost: '24000h' };

function fieldSchema(parameter: Parameter): z.ZodType {
  const { doc } = parameter;
  switch (parameter.kind) {
    case 'percentage':
      return percentage(doc, parameter).default(parameter.default);
    case 'duration':
      return duration(doc, parameter).default(parameter.default);
    case 'lookback': {
      const text = `${doc.slice(0, -1)}; a whole multiple of \`interval\`, at most ${MAX_LOOKBACK_CANDLES} of them.`;
      return duration(text, LOOKBACK_RANGE).default(parameter.default);
    }
    case 'interval':
      return choice(doc, INTERVAL_NAMES).default(parameter.default);
    case 'amount':
      return amount(doc, { atLeast: '0', atMost: LARGEST_AMOUNT }).exactOptional();
  }
}

const orAbsent = (schema: z.ZodString, preset: string | undefined): z.ZodType =>
  preset === undefined ? schema.exactOptional() : schema.default(preset);

/** The two exits that every strategy has; the third, the stop-loss, is `risk.stopLoss`. */
function exitFields({
  takeProfit,
  maxHolding,
}: ReturnType<typeof kindOf>['exits']): Record<string, z.ZodType> {
  const without = (preset: string | undefined): string =>
    preset === undefined ? ' Left out, there is no such exit.' : '';
  return {
    takeProfit: orAbsent(
      percentage(`The gain on the average entry price at which a position is sold.${without(takeProfit)}`, {
        atLeast: '0.01%',
        atMost: '999%',
      }),
      takeProfit,
    ),
    maxHolding: orAbsent(
      duration(
        `How long a position is held at most; at least one \`interval\`.${without(maxHolding)}`,
        LOOKBACK_RANGE,
      ),
      maxHolding,
    ),
  };
}

function kindSchema(name: StrategyName): KindSchema {
  const { summary, parameters, exits } = kindOf(name);
  const own = Object.entries(parameters).map(
    ([setting, parameter]) => [fieldOf(setting), fieldSchema(parameter)] as const,
  );
  const shape: Record<string, z.ZodType> = { ...Object.fromEntries(own), ...exitFields(exits) };
  return fields(summary, shape) as unknown as KindSchema;
}

/** When to enter, and the exits that belong to the strategy. */
export const strategy = fields(
  `What the bot trades on: exactly one of ${STRATEGY_NAMES.map((name) => `\`${name}\``).join(', ')}.`,
  Object.fromEntries(STRATEGY_NAMES.map((name) => [name, kindSchema(name).exactOptional()])) as Record<
    StrategyName,
    z.ZodExactOptional<KindSchema>
  >,
);
