/** What can be told from caches and answers alone, before anything is synthesised. Pure. */
import { effectiveState, type Exposure, exposureOf } from './exposure.ts';
import type { Observed } from './observed.ts';
import { componentOf, wantedReplicas } from './views.ts';

export type Glance = Pick<Observed, 'bot' | 'live' | 'pods' | 'status' | 'answers' | 'now'>;

const trades = (component: string): boolean => component === 'risk' || component === 'execution';

/** Never started: no pod of risk or execution was ever made, so there can be no position. */
export function neverStarted({ live, pods, status }: Glance): boolean {
  const workloads = [...live.values()].some(
    (object) => object.kind === 'StatefulSet' && trades(componentOf(object)),
  );
  const traded = workloads || pods.some((pod) => trades(componentOf(pod)));
  return !traded && status.trading === undefined;
}

export const exposureNow = (glance: Glance): Exposure =>
  neverStarted(glance) ? { kind: 'flat' } : exposureOf(glance.answers, glance.now);

/** Whether all pods may go: the spec says Stopped and nothing is open, or they are gone already. */
export function mayScaleDown(glance: Glance): boolean {
  const state = (glance.bot['spec'] as { readonly state?: string } | undefined)?.state;
  if (state !== 'Stopped') return false;
  const trading = [...glance.live.values()].filter(
    (object) => object.kind === 'StatefulSet' && trades(componentOf(object)),
  );
  if (trading.length > 0 && trading.every((workload) => wantedReplicas(workload) === 0)) return true;
  if (exposureNow(glance).kind !== 'flat') return false;
  return neverStarted(glance) || effectiveState(glance.answers, glance.now) !== 'Running';
}

/** What the manifests depend on besides the spec. */
export const synthesisFlags = (
  glance: Glance,
): { readonly exposed: boolean; readonly scaledDown: boolean } => {
  const scaledDown = mayScaleDown(glance);
  return { exposed: !scaledDown && exposureNow(glance).kind !== 'flat', scaledDown };
};
