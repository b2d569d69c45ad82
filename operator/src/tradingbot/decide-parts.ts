/**
 * Which objects are made, changed and removed now. Pure. Stages gate the first making of a workload only: one that is
 * there is never removed or held back because an earlier one is not ready.
 */
import { compareObject } from '../kube/apply.ts';
import { quantityOf } from '../kube/covers.ts';
import type { KubeObject } from '../kube/resource.ts';
import type { Action } from './actions.ts';
import { changeOfDatabase } from './database-version.ts';
import type { Exposure } from './exposure.ts';
import type { Obstacle } from './gates.ts';
import { idOf } from './kinds.ts';
import { APPLIED_ANNOTATION } from './names.ts';
import type { Observed } from './observed.ts';
import { NEEDS, NEEDS_EXPOSED, type Part } from './parts.ts';
import { isReady, mountedConfigMaps, wantedReplicas } from './views.ts';

export interface PartsDecision {
  readonly actions: readonly Action[];
  /** What is not made yet, and what it waits for. */
  readonly waiting: readonly string[];
  /** What would lose data, and is therefore not done. */
  readonly refused: readonly Obstacle[];
}

/**
 * What keeps workloads from being made for the first time, and those that are there from following a new spec: a running
 * bot must not come through a gate that is closed to a new one.
 */
export interface Barriers {
  /** Every workload. */
  readonly all: string | undefined;
  /** Execution. */
  readonly execution: string | undefined;
}

interface ClaimTemplate {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
}

const claimTemplates = (workload: KubeObject): readonly ClaimTemplate[] =>
  (workload['spec'] as { readonly volumeClaimTemplates?: readonly ClaimTemplate[] } | undefined)
    ?.volumeClaimTemplates ?? [];
const sizeOf = (template: ClaimTemplate | undefined): string =>
  template?.spec.resources?.requests?.storage ?? '0';
const bytes = (size: string): bigint => quantityOf(size) ?? 0n;

function unreadyBefore(
  part: Part,
  parts: readonly Part[],
  observed: Observed,
  exposed: boolean,
): string | undefined {
  if (part.stage === undefined) return undefined;
  const { ready, made } = (exposed ? NEEDS_EXPOSED : NEEDS)[part.stage];
  const blocking = parts.find(({ stage, id }) => {
    if (stage === undefined) return false;
    const live = observed.live.get(id);
    if (ready.includes(stage)) return live === undefined || !isReady(live);
    return made.includes(stage) && live === undefined;
  });
  return blocking && `${part.component} waits for ${blocking.component}`;
}

function barrierOf(part: Part, barriers: Barriers): string | undefined {
  if (part.stage === undefined) return undefined;
  if (barriers.all !== undefined) return `${part.component} waits: ${barriers.all}`;
  return part.stage === 'execution' && barriers.execution !== undefined
    ? `execution waits: ${barriers.execution}`
    : undefined;
}

/**
 * A larger volume: the claims are grown, and the StatefulSet, whose claim templates cannot change, is made anew around its
 * running pods. A smaller one is refused.
 */
function decideGrowth(part: Part, live: KubeObject, observed: Observed): PartsDecision | undefined {
  const wanted = claimTemplates(part.object);
  const have = claimTemplates(live);
  const changed = wanted.filter((template) => {
    const other = have.find(({ metadata }) => metadata.name === template.metadata.name);
    return bytes(sizeOf(template)) !== bytes(sizeOf(other));
  });
  if (changed.length === 0) return undefined;
  const refused = changed.flatMap((template): readonly Obstacle[] => {
    const other = have.find(({ metadata }) => metadata.name === template.metadata.name);
    if (bytes(sizeOf(template)) >= bytes(sizeOf(other))) return [];
    const sizes = `${template.metadata.name} has ${sizeOf(other)}, asked for ${sizeOf(template)}`;
    return [{ reason: 'ShrinkRefused', message: `a volume cannot shrink: ${part.id}: ${sizes}` }];
  });
  if (refused.length > 0) return { actions: [], waiting: [], refused };
  const grow = changed.flatMap((template): readonly Action[] => {
    const claim = observed.live.get(
      `PersistentVolumeClaim/${template.metadata.name}-${part.object.metadata.name}-0`,
    );
    return claim ? [{ kind: 'grow-volume', claim, size: sizeOf(template) }] : [];
  });
  const remake: Action = {
    kind: 'delete',
    object: live,
    propagation: 'Orphan',
    why: 'its claim templates grow; its pods stay',
  };
  return { actions: [...grow, remake], waiting: [], refused: [] };
}

const waitsFor = (why: string): PartsDecision => ({ actions: [], waiting: [why], refused: [] });

/** What the operator wants of it is something else than what it applied last. */
const isNewDesire = (part: Part, live: KubeObject): boolean =>
  live.metadata.annotations?.[APPLIED_ANNOTATION] !== part.object.metadata.annotations?.[APPLIED_ANNOTATION];

/** Why a workload that is there stays as it is. One that is to have no pod may always follow: it passes no gate. */
function frozenBy(part: Part, live: KubeObject, barriers: Barriers): string | undefined {
  const follows = !isNewDesire(part, live) || wantedReplicas(part.object) === 0;
  return follows ? undefined : barrierOf(part, barriers);
}

interface Waits {
  readonly barriers: Barriers;
  /** The stage that must be ready before this part is made. */
  readonly stage: () => string | undefined;
}

function decidePart(part: Part, observed: Observed, { barriers, stage }: Waits): PartsDecision {
  const live = observed.live.get(part.id);
  if (live === undefined) {
    const why = barrierOf(part, barriers) ?? stage();
    return why === undefined
      ? { actions: [{ kind: 'apply', part, live }], waiting: [], refused: [] }
      : waitsFor(why);
  }
  const frozen = frozenBy(part, live, barriers);
  if (frozen !== undefined) return waitsFor(frozen);
  const onData = part.object.kind === 'StatefulSet' ? decideStorage(part, live, observed) : undefined;
  if (onData !== undefined) return onData;
  // A Job cannot be changed; the synthesis gives a changed one another name.
  const { differs } = compareObject(live, part.object, APPLIED_ANNOTATION);
  const actions: readonly Action[] =
    differs && part.object.kind !== 'Job' ? [{ kind: 'apply', part, live }] : [];
  return { actions, waiting: [], refused: [] };
}

/** What a change means for the data of a StatefulSet; undefined when it means nothing. */
function decideStorage(part: Part, live: KubeObject, observed: Observed): PartsDecision | undefined {
  const message = part.component === 'postgres' ? changeOfDatabase(live, part.object) : undefined;
  if (message === undefined) return decideGrowth(part, live, observed);
  return { actions: [], waiting: [], refused: [{ reason: 'MajorChangeRefused', message }] };
}

/** Never pruned: volumes and what owns everything live by rules of their own, and pods by their controllers. */
const KEPT = new Set(['PersistentVolumeClaim', 'Secret', 'Pod']);

/** What is ours and no longer wanted. A ConfigMap stays while a pod mounts it: a pod that crashes needs it again. */
function decidePruning(observed: Observed, parts: readonly Part[], anchorName: string): readonly Action[] {
  const wanted = new Set(parts.map(({ id }) => id));
  const mounted = new Set(observed.pods.flatMap((pod) => mountedConfigMaps(pod)));
  return [...observed.live.values()].flatMap((object): readonly Action[] => {
    const { name, deletionTimestamp } = object.metadata;
    if (KEPT.has(object.kind) || wanted.has(idOf(object)) || deletionTimestamp !== undefined) return [];
    if (object.kind === 'ConfigMap' && (name === anchorName || mounted.has(name))) return [];
    return [{ kind: 'delete', object, propagation: 'Background', why: 'the bot no longer needs it' }];
  });
}

export function decideParts(observed: Observed, exposure: Exposure, barriers: Barriers): PartsDecision {
  const { synthesis } = observed;
  if (!synthesis.ok) return { actions: [], waiting: [], refused: [] };
  const { parts, anchorName } = synthesis;
  const exposed = exposure.kind !== 'flat';
  const decided = parts.map((part) =>
    decidePart(part, observed, { barriers, stage: () => unreadyBefore(part, parts, observed, exposed) }),
  );
  const pruning = barriers.all === undefined ? decidePruning(observed, parts, anchorName) : [];
  return {
    actions: [...decided.flatMap(({ actions }) => actions), ...pruning],
    waiting: decided.flatMap(({ waiting }) => waiting),
    refused: decided.flatMap(({ refused }) => refused),
  };
}
