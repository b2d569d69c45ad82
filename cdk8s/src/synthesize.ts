/** From a TradingBot to all of its Kubernetes objects: pure, in a few milliseconds. */
import {
  COMPONENTS,
  type ComponentName,
  PROCESSES,
  type ProcessName,
  processSettings,
} from '@claire/workloads/contract';
import { ApiObject, App, Chart } from 'cdk8s';
import { execution } from './components/execution.ts';
import { addGrafana } from './components/grafana.ts';
import { addPostgres } from './components/postgres.ts';
import { addPrometheus } from './components/prometheus.ts';
import { addRedis } from './components/redis.ts';
import { risk } from './components/risk.ts';
import { screenerRest } from './components/screener-rest.ts';
import { screenerWs } from './components/screener-ws.ts';
import { signal } from './components/signal.ts';
import { addTradingProcess, type ProcessShape, type ProcessTexts } from './components/trading-process.ts';
import { addDisruptionBudget } from './disruption.ts';
import { commonLabels } from './labels.ts';
import { anchorName, contentHash } from './names.ts';
import { addNetwork } from './network.ts';
import { Part, type PartContext } from './part.ts';
import { PROTECTED, type Stage, STAGES } from './stages.ts';
import { connections } from './storage/connections.ts';
import { addPrepare } from './storage/prepare.ts';
import { SynthesisError, type SynthesisInput } from './synthesis-input.ts';

/** A Kubernetes object as the API takes it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly unknown[];
  };
  readonly [field: string]: unknown;
}

export interface SynthesizedObject {
  readonly manifest: KubeObject;
  /** Undefined for what the bot has once. */
  readonly component: ComponentName | undefined;
  readonly stage: Stage;
  /** A StatefulSet whose pods only the operator replaces. */
  readonly isProtected: boolean;
  /** Named by its content: to be kept while any pod or revision still uses it. */
  readonly isContentNamed: boolean;
}

/** Pod templates a running bot may be pinned to. A change of what pods look like is a new one; old ones stay. */
export const TEMPLATE_REVISIONS = [1] as const;
export const LATEST_TEMPLATE_REVISION = 1;

const SHAPES: Readonly<Record<ProcessName, ProcessShape>> = {
  'screener-ws': screenerWs,
  'screener-rest': screenerRest,
  signal,
  risk,
  execution,
};

/** The components this bot has. */
export function componentsOf({ bot: { wire } }: Pick<SynthesisInput, 'bot'>): readonly ComponentName[] {
  const { storage, monitoring } = wire.spec;
  const isThere: Readonly<Partial<Record<ComponentName, boolean>>> = {
    postgres: storage.postgres.external === undefined,
    redis: storage.redis.external === undefined,
    prometheus: monitoring.prometheus.enabled,
    grafana: monitoring.grafana.enabled,
  };
  return COMPONENTS.filter((name) => isThere[name] ?? true);
}

function check({ bot, templateRevision = LATEST_TEMPLATE_REVISION }: SynthesisInput): void {
  const { venue } = bot.wire.spec.exchange;
  if (venue === 'replay') {
    throw new SynthesisError(
      'VENUE_NOT_IN_CLUSTER',
      'spec.exchange.venue: was "replay", which reads files of one machine; must be mexc or simulator in a cluster (`claire run` replays)',
    );
  }
  if (!TEMPLATE_REVISIONS.some((known) => known === templateRevision)) {
    throw new SynthesisError(
      'UNKNOWN_TEMPLATE_REVISION',
      `pod template revision ${templateRevision} is not known here; known: ${TEMPLATE_REVISIONS.join(', ')}. It was pinned by another version of the operator: run that one, or a newer one`,
    );
  }
}

/** The settings files of a bot's processes. */
export type Texts = Readonly<Record<ProcessName, ProcessTexts>>;

export function textsOf({ bot: { settings, wire } }: Pick<SynthesisInput, 'bot'>): Texts {
  const files = processSettings(settings, connections(wire));
  const texts = PROCESSES.map(
    (name) => [name, { config: files[name].config.text, hot: files[name].hot.text }] as const,
  );
  return Object.fromEntries(texts) as Record<ProcessName, ProcessTexts>;
}

function contextOf(input: SynthesisInput, hash: PartContext['hash']): PartContext {
  const { metadata, spec } = input.bot.wire;
  return {
    input,
    metadata,
    spec,
    images: input.images,
    operator: input.operator,
    exposed: input.exposed ?? true,
    replicas: input.scaledDown === true ? 0 : 1,
    hash,
  };
}

function addParts(chart: Chart, context: PartContext, texts: Texts): void {
  const components = componentsOf(context.input);
  const base = new Part(chart, 'base');
  addNetwork(base, context, components);
  addDisruptionBudget(base, context);
  if (components.includes('postgres')) addPostgres(chart, context);
  if (components.includes('redis')) addRedis(chart, context);
  addPrepare(chart, context);
  for (const name of PROCESSES) addTradingProcess(chart, context, SHAPES[name], texts[name]);
  if (components.includes('prometheus')) addPrometheus(chart, context);
  if (components.includes('grafana')) addGrafana(chart, context);
}

/** The object that owns all others of a bot; it has no owner itself. */
export const anchorManifest = ({ bot, uid }: Pick<SynthesisInput, 'bot' | 'uid'>): KubeObject => {
  const { metadata } = bot.wire;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: anchorName(metadata.name),
      namespace: metadata.namespace,
      labels: commonLabels(metadata, uid),
    },
    immutable: true,
    data: { purpose: `Owns every object of the TradingBot ${metadata.name}. Deleting it deletes them.` },
  };
};

const partOf = (object: ApiObject): Part | undefined =>
  object.node.scopes.toReversed().find((scope): scope is Part => scope instanceof Part);

interface ManifestClass {
  manifest(props: object): KubeObject;
}

/**
 * As `toJson` has it. That looks for tokens and custom resolvers at every node, of which there are none here, and takes
 * most of the time of a synthesis: an operator that starts makes the objects of every bot once.
 */
function manifestOf(object: ApiObject): KubeObject {
  const type = object.constructor as unknown as ManifestClass;
  return type.manifest({ ...(object['props'] as object), metadata: object.metadata.toJson() as object });
}

function toObject(object: ApiObject): SynthesizedObject {
  const manifest = manifestOf(object);
  const part = partOf(object);
  const component = part?.component;
  return {
    manifest,
    component,
    stage: part?.stage ?? 'base',
    isProtected: manifest.kind === 'StatefulSet' && component !== undefined && PROTECTED.has(component),
    isContentNamed: manifest['immutable'] === true || manifest.kind === 'Job',
  };
}

/** The object with the one that owns all others as its owner. */
export function ownedBy(anchor: SynthesisInput['anchor'], object: SynthesizedObject): SynthesizedObject {
  if (anchor === undefined) return object;
  const { manifest } = object;
  const ownerReferences = [
    { apiVersion: 'v1', kind: 'ConfigMap', name: anchor.name, uid: anchor.uid, blockOwnerDeletion: false },
  ];
  return { ...object, manifest: { ...manifest, metadata: { ...manifest.metadata, ownerReferences } } };
}

/** The objects without their owner, from settings files that are there, with names that say what `hash` makes of contents. */
export function synthesizeFrom(
  input: SynthesisInput,
  texts: Texts,
  hash: PartContext['hash'],
): readonly SynthesizedObject[] {
  check(input);
  const { metadata } = input.bot.wire;
  const chart = new Chart(new App(), 'bot', {
    namespace: metadata.namespace,
    labels: commonLabels(metadata, input.uid),
    disableResourceNameHashes: true,
  });
  addParts(chart, contextOf(input, hash), texts);
  return chart.node
    .findAll()
    .filter((node) => ApiObject.isApiObject(node))
    .map((object) => toObject(object))
    .toSorted((a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage));
}

/**
 * Every object of a bot but its anchor and its Secrets, in the order in which they are first applied. Equal input gives
 * equal output. @throws SynthesisError for a bot that cannot run in a cluster and for an unknown template revision
 */
export const synthesize = (input: SynthesisInput): readonly SynthesizedObject[] =>
  synthesizeFrom(input, textsOf(input), contentHash).map((object) => ownedBy(input.anchor, object));
