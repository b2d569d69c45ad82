/**
 * What Kubernetes says of parts that do not come up. A StatefulSet whose pods are refused (quota, Pod Security), a claim of
 * a StorageClass that is not there, and a pod whose Secret lacks a key say so in events only, so these are looked up: of
 * objects that are stuck, and of no others.
 */
import type { KubeClient } from '../kube/client.ts';
import type { Clock } from '../kube/clock.ts';
import type { KubeObject } from '../kube/resource.ts';
import { EVENT } from './kinds.ts';
import { makeMemo } from './memo.ts';
import type { Observed } from './observed.ts';
import { podProblem, runsNothing, wantedReplicas } from './views.ts';

/** The newest warning of each stuck object, by its UID. */
export type Warnings = ReadonlyMap<string, string>;

/** A warning is believed this long, ms. */
const WARNING_AGE = 10_000;
/** So many are asked for: more are not looked at to find the newest. */
const MOST = 50;

interface RawEvent extends KubeObject {
  readonly note?: string;
  readonly reason?: string;
  readonly eventTime?: string | null;
  readonly deprecatedLastTimestamp?: string | null;
  readonly series?: { readonly lastObservedTime?: string } | null;
}

const timeOf = ({ series, deprecatedLastTimestamp, eventTime, metadata }: RawEvent): number =>
  Date.parse(
    series?.lastObservedTime ?? deprecatedLastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '',
  ) || 0;

const phaseOf = (object: KubeObject): string | undefined =>
  (object['status'] as { readonly phase?: string } | undefined)?.phase;

/** Nothing of it runs, and it has not done its work. One that runs and is not ready reports on itself. */
const isWaiting = (pod: KubeObject): boolean => runsNothing(pod) && phaseOf(pod) !== 'Succeeded';

/** Objects that ought to be up by now and do not say themselves why they are not. */
export function stuckObjects(
  { live, pods, now }: Pick<Observed, 'live' | 'pods' | 'now'>,
  /** An object that is not up after this time is stuck, ms. */
  patience: number,
): readonly KubeObject[] {
  const hasPod = (set: KubeObject): boolean =>
    pods.some(({ metadata }) => metadata.name === `${set.metadata.name}-0`);
  const down = [...live.values(), ...pods].filter((object) => {
    if (object.kind === 'Pod') return isWaiting(object) && podProblem(object) === undefined;
    if (object.kind === 'StatefulSet') return wantedReplicas(object) > 0 && !hasPod(object);
    return object.kind === 'PersistentVolumeClaim' && phaseOf(object) === 'Pending';
  });
  return down.filter(({ metadata }) => now - Date.parse(metadata.creationTimestamp ?? '') > patience);
}

export type FindWarnings = (stuck: readonly KubeObject[], signal: AbortSignal) => Promise<Warnings>;

export function makeFindWarnings(client: KubeClient, clock: Clock): FindWarnings {
  const known = makeMemo<string | undefined>(clock, WARNING_AGE);

  async function newest({ metadata }: KubeObject, signal: AbortSignal): Promise<string | undefined> {
    const { items } = await client.list(EVENT, {
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      fieldSelector: `regarding.uid=${metadata.uid ?? ''},type=Warning`,
      limit: MOST,
      signal,
    });
    const [last] = (items as readonly RawEvent[]).toSorted((a, b) => timeOf(b) - timeOf(a));
    return last && `${last.reason ?? 'Warning'}: ${last.note ?? ''}`;
  }

  return async (stuck, signal) => {
    const found = await Promise.all(
      stuck.map(async (object) => {
        const uid = object.metadata.uid ?? '';
        return [uid, await known.get(uid, () => newest(object, signal))] as const;
      }),
    );
    return new Map(found.flatMap(([uid, warning]) => (warning === undefined ? [] : [[uid, warning]])));
  };
}
