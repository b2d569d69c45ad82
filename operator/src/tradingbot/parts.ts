/**
 * The objects of a bot with what the operator must know of each. Which are needed and what they hold is decided by the
 * synthesis; when each may be made, changed and removed is decided here.
 */
import { PROTECTED, STAGE_OF } from '@claire/cdk8s';
import type { ComponentName, ParsedBot } from '@claire/workloads/contract';
import { withHash } from '../kube/apply.ts';
import type { KubeObject } from '../kube/resource.ts';
import { idOf, WORKLOADS } from './kinds.ts';
import { APPLIED_ANNOTATION, BOT_LABEL, UID_LABEL } from './names.ts';
import type { Pinned } from './pins.ts';
import { componentOf } from './views.ts';

/** Of the first start; what is in none of them waits for nothing. */
export const STAGES = ['storage', 'prepare', 'screeners', 'signal', 'risk', 'execution'] as const;
export type Stage = (typeof STAGES)[number];

/** What must be there before a workload of a stage is made for the first time. */
export interface Needs {
  /** Stages that must be ready. */
  readonly ready: readonly Stage[];
  /** Stages that need only have been made. */
  readonly made: readonly Stage[];
}

const BEFORE_SIGNAL: readonly Stage[] = ['storage', 'prepare', 'screeners'];
const BEFORE_TRADING: readonly Stage[] = [...BEFORE_SIGNAL, 'signal'];

export const NEEDS: Readonly<Record<Stage, Needs>> = {
  storage: { ready: [], made: [] },
  prepare: { ready: ['storage'], made: [] },
  screeners: { ready: ['storage', 'prepare'], made: [] },
  signal: { ready: BEFORE_SIGNAL, made: [] },
  risk: { ready: BEFORE_TRADING, made: [] },
  // Risk is not ready before execution has opened the account in the ledger.
  execution: { ready: BEFORE_TRADING, made: ['risk'] },
};

/** With a position to look after: what can end it does not wait for what only begins new ones. */
export const NEEDS_EXPOSED: Readonly<Record<Stage, Needs>> = {
  ...NEEDS,
  execution: { ready: ['storage'], made: [] },
};

export interface Part {
  /** `Kind/name`. */
  readonly id: string;
  /** With our labels and the hash of itself. */
  readonly object: KubeObject;
  readonly component: string;
  /** Of workloads; undefined for what is never held back. */
  readonly stage: Stage | undefined;
}

/** A Secret that is generated once. */
export interface CredentialSpec {
  readonly name: string;
  /** The component it belongs to. */
  readonly opens: string;
  /** Makes the values: called only when there is neither the Secret nor a volume it opens. */
  readonly generate: () => Readonly<Record<string, string>>;
  /** Labels besides ours. */
  readonly labels: Readonly<Record<string, string>>;
  /** The volume claims it opens; it lives as long as they do. */
  readonly claims: readonly string[];
}

export interface SynthesisRequest {
  readonly bot: ParsedBot;
  readonly uid: string;
  readonly anchor: { readonly name: string; readonly uid: string } | undefined;
  readonly pinned: Pinned;
  readonly exposed: boolean;
  readonly scaledDown: boolean;
}

export interface Synthesis {
  readonly objects: readonly KubeObject[];
  readonly credentials: readonly CredentialSpec[];
  /** Name of the ConfigMap that owns all others. */
  readonly anchorName: string;
}

/** From a bot to its objects. @throws Error for a bot that none can be made for */
export type Synthesize = (request: SynthesisRequest) => Synthesis;

const isComponent = (name: string): name is ComponentName => name in STAGE_OF;

/** What is in none of our stages, as monitoring, waits for nothing. */
const stageOf = (component: string): Stage | undefined =>
  isComponent(component) ? STAGES.find((stage) => stage === STAGE_OF[component]) : undefined;

/** A component whose restart can prevent an exit: its pods are replaced only when the bot is flat. */
export const isProtected = (component: string): boolean => isComponent(component) && PROTECTED.has(component);

export interface Owner {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
}

/** An object as the operator applies it for a bot. */
export function toPart(raw: KubeObject, bot: Owner): Part {
  const labels = { ...raw.metadata.labels, [BOT_LABEL]: bot.name, [UID_LABEL]: bot.uid };
  const metadata = { ...raw.metadata, namespace: bot.namespace, labels };
  const object = withHash({ ...raw, metadata }, APPLIED_ANNOTATION);
  const component = componentOf(object);
  return {
    id: idOf(object),
    object,
    component,
    stage: WORKLOADS.has(object.kind) ? stageOf(component) : undefined,
  };
}
