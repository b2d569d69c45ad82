/**
 * Values for every field of the API, made from its schema: at the ends of its range, just outside them, and malformed.
 * Whether they are right is not said here: schema in code and CustomResourceDefinition must agree on it.
 */
import { tradingBotJsonSchema } from '@claire/workloads/contract';
import type { Json } from '../support/bots.ts';

type Schema = Readonly<Record<string, unknown>>;

export interface FieldCase {
  /** Names of maps and indices of lists, from the spec down. */
  readonly path: readonly string[];
  readonly value: Json;
}

const child = (schema: Schema, key: string): Schema => (schema[key] ?? {}) as Schema;

interface Leaf {
  readonly path: readonly string[];
  readonly schema: Schema;
}

/** Every field without fields below it; of lists the first entry stands for all. */
function leaves(schema: Schema, path: readonly string[]): readonly Leaf[] {
  if (schema['type'] === 'array') return leaves(child(schema, 'items'), [...path, '0']);
  if (schema['type'] !== 'object') return [{ path, schema }];
  return Object.entries(child(schema, 'properties')).flatMap(([name, field]) =>
    leaves(field as Schema, [...path, name]),
  );
}

const decimalsBeside = (text: string, places: number): readonly string[] => {
  const scale = 10n ** BigInt(places);
  const [whole = '0', fraction = ''] = text.split('.');
  const units = BigInt(whole) * scale + BigInt(fraction.padEnd(places, '0').slice(0, places));
  return [units - 1n, units, units + 1n]
    .filter((value) => value >= 0n)
    .map((value) => `${value / scale}.${String(value % scale).padStart(places, '0')}`);
};

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

const durationsBeside = (text: string): readonly string[] => {
  const [, count = '0', unit = 'ms'] = /^([0-9]+)(ms|s|m|h)$/.exec(text) ?? [];
  const value = Number(count) * (MILLISECONDS[unit] ?? 1);
  return [value - 1, value, value + 1].filter((at) => at >= 0).map((at) => `${at}ms`);
};

const FORMS: Readonly<Record<string, (limit: string) => readonly string[]>> = {
  percentage: (limit) => decimalsBeside(limit.slice(0, -1), 6).map((text) => `${text}%`),
  duration: durationsBeside,
  amount: (limit) => decimalsBeside(limit, 12),
};

const MALFORMED: readonly Json[] = [
  ...['', ' ', '3', '3 %', '-1%', '1.1234567%', '1e3', '0x10', '.5', '5.', '٣%'],
  ...['15', '1d', '1.5h', 'm', '1h30m', '90m0s', '999999999h', '1Gi', '0Gi', '1.5Gi', '100m', '0m'],
  ...[
    'a',
    'A',
    'a-',
    '-a',
    'a.b',
    'a_b',
    'a/b',
    'BTCUSDT',
    'http://x',
    'ws://x',
    'http://u:p@x',
    '10.0.0.0/8',
  ],
  ...[0, -1, 1.5, true, 'x'.repeat(600)],
];

function ofRange(schema: Schema): readonly Json[] {
  const { 'x-claire-form': form, 'x-claire-at-least': atLeast, 'x-claire-at-most': atMost } = schema;
  const beside = FORMS[String(form)];
  if (beside === undefined) return [];
  return [String(atLeast), String(atMost)].flatMap((limit) => [limit, ...beside(limit)]);
}

/** The values of a field; malformed ones only for the first field of a form. */
function valuesOf(schema: Schema, isFirst: boolean): readonly Json[] {
  if (schema['type'] === 'boolean') return [true, 'true', 1];
  if (schema['type'] === 'integer') {
    const [minimum, maximum] = [Number(schema['minimum']), Number(schema['maximum'])];
    return [minimum - 1, minimum, maximum, maximum + 1, ...(isFirst ? [1.5, '5', true] : [])];
  }
  if (Array.isArray(schema['enum'])) {
    return [...(schema['enum'] as Json[]), 'Nope', ...(isFirst ? ['', 1] : [])];
  }
  return [...ofRange(schema), ...(isFirst ? MALFORMED : ['', 'x'.repeat(600)])];
}

/** Every case, in the order of the schema. */
export function fieldCases(): readonly FieldCase[] {
  const spec = child(child(tradingBotJsonSchema(), 'properties'), 'spec');
  const seen = new Set<string>();
  return leaves(spec, ['spec']).flatMap(({ path, schema }) => {
    const form = [
      schema['type'],
      schema['pattern'],
      schema['maxLength'],
      schema['enum'] === undefined,
    ].join();
    const isFirst = !seen.has(form);
    seen.add(form);
    return valuesOf(schema, isFirst).map((value) => ({ path, value }));
  });
}
