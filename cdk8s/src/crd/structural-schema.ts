/**
 * From the wire schema (JSON Schema made by zod) to the structural schema that a CustomResourceDefinition takes.
 * Whatever Kubernetes would refuse, or accept and then not apply, is refused here by name: a schema that got through is
 * stored as it stands.
 */

/** A validation rule in the Common Expression Language. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  /** Where the problem is shown, relative to the rule, e.g. `.exchange.venue`. */
  readonly fieldPath?: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
}

/** A node of a structural schema. */
export interface StructuralSchema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: 'date-time' | 'int64';
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly CelRule[];
}

/** A schema that no CustomResourceDefinition can hold. A defect of the contract, not of its user. */
export class NotStructuralError extends Error {
  readonly code = 'NOT_STRUCTURAL';
  readonly retryable = false;
  constructor(path: string, why: string) {
    super(`the schema of ${path || 'the object'} ${why}`);
    this.name = 'NotStructuralError';
  }
}

/** How the entries of the lists of a schema are told apart when several managers apply them. */
export type ListKinds = Readonly<Record<string, 'set' | 'atomic' | readonly string[]>>;

export interface PostProcessing {
  readonly lists: ListKinds;
  /** Fields whose value something else governs: a default here would hide it. */
  readonly withoutDefault: (path: string) => boolean;
  /** Rules by the path of the node they are evaluated on. */
  readonly rules: ReadonlyMap<string, readonly CelRule[]>;
  /** Rules that follow from the form of a field (a range of durations, say). */
  readonly formRules: (node: JsonSchema) => readonly CelRule[];
}

export type JsonSchema = Readonly<Record<string, unknown>>;

const KNOWN = new Set([
  'type',
  'description',
  'default',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'pattern',
  'format',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
  'minimum',
  'maximum',
]);
const TYPES = new Set(['object', 'array', 'string', 'integer', 'boolean']);
/** What RE2, in which patterns are evaluated, does not have. */
const NOT_RE2 = /\(\?[=!<]|\\[1-9]/;

const isMap = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const childPath = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function checkKeys(node: JsonSchema, path: string): void {
  for (const key of Object.keys(node)) {
    if (!KNOWN.has(key) && !key.startsWith('x-claire-')) {
      throw new NotStructuralError(path, `has ${key}; a structural schema has no such key`);
    }
  }
  if (typeof node['type'] !== 'string' || !TYPES.has(node['type'])) {
    throw new NotStructuralError(
      path,
      `has the type ${JSON.stringify(node['type'])}; must be one of ${[...TYPES].join(', ')}`,
    );
  }
  if (typeof node['description'] !== 'string' || node['description'] === '') {
    throw new NotStructuralError(path, 'has no description');
  }
}

/** Kubernetes estimates the cost of rules from these bounds; without one a rule is refused. */
function checkBounds(node: JsonSchema, path: string): void {
  const unbounded: Readonly<Record<string, boolean>> = {
    string: node['maxLength'] === undefined && node['enum'] === undefined,
    array: node['maxItems'] === undefined,
    integer: node['minimum'] === undefined || (node['maximum'] === undefined && node['format'] !== 'int64'),
    object: isMap(node['additionalProperties']) && node['maxProperties'] === undefined,
  };
  if (unbounded[String(node['type'])] === true) throw new NotStructuralError(path, 'has no bound');
  if (typeof node['pattern'] === 'string' && NOT_RE2.test(node['pattern'])) {
    throw new NotStructuralError(path, `has the pattern ${node['pattern']}, which RE2 does not know`);
  }
}

function listKind(path: string, { lists }: PostProcessing): Partial<StructuralSchema> {
  const kind = lists[path];
  if (kind === undefined) {
    throw new NotStructuralError(path, 'is a list that is neither atomic nor a set nor a map by keys');
  }
  return typeof kind === 'string'
    ? { 'x-kubernetes-list-type': kind }
    : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': kind };
}

function convertChildren(node: JsonSchema, path: string, how: PostProcessing): Partial<StructuralSchema> {
  if (node['type'] === 'array') {
    if (!isMap(node['items'])) {
      throw new NotStructuralError(path, 'is a list without one schema of its entries');
    }
    return { items: convert(node['items'], `${path}[]`, how), ...listKind(path, how) };
  }
  if (node['type'] !== 'object') return {};
  if (isMap(node['additionalProperties'])) {
    if (node['properties'] !== undefined) {
      throw new NotStructuralError(path, 'has both named fields and free ones');
    }
    return { additionalProperties: convert(node['additionalProperties'], `${path}{}`, how) };
  }
  const properties = isMap(node['properties']) ? node['properties'] : {};
  return {
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, child]) => [
        name,
        convert(isMap(child) ? child : {}, childPath(path, name), how),
      ]),
    ),
  };
}

/** The default of a map with the defaults of its fields: rules are held against a default before those are filled in. */
function fullDefault(value: unknown, children: Partial<StructuralSchema>): unknown {
  if (!isMap(value)) return value;
  const own = Object.entries(children.properties ?? {}).flatMap(([name, child]) =>
    value[name] === undefined && child.default !== undefined ? [[name, child.default] as const] : [],
  );
  return { ...Object.fromEntries(own), ...value };
}

/** One node and what is below it. @throws NotStructuralError */
function convert(node: JsonSchema, path: string, how: PostProcessing): StructuralSchema {
  checkKeys(node, path);
  checkBounds(node, path);
  if (node['default'] !== undefined && how.withoutDefault(path)) {
    throw new NotStructuralError(path, 'has a default, which would hide the value of the profile');
  }
  const plain = Object.entries(node).filter(
    ([key]) => KNOWN.has(key) && !['properties', 'items', 'additionalProperties'].includes(key),
  );
  const rules = [...how.formRules(node), ...(how.rules.get(path) ?? [])];
  const children = convertChildren(node, path, how);
  return {
    ...(Object.fromEntries(plain) as Pick<StructuralSchema, 'type' | 'description'>),
    ...(node['default'] === undefined ? {} : { default: fullDefault(node['default'], children) }),
    ...children,
    ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
  };
}

/** Every path of a schema; `[]` stands for the entries of a list, `{}` for the values of a map. */
export function schemaPaths(schema: StructuralSchema, path = ''): readonly string[] {
  const children = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    schemaPaths(child, childPath(path, name)),
  );
  const items = schema.items ? schemaPaths(schema.items, `${path}[]`) : [];
  return [path, ...children, ...items];
}

/**
 * The structural schema of a JSON Schema, below the path it has in the object. Every rule and list kind must meet a field:
 * one that guards nothing is a mistake.
 * @throws NotStructuralError
 */
export function toStructural(schema: JsonSchema, path: string, how: PostProcessing): StructuralSchema {
  const converted = convert(schema, path, how);
  const paths = new Set(schemaPaths(converted, path));
  for (const target of [...how.rules.keys(), ...Object.keys(how.lists)]) {
    if (!paths.has(target)) {
      throw new NotStructuralError(target, 'is not there, but has a rule or a kind of list');
    }
  }
  return converted;
}
