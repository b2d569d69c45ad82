/** The API reference (`docs/tradingbot.md`), made from the wire schema, the profiles and the rules. */
import {
  DEFAULTS,
  DEFAULT_PRICE_WINDOW,
  DOLLAR_AMOUNTS,
  PROFILES,
} from '../workloads/src/contract/profiles.ts';
import { LIMIT_RULES, SPEC_RULES } from '../workloads/src/contract/rules.ts';
import { amountsOf } from '../workloads/src/contract/strategy-settings.ts';
import { tradingBotJsonSchema } from '../workloads/src/contract/tradingbot.ts';
import { kindOf, STRATEGY_NAMES } from '../workloads/src/domain/strategy/registry.ts';
import { formatDuration } from '../workloads/src/domain/time.ts';

/** The keys of a JSON Schema that the contract uses. */
export interface FieldSchema {
  readonly type: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: FieldSchema | false;
  readonly items?: FieldSchema;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly 'x-claire-form'?: string;
  readonly 'x-claire-at-least'?: string;
  readonly 'x-claire-at-most'?: string;
}

/** A field of the API with its place; `[]` stands for every entry of a list. */
export interface Field {
  readonly path: string;
  readonly schema: FieldSchema;
  readonly required: boolean;
}

/** The children of a field: the fields of a map, or what a list consists of. */
function childrenOf({ path, schema }: Pick<Field, 'path' | 'schema'>): readonly Field[] {
  if (schema.items) return [{ path: `${path}[]`, schema: schema.items, required: false }];
  return Object.entries(schema.properties ?? {}).map(([name, child]) => ({
    path: path === '' ? name : `${path}.${name}`,
    schema: child,
    required: schema.required?.includes(name) === true,
  }));
}

/** Every field below one, parents before children, in the order of the schema. */
export const listFields = (field: Pick<Field, 'path' | 'schema'>): readonly Field[] =>
  childrenOf(field).flatMap((child) => [child, ...listFields(child)]);

export const apiSchema = (): FieldSchema => tradingBotJsonSchema() as unknown as FieldSchema;

const code = (text: string): string => `\`${text}\``;

/** "1 to 200"; what is unbounded below starts at 0. */
const range = (from: number | string | undefined, to: number | string | undefined): string =>
  `${from ?? 0} to ${to ?? '∞'}`;

function describeText(schema: FieldSchema): string {
  const form = schema['x-claire-form'] ?? 'string';
  const atLeast = schema['x-claire-at-least'];
  if (atLeast !== undefined) return `${form}, ${range(atLeast, schema['x-claire-at-most'])}`;
  return `${form}, at most ${schema.maxLength ?? '∞'} characters`;
}

const DESCRIBE: Readonly<Record<string, (schema: FieldSchema) => string>> = {
  array: ({ minItems, maxItems }) => `list, ${range(minItems, maxItems)} entries`,
  boolean: () => '`true`, `false`',
  integer: ({ minimum, maximum }) => `integer, ${range(minimum, maximum)}`,
  object: ({ additionalProperties, maxProperties }) =>
    additionalProperties ? `map of strings, at most ${maxProperties ?? '∞'} entries` : 'map',
  string: (schema) => schema.enum?.map(code).join(', ') ?? describeText(schema),
};

const describeType = (schema: FieldSchema): string => DESCRIBE[schema.type]?.(schema) ?? schema.type;

const lookUp = (values: object, name: string): string | number | undefined =>
  (values as Readonly<Record<string, string | number>>)[name];

/** Where the value of a limit comes from when the spec has none. */
function describeLimit(name: string): string | undefined {
  const governed = Object.values(PROFILES).map((profile) => lookUp(profile, name));
  if (governed[0] !== undefined) return `by profile: ${governed.map(String).map(code).join(' / ')}`;
  const preset = lookUp(DEFAULTS, name);
  return preset === undefined ? undefined : code(String(preset));
}

const SPECIAL_DEFAULTS: Readonly<Record<string, string>> = {
  'spec.risk.capital': `\`"${DOLLAR_AMOUNTS.capital}"\` in USDT or USDC, else required`,
  'spec.risk.maxOrderNotional': `\`"${DOLLAR_AMOUNTS.maxOrderNotional}"\` in USDT or USDC, never above the capital; else required`,
  'spec.risk.priceWindow': `\`${formatDuration(DEFAULT_PRICE_WINDOW)}\`, or one interval where that is longer`,
  ...Object.fromEntries(
    STRATEGY_NAMES.flatMap((name) =>
      amountsOf(kindOf(name).parameters).map(({ field, dollars }) => [
        `spec.strategy.${name}.${field}`,
        `\`"${dollars}"\` in USDT or USDC, else required`,
      ]),
    ),
  ),
  'spec.universe.topMovers.minQuoteVolume': `\`"${DOLLAR_AMOUNTS.topMoversQuoteVolume}"\` in USDT or USDC, else required`,
};

function describeDefault({ path, schema, required }: Field): string {
  if (required) return '**required**';
  const special =
    SPECIAL_DEFAULTS[path] ?? (path.startsWith('spec.risk.') ? describeLimit(path.slice(10)) : undefined);
  if (special !== undefined) return special;
  if (schema.default === undefined || schema.type === 'object') return '';
  return code(JSON.stringify(schema.default).replaceAll('"', ''));
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function renderTable(fields: readonly Field[]): string {
  const rows = fields.map((field) =>
    [
      '',
      code(field.path),
      cell(describeType(field.schema)),
      describeDefault(field),
      cell(field.schema.description ?? ''),
      '',
    ]
      .join(' | ')
      .trim(),
  );
  return ['| field | type and bounds | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

/** One section for the head of the object and one for each field of the spec. */
function renderSections(schema: FieldSchema): string {
  const top = childrenOf({ path: '', schema });
  const spec = childrenOf({ path: 'spec', schema: schema.properties?.['spec'] ?? { type: 'object' } });
  const isSection = ({ schema: { type } }: Field): boolean => type === 'object';
  const head = top.filter(({ path }) => path !== 'spec').flatMap((field) => [field, ...listFields(field)]);
  const sections = spec
    .filter(isSection)
    .map(
      (field) => `## ${field.path}\n\n${field.schema.description ?? ''}\n\n${renderTable(listFields(field))}`,
    );
  return [`## The object\n\n${renderTable([...head, ...spec])}`, ...sections].join('\n\n');
}

function renderRules(): string {
  const rows = [
    ...SPEC_RULES.map(({ path, text }) => `| ${code(path)} | ${text} |`),
    ...LIMIT_RULES.map(({ field, text }) => `| ${code(`spec.risk.${field}`)} | ${text} |`),
  ];
  return ['| field | rule |', '|---|---|', ...rows].join('\n');
}

/** The whole page. `example` is the text of a TradingBot file that uses every section. */
export function renderReference(example: string): string {
  return `# TradingBot

The API \`trading.claire.dev/v1alpha1\`, kind \`TradingBot\`: what \`claire run -f\`, \`claire validate -f\` and the operator read.
Generated from the schema by \`make docs\`; do not edit.

- A percentage is written \`3%\` (at most 6 places after the point), a duration in Go units (\`30s\`, \`15m\`, \`1h30m\`).
- An amount is a plain decimal in quotes. It is in the quote asset of the bot where nothing else is said, and has a default
  only where that is USDT or USDC.
- A field that is not listed here is an error, and so is a value out of its bounds: each is reported with its path, line,
  what it was and what is allowed.
- Limits come from the spec, else from \`spec.risk.profile\` (\`conservative\` / \`balanced\` / \`aggressive\`, in this order
  below), else from the default; \`claire validate\` and \`status.effectiveLimits\` show each with its source.

${renderSections(apiSchema())}

## Rules across fields

Checked on the values in force, wherever they come from.

${renderRules()}

## An example with every section

\`\`\`yaml
${example.trimEnd()}
\`\`\`
`;
}
