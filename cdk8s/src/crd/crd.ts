/** The CustomResourceDefinition of TradingBot, made from the wire schema of the contract. */
import {
  API_VERSION,
  KIND,
  tradingBotJsonSchema,
  tradingBotStatusJsonSchema,
} from '@claire/workloads/contract';
import { rangeRules } from './cel.ts';
import { specRules } from './spec-rules.ts';
import {
  type CelRule,
  type JsonSchema,
  type ListKinds,
  NotStructuralError,
  type StructuralSchema,
  toStructural,
} from './structural-schema.ts';
import { TRANSITION_RULES } from './transition-rules.ts';

const [GROUP = '', VERSION = ''] = API_VERSION.split('/');
const PLURAL = 'tradingbots';
export const CRD_NAME = `${PLURAL}.${GROUP}`;

/** Lists are sets of names, maps by a key, or replaced as a whole where entries have no identity. */
const SPEC_LISTS: ListKinds = {
  'spec.universe.symbols': 'set',
  'spec.universe.deny': 'set',
  'spec.network.venue': 'atomic',
  'spec.network.venue[].ports': 'atomic',
  'spec.network.external': 'atomic',
  'spec.network.external[].ports': 'atomic',
  'spec.network.notify': 'atomic',
  'spec.network.notify[].ports': 'atomic',
  'spec.template.tolerations': 'atomic',
  'spec.template.imagePullSecrets': ['name'],
  'spec.template.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution': 'atomic',
  'spec.template.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[].preference.matchExpressions':
    'atomic',
  'spec.template.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[].preference.matchExpressions[].values':
    'atomic',
  'spec.template.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms':
    'atomic',
  'spec.template.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[].matchExpressions':
    'atomic',
  'spec.template.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[].matchExpressions[].values':
    'atomic',
};

const STATUS_LISTS: ListKinds = {
  'status.conditions': ['type'],
  'status.effectiveLimits': ['field'],
  'status.components': ['name'],
  'status.heldUpdates': ['component'],
  'status.inventory': ['apiVersion', 'kind', 'name'],
  'status.pins.images': ['component'],
};

/** Limits come from the profile or the defaults, and the status says which: the API server must not fill them in. */
const governedByProfile = (path: string): boolean =>
  path.startsWith('spec.risk.') && path !== 'spec.risk.profile';

function groupByPath(
  rules: readonly (readonly [string, CelRule])[],
): ReadonlyMap<string, readonly CelRule[]> {
  const groups = new Map<string, CelRule[]>();
  for (const [path, rule] of rules) groups.set(path, [...(groups.get(path) ?? []), rule]);
  return groups;
}

function part(schema: Record<string, unknown>, name: string): JsonSchema {
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>> | undefined;
  const found = properties?.[name];
  if (found === undefined) throw new NotStructuralError(name, 'is missing in the contract');
  return found;
}

/** The schema of the whole object. Of metadata a CustomResourceDefinition may bound the name and describe nothing. */
function objectSchema(): StructuralSchema {
  const wire = tradingBotJsonSchema();
  const rules = groupByPath([...specRules(), ...TRANSITION_RULES]);
  const inside = new Map([...rules].filter(([path]) => path !== ''));
  const spec = toStructural(part(wire, 'spec'), 'spec', {
    lists: SPEC_LISTS,
    withoutDefault: governedByProfile,
    rules: inside,
    formRules: rangeRules,
  });
  const status = toStructural(tradingBotStatusJsonSchema(), 'status', {
    lists: STATUS_LISTS,
    withoutDefault: () => true,
    rules: new Map(),
    formRules: () => [],
  });
  const { minLength, maxLength, pattern } = part({ ...part(wire, 'metadata') }, 'name') as {
    readonly minLength: number;
    readonly maxLength: number;
    readonly pattern: string;
  };
  const text = (description: string): StructuralSchema => ({ type: 'string', description });
  const name: StructuralSchema = {
    type: 'string',
    description: 'Name of the bot. Short, because the names of its parts are made from it.',
    minLength,
    maxLength,
    pattern,
  };
  return {
    type: 'object',
    description: String(wire['description']),
    required: ['metadata', 'spec'],
    properties: {
      apiVersion: text('Version of this API.'),
      kind: text('Kind of the object.'),
      metadata: { type: 'object', properties: { name } } as unknown as StructuralSchema,
      spec,
      status,
    },
    'x-kubernetes-validations': rules.get('') ?? [],
  };
}

interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: number;
}

const condition = (type: string, field = 'status'): string =>
  `.status.conditions[?(@.type=="${type}")].${field}`;

const COLUMNS: readonly PrinterColumn[] = [
  { name: 'Mode', type: 'string', jsonPath: '.spec.mode', description: 'Paper or live.' },
  { name: 'State', type: 'string', jsonPath: '.status.effectiveState', description: 'The state in force.' },
  {
    name: 'Ready',
    type: 'string',
    jsonPath: condition('Ready'),
    description: 'Whether the parts match the spec.',
  },
  {
    name: 'Trading',
    type: 'string',
    jsonPath: condition('TradingEnabled'),
    description: 'Whether entries are possible.',
  },
  {
    name: 'Positions',
    type: 'integer',
    jsonPath: '.status.trading.openPositions',
    description: 'Positions open.',
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
  {
    name: 'Wanted',
    type: 'string',
    jsonPath: '.spec.state',
    description: 'The state the spec demands.',
    priority: 1,
  },
  {
    name: 'Account',
    type: 'string',
    jsonPath: '.spec.exchange.account',
    description: 'The exchange account.',
    priority: 1,
  },
  {
    name: 'Update',
    type: 'string',
    jsonPath: condition('UpdatePending', 'reason'),
    description: 'What a held update waits for.',
    priority: 1,
  },
  {
    name: 'Reason',
    type: 'string',
    jsonPath: condition('Ready', 'message'),
    description: 'Why the bot is not ready.',
    priority: 1,
  },
];

const SELECTABLE = ['.spec.mode', '.spec.state', '.spec.exchange.venue', '.spec.exchange.account'];

/** A CustomResourceDefinition as the API takes it. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>> & { readonly versions: readonly Version[] };
}

interface Version {
  readonly name: string;
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
  readonly [field: string]: unknown;
}

/** The CustomResourceDefinition of TradingBot. Helm never removes it: with it every bot would go. */
export function tradingBotCrd(): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: CRD_NAME,
      labels: { 'app.kubernetes.io/name': 'claire', 'app.kubernetes.io/part-of': 'claire' },
      annotations: { 'helm.sh/resource-policy': 'keep' },
    },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: PLURAL,
        singular: 'tradingbot',
        shortNames: ['tbot'],
        categories: ['claire'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: objectSchema() },
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS,
          selectableFields: SELECTABLE.map((jsonPath) => ({ jsonPath })),
        },
      ],
    },
  };
}
