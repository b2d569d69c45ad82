/**
 * The objects of a bot with what the operator must know of each. Which are needed and what they hold is decided by the
 * synthesis; when each may be made, changed and removed is decided here.
 */
import type { KubeObject } from '../kube/resource.ts';
import { idOf, WORKLOADS } from './kinds.ts';
import { APPLIED_ANNOTATION, BOT_LABEL, UID_LABEL } from './names.ts';
import { componentOf } from './views.ts';
import { withHash } from '../kube/apply.ts';

/** In the order of the first start. */
export const STAGES = ['storage', 'screeners', 'signal', 'risk', 'execution'] as const;
export type Stage = (typeof STAGES)[number];

export interface Part {
  /** `Kind/name`. */
  readonly id: string;
  /** With our labels, its owner and the hash of itself. */
  readonly object: KubeObject;
  readonly component: string;
  /** Of workloads; undefined for what is never held back. */
  readonly stage: Stage | undefined;
  /** A pod whose restart can prevent an exit: replaced only when the bot is flat. */
  readonly protected: boolean;
}

const STAGE_OF: Readonly<Record<string, Stage>> = {
  postgres: 'storage',
  redis: 'storage',
  'screener-ws': 'screeners',
  'screener-rest': 'screeners',
  signal: 'signal',
  risk: 'risk',
  execution: 'execution',
};
const PROTECTED = new Set(['postgres', 'redis', 'screener-ws', 'screener-rest', 'risk', 'execution']);

export interface Owner {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
}

/** An object as the operator applies it for a bot. */
export function toPart(raw: KubeObject, bot: Owner): Part {
  const labels = { ...raw.metadata.labels, [BOT_LABEL]: bot.name, [UID_LABEL]: bot.uid };
  const object = withHash(
    { ...raw, metadata: { ...raw.metadata, namespace: bot.namespace, labels } },
    APPLIED_ANNOTATION,
  );
  const component = componentOf(object);
  const workload = WORKLOADS.has(object.kind);
  return {
    id: idOf(object),
    object,
    component,
    stage: workload ? STAGE_OF[component] : undefined,
    protected: workload && PROTECTED.has(component),
  };
}

/** The same with no pods. */
export function withoutPods(part: Part): Part {
  if (!WORKLOADS.has(part.object.kind)) return part;
  const spec = { ...(part.object['spec'] as object), replicas: 0 };
  const annotations = { ...part.object.metadata.annotations };
  delete annotations[APPLIED_ANNOTATION];
  const bare = { ...part.object, spec, metadata: { ...part.object.metadata, annotations } };
  return { ...part, object: withHash(bare, APPLIED_ANNOTATION) };
}
