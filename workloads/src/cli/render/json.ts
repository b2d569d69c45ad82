import { type Decimal, formatDecimal } from '../../domain/money/decimal.ts';
import { type Ratio, ratioToDecimal } from '../../domain/money/amounts.ts';

const isDecimal = (value: unknown): value is Decimal =>
  typeof value === 'object' && value !== null && 'units' in value && typeof value.units === 'bigint';

/** Exact amounts and ratios as decimal texts, maps as objects, sets as lists; times stay milliseconds UTC. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return formatDecimal(ratioToDecimal(value as Ratio));
  if (isDecimal(value)) return formatDecimal(value);
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return value;
}

/** One JSON document for `--json`, ending in a line feed. */
export const renderJson = (value: unknown): string => `${JSON.stringify(value, plain, 2)}\n`;
