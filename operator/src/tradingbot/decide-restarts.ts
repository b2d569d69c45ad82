/**
 * Which pods are replaced now, and which wait. Pure.
 *
 * ```
 *  outdated ─▶ runs nothing? ─yes─▶ replace
 *                 │no
 *                 ▼
 *  policy Immediate? ─yes─▶ replace        flat? ─no / unknown─▶ wait, and say for what
 *                                            │yes
 *                                            ▼
 *                        hold in force? ─no─▶ ask risk for it, look again
 *                                            │yes (so this look was under the hold)
 *                                            ▼ replace
 * ```
 */
import type { Action } from './actions.ts';
import { freshStates, describeExposure, type Exposure } from './exposure.ts';
import { operationId } from './decide-control.ts';
import { type Observed, uidOf } from './observed.ts';
import { isProtected } from './parts.ts';
import { componentOf, isReady, revisionOf, runsNothing, updateRevision } from './views.ts';
import type { KubeObject } from '../kube/resource.ts';

export interface Waiting {
  readonly component: string;
  readonly reason: string;
  readonly waitsFor: string;
}

export interface Restarts {
  readonly actions: readonly Action[];
  readonly waiting: readonly Waiting[];
}

/** A hold must last at least this long when pods are deleted under it, ms. */
const HOLD_MARGIN = 10_000;

interface Outdated {
  readonly pod: KubeObject;
  readonly component: string;
}

/** Pods of protected StatefulSets that run another template than the current one. */
function outdatedPods({ pods, live }: Observed): readonly Outdated[] {
  return pods.flatMap((pod) => {
    const component = componentOf(pod);
    if (!isProtected(component) || pod.metadata.deletionTimestamp !== undefined) return [];
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller)?.name ?? '';
    const workload = live.get(`StatefulSet/${owner}`);
    const wanted = workload && updateRevision(workload);
    return wanted === undefined || revisionOf(pod) === wanted ? [] : [{ pod, component }];
  });
}

const heldUntil = (observed: Observed): number =>
  Math.max(0, ...freshStates(observed.answers, observed.now).map(({ heldUntil: until }) => until ?? 0));

const restart = ({ pod, component }: Outdated, why: string): Action => ({
  kind: 'restart',
  pod,
  why: `${component} runs an older template; ${why}`,
});

const hold = (observed: Observed): Action => ({
  kind: 'control',
  ask: 'hold',
  // A new hold for each minute: an id that was used is answered and does nothing.
  operationId: operationId(uidOf(observed.bot), 'hold', Math.floor(observed.now / 30_000)),
  reason: 'pods are about to be replaced',
});

/** Give entries back once nothing is left to replace and everything is ready; the hold would end by itself later. */
function releaseHold(observed: Observed): readonly Action[] {
  const until = heldUntil(observed);
  const ready = [...observed.live.values()].every(
    (object) => object.kind !== 'StatefulSet' || isReady(object),
  );
  if (until <= observed.now || !ready) return [];
  return [
    {
      kind: 'control',
      ask: 'release',
      operationId: operationId(uidOf(observed.bot), 'release', until),
      reason: 'the update is done',
    },
  ];
}

export function decideRestarts(
  observed: Observed,
  exposure: Exposure,
  policy: 'WhenFlat' | 'Immediate',
): Restarts {
  const outdated = outdatedPods(observed);
  if (outdated.length === 0) return { actions: releaseHold(observed), waiting: [] };
  const idle = outdated.filter(({ pod }) => runsNothing(pod));
  const running = outdated.filter(({ pod }) => !runsNothing(pod));
  const free = idle.map((one) => restart(one, 'it runs nothing, so nothing is lost'));
  if (running.length === 0) return { actions: free, waiting: [] };
  if (policy === 'Immediate') {
    return {
      actions: [...free, ...running.map((one) => restart(one, 'updates.policy is Immediate'))],
      waiting: [],
    };
  }
  const waitsFor = (why: string): readonly Waiting[] =>
    running.map(({ component }) => ({ component, reason: 'its template changed', waitsFor: why }));
  if (exposure.kind !== 'flat') return { actions: free, waiting: waitsFor(describeExposure(exposure)) };
  if (heldUntil(observed) < observed.now + HOLD_MARGIN) {
    return { actions: [...free, hold(observed)], waiting: waitsFor('a hold of entries, asked for now') };
  }
  return {
    actions: [...free, ...running.map((one) => restart(one, 'the bot is flat and entries are held'))],
    waiting: [],
  };
}
