/** A world in memory for properties of decisions: what actions do to it, and what is observed of it. Pure but for its state. */
import { anchorName, RELEASE_IMAGES } from '@claire/cdk8s';
import { type ControlState, parseTradingBot, type TradingBotStatus } from '@claire/workloads/contract';
import type { KubeObject } from '../../src/kube/resource.ts';
import type { Action } from '../../src/tradingbot/actions.ts';
import { decide, type Decision } from '../../src/tradingbot/decide.ts';
import { type ControlAnswer, NOT_ASKED } from '../../src/tradingbot/exposure.ts';
import { synthesisFlags } from '../../src/tradingbot/glance.ts';
import { idOf } from '../../src/tradingbot/kinds.ts';
import { FINALIZER } from '../../src/tradingbot/names.ts';
import type { Observed, SecretFacts } from '../../src/tradingbot/observed.ts';
import { toPart } from '../../src/tradingbot/parts.ts';
import { pinnedOf } from '../../src/tradingbot/pins.ts';
import { makeAnchor, makeSynthesize } from '../../src/tradingbot/synthesis.ts';
import { componentOf } from '../../src/tradingbot/views.ts';
import { hashOf } from '../../src/kube/apply.ts';
import { botObject } from './bot-object.ts';

export const NOW = 1_700_000_000_000;
const UID = 'a0a4a1f5-0000-4000-8000-000000000001';
const synthesize = makeSynthesize({ images: RELEASE_IMAGES, operator: undefined });

export interface World {
  bot: KubeObject;
  readonly live: Map<string, KubeObject>;
  readonly pods: Map<string, KubeObject>;
  readonly secrets: Map<string, SecretFacts>;
  /** StatefulSets whose pod does not become ready. */
  readonly unready: Set<string>;
  status: TradingBotStatus;
  /** Of both components; undefined: cannot be reached. */
  state: ControlState | undefined;
}

export const reported = (more: Partial<ControlState> = {}): ControlState => ({
  component: 'risk',
  bot: 'momentum',
  effectiveState: 'Running',
  demands: [],
  openPositions: 0,
  workingOrders: 0,
  reconciled: true,
  lastReconciliation: NOW,
  heldUntil: null,
  feedHealthy: true,
  credentialsValid: null,
  accountHash: null,
  settingsHash: 'x',
  hotSettingsHash: null,
  limitsHash: null,
  time: NOW,
  ...more,
});

export function makeWorld(spec: Record<string, unknown> = {}): World {
  return {
    bot: botObject({ name: 'momentum', uid: UID, generation: 1 }, spec),
    live: new Map(),
    pods: new Map(),
    secrets: new Map(),
    unready: new Set(),
    status: {},
    state: reported(),
  };
}

function plain({ apiVersion, kind, metadata, spec }: KubeObject): unknown {
  const { name, namespace, annotations } = metadata;
  return { apiVersion, kind, metadata: { name, namespace, ...(annotations ? { annotations } : {}) }, spec };
}

export function observe(world: World): Observed {
  const { bot, live, status, secrets } = world;
  const pods = [...world.pods.values()];
  const answer: ControlAnswer = world.state
    ? { ok: true, state: world.state }
    : { ok: false, why: 'refused' };
  const asked = (component: string): ControlAnswer =>
    pods.some((pod) => componentOf(pod) === component) ? answer : NOT_ASKED;
  const glance = {
    bot,
    live,
    pods,
    status,
    now: NOW,
    answers: { risk: asked('risk'), execution: asked('execution') },
  };
  const parsed = parseTradingBot(plain(bot));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const anchor = live.get(`ConfigMap/${anchorName(bot.metadata.name)}`);
  const owner = { name: bot.metadata.name, uid: UID, namespace: 'default' };
  const made = synthesize({
    bot: parsed.value,
    uid: UID,
    anchor: anchor && { name: anchor.metadata.name, uid: 'anchor-uid' },
    pinned: pinnedOf(bot, status),
    ...synthesisFlags(glance),
  });
  return {
    ...glance,
    parsed,
    retained: [],
    synthesis: { ok: true, ...made, parts: made.objects.map((object) => toPart(object, owner)) },
    secrets: new Map(made.credentials.map(({ name }) => [name, secrets.get(name) ?? null])),
    account: { kind: 'not-needed' },
    liveAllowed: undefined,
    namespaceEnds: false,
    overridesAllowed: false,
    warnings: new Map(),
  };
}

const revision = (object: KubeObject): string =>
  hashOf((object['spec'] as { template?: unknown }).template ?? {});

function podOf(set: KubeObject): KubeObject {
  const { template } = set['spec'] as { template: { metadata: { labels: Record<string, string> } } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${set.metadata.name}-0`,
      namespace: 'default',
      uid: `pod-${set.metadata.name}-${revision(set)}`,
      labels: { ...template.metadata.labels, 'controller-revision-hash': revision(set) },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          name: set.metadata.name,
          uid: set.metadata.uid ?? '',
          controller: true,
        },
      ],
    },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'main', ready: true, state: { running: {} } }],
    },
  };
}

function settleSet(world: World, id: string, set: KubeObject): void {
  const spec = set['spec'] as { replicas?: number; updateStrategy?: { type?: string } };
  const wanted = spec.replicas !== 0;
  const name = `${set.metadata.name}-0`;
  const replaced = spec.updateStrategy?.type !== 'OnDelete' || !world.pods.has(name);
  if (!wanted) world.pods.delete(name);
  else if (replaced) world.pods.set(name, podOf(set));
  const readyReplicas = Number(wanted && !world.unready.has(set.metadata.name));
  const status = { observedGeneration: 1, readyReplicas, updateRevision: revision(set) };
  world.live.set(id, { ...set, status });
}

/** Controllers do their work at once; protected pods stay until somebody deletes them. */
function settle(world: World): void {
  for (const [id, object] of world.live) {
    if (object.kind === 'StatefulSet') settleSet(world, id, object);
    if (object.kind !== 'Job') continue;
    world.live.set(id, { ...object, status: { conditions: [{ type: 'Complete', status: 'True' }] } });
  }
  for (const [name, pod] of world.pods) {
    const owner = pod.metadata.ownerReferences?.[0]?.name ?? '';
    if (!world.live.has(`StatefulSet/${owner}`)) world.pods.delete(name);
  }
}

const AFTER = { halt: 'Halted', 'reduce-only': 'ReduceOnly' } as const;

function ask(world: World, what: Extract<Action, { kind: 'control' }>['ask']): void {
  const state = world.state ?? reported();
  const after: Readonly<Record<typeof what, Partial<ControlState>>> = {
    halt: { effectiveState: AFTER.halt, workingOrders: 0 },
    'reduce-only': { effectiveState: AFTER['reduce-only'] },
    resume: { effectiveState: 'Running' },
    flatten: { openPositions: 0, workingOrders: 0, effectiveState: 'Halted' },
    hold: { heldUntil: NOW + 60_000 },
    release: { heldUntil: null },
  };
  world.state = { ...state, ...after[what] };
}

function put(world: World, object: KubeObject): void {
  const id = idOf(object);
  world.live.set(id, { ...object, metadata: { ...object.metadata, uid: `uid-${id}`, generation: 1 } });
}

function setFinalizers(world: World, finalizers: readonly string[]): void {
  world.bot = { ...world.bot, metadata: { ...world.bot.metadata, finalizers } };
}

function putAnchor(world: World): void {
  const parsed = parseTradingBot(plain(world.bot));
  if (!parsed.ok) return;
  put(
    world,
    toPart(makeAnchor(parsed.value, UID), { name: 'momentum', uid: UID, namespace: 'default' }).object,
  );
}

const nothing = (): void => undefined;
const EFFECTS: {
  readonly [Kind in Action['kind']]: (world: World, action: Extract<Action, { kind: Kind }>) => void;
} = {
  control: (world, action) => {
    ask(world, action.ask);
  },
  'add-finalizer': (world) => {
    setFinalizers(world, [FINALIZER]);
  },
  'remove-finalizer': (world) => {
    setFinalizers(world, []);
  },
  'make-anchor': (world) => {
    putAnchor(world);
  },
  'make-credentials': (world, { secret }) => {
    world.secrets.set(secret.name, { uid: 's', labels: { 'trading.claire.dev/bot-uid': UID } });
  },
  apply: (world, { part }) => {
    put(world, part.object);
  },
  delete: (world, { object }) => {
    world.live.delete(idOf(object));
  },
  'delete-secret': (world, { name }) => {
    world.secrets.delete(name);
  },
  restart: (world, { pod }) => {
    world.pods.delete(pod.metadata.name);
  },
  'claim-account': nothing,
  'release-account': nothing,
  adopt: nothing,
  'adopt-credentials': nothing,
  'grow-volume': nothing,
  event: nothing,
};

function act(world: World, action: Action): void {
  (EFFECTS[action.kind] as (world: World, action: Action) => void)(world, action);
}

/** One pass: observe, decide, carry out. */
export function pass(world: World): Decision {
  const decision = decide(observe(world), NOW - 600_000);
  for (const action of decision.actions) act(world, action);
  settle(world);
  return decision;
}

/** Passes until nothing is left to do. @throws Error when it does not come to rest */
export function converge(world: World): Decision {
  for (let round = 0; round < 30; round += 1) {
    const decision = pass(world);
    if (decision.actions.length === 0) return decision;
  }
  throw new Error('the operator does not come to rest');
}
