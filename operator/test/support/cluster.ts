/**
 * What controllers and kubelets would do, as far as the operator can see it: StatefulSets get pods and volume claims and
 * report them, Jobs succeed, what is deleted with orphans or in the foreground is collected. A test decides what fails.
 */
import type { KubeClient } from '../../src/kube/client.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { firstDifference } from '../../src/kube/covers.ts';
import { hasCode } from '../../src/kube/errors.ts';
import { makeQueue } from '../../src/kube/queue.ts';
import { makeReflector } from '../../src/kube/reflector.ts';
import type { KubeObject, ResourceType } from '../../src/kube/resource.ts';
import { Store } from '../../src/kube/store.ts';
import { EVENT, JOB, POD, PVC, STATEFUL_SET, TRADING_BOT, WATCHED } from '../../src/tradingbot/kinds.ts';
import {
  claimsOf,
  controllerOf,
  doneStatusOf,
  podOfJob,
  podOfSet,
  refusalOf,
  rolls,
  running,
  setStatusOf,
  specOf,
  STATEFUL_SET_OWNER,
} from './cluster-objects.ts';
import { silentLog } from './connect.ts';

export interface FakeCluster {
  /** From now on the pod of this StatefulSet is as told: a pod status, without `conditions` not ready. */
  fail(set: string, status: Record<string, unknown>): void;
  /** Its pod runs again. */
  mend(set: string): void;
  stop(): Promise<void>;
}

const orNothing = async <Result>(promise: Promise<Result>): Promise<Result | undefined> => {
  try {
    return await promise;
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND', 'ALREADY_EXISTS', 'CONFLICT', 'ABORTED')) return undefined;
    throw error;
  }
};

const FOLLOWED = [STATEFUL_SET, POD, JOB, TRADING_BOT] as const;
const NO_EVENTS = {
  added: () => undefined,
  taken: () => undefined,
  done: () => undefined,
  retried: () => undefined,
};
/** Follows one namespace, or all of them. */
export function startCluster(client: KubeClient, namespace?: string): FakeCluster {
  const failing = new Map<string, Record<string, unknown>>();
  const stop = new AbortController();
  const { signal } = stop;
  const queue = makeQueue({
    clock: systemClock,
    backOff: { first: 50, most: 1_000 },
    events: NO_EVENTS,
  });
  const stores = new Map<ResourceType, Store>(
    FOLLOWED.map((type) => [
      type,
      new Store({
        onHandlerError: (error) => {
          console.error(error);
        },
      }),
    ]),
  );
  const storeOf = (type: ResourceType): Store =>
    stores.get(type) ?? new Store({ onHandlerError: () => undefined });
  const [sets, pods, jobs, bots] = FOLLOWED.map(storeOf) as [Store, Store, Store, Store];

  /** A pod has the key of its StatefulSet, whose name it carries. */
  sets.subscribe(({ key }) => {
    queue.add(`set ${key}`, 0);
  });
  pods.subscribe(({ key }) => {
    queue.add(`set ${key.replace(/-0$/, '')}`, 0);
  });
  jobs.subscribe(({ type, key }) => {
    queue.add(`${type === 'deleted' ? 'set' : 'job'} ${key}`, 0);
  });
  bots.subscribe(({ key, object }) => {
    if (object.metadata.deletionTimestamp !== undefined) queue.add(`bot ${key}`, 0);
  });

  /** Returns whether anything had to be written: then a change of the object follows. */
  const setStatus = async (type: ResourceType, object: KubeObject, status: object): Promise<boolean> => {
    if (firstDifference(object['status'] ?? {}, status) === undefined) return false;
    await orNothing(
      client.patch(type, object.metadata, { status }, { kind: 'merge', subresource: 'status', signal }),
    );
    return true;
  };

  async function makeClaims(set: KubeObject): Promise<void> {
    for (const claim of claimsOf(set)) {
      if ((await orNothing(client.create(PVC, claim, { signal }))) !== undefined) {
        await setStatus(PVC, claim, { phase: 'Bound' });
      }
    }
  }

  async function tellRefusal(set: KubeObject, error: unknown): Promise<void> {
    if (!hasCode(error, 'FORBIDDEN', 'INVALID')) throw error;
    const refusal = refusalOf(set, error);
    await orNothing(client.create(EVENT, refusal, { signal }));
    queue.addAfter(`set ${refusal.metadata.namespace ?? ''}/${set.metadata.name}`, 0, 200);
  }

  async function makePod(set: KubeObject): Promise<void> {
    try {
      await makeClaims(set);
      await orNothing(client.create(POD, podOfSet(set), { signal }));
    } catch (error) {
      await tellRefusal(set, error);
    }
  }

  /** A pod that lost its StatefulSet is taken over by the next one of its name. */
  async function adopt(set: KubeObject, pod: KubeObject): Promise<void> {
    const ownerReferences = [controllerOf(STATEFUL_SET_OWNER, set)];
    const { uid } = set.metadata;
    if ((pod.metadata.ownerReferences ?? []).some((owner) => owner.uid === uid)) return;
    await orNothing(
      client.patch(POD, pod.metadata, { metadata: { ownerReferences } }, { kind: 'merge', signal }),
    );
  }

  async function runSet(key: string): Promise<void> {
    const set = sets.get(key);
    const pod = pods.get(`${key}-0`);
    if (set?.metadata.deletionTimestamp !== undefined) {
      await endSet(set, pod);
      return;
    }
    if (set === undefined) {
      const isDone = jobs.get(key) !== undefined;
      if (pod !== undefined && !isDone) await collect(pod);
      return;
    }
    const wanted = specOf(set).replicas !== 0;
    if (pod === undefined && wanted) {
      await makePod(set);
      return;
    }
    const changes = pod !== undefined && (await runPod(set, pod, wanted));
    if (!changes) await setStatus(STATEFUL_SET, set, setStatusOf(set, pod));
  }

  /** Returns whether the pod changes by it, so that its StatefulSet has something else to report soon. */
  async function runPod(set: KubeObject, pod: KubeObject, wanted: boolean): Promise<boolean> {
    await adopt(set, pod);
    if (wanted && !rolls(set, pod)) {
      return setStatus(POD, pod, failing.get(set.metadata.name) ?? running(pod.metadata.name));
    }
    await orNothing(client.delete(POD, pod.metadata, { signal }));
    return true;
  }

  /** A pod whose owner is gone goes too; one that was orphaned stays. */
  async function collect(pod: KubeObject): Promise<void> {
    if ((pod.metadata.ownerReferences ?? []).length > 0) {
      await orNothing(client.delete(POD, pod.metadata, { uid: pod.metadata.uid, signal }));
    }
  }

  const endFinalizer = (type: ResourceType, object: KubeObject, name: string) => {
    const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== name);
    const { resourceVersion } = object.metadata;
    return orNothing(
      client.patch(
        type,
        object.metadata,
        { metadata: { finalizers, resourceVersion } },
        { kind: 'merge', signal },
      ),
    );
  };

  async function endSet(set: KubeObject, pod: KubeObject | undefined): Promise<void> {
    const finalizers = set.metadata.finalizers ?? [];
    if (finalizers.includes('orphan')) {
      const patch = { metadata: { ownerReferences: null } };
      if (pod) await orNothing(client.patch(POD, pod.metadata, patch, { kind: 'merge', signal }));
      await endFinalizer(STATEFUL_SET, set, 'orphan');
    }
    if (finalizers.includes('foregroundDeletion')) {
      if (pod) await orNothing(client.delete(POD, pod.metadata, { signal }));
      await endFinalizer(STATEFUL_SET, set, 'foregroundDeletion');
    }
  }

  /** The collector: in the foreground, whatever names the bot as its owner goes first. */
  async function endBot(key: string): Promise<void> {
    const bot = bots.get(key);
    const finalizers = bot?.metadata.finalizers ?? [];
    if (bot === undefined) return;
    if (finalizers.includes('orphan')) await endFinalizer(TRADING_BOT, bot, 'orphan');
    if (!finalizers.includes('foregroundDeletion')) return;
    for (const type of WATCHED) {
      const { items } = await client.list(type, { namespace: bot.metadata.namespace ?? '', signal });
      const owned = items.filter(({ metadata }) =>
        metadata.ownerReferences?.some(({ uid }) => uid === bot.metadata.uid),
      );
      for (const object of owned) await orNothing(client.delete(type, object.metadata, { signal }));
    }
    await endFinalizer(TRADING_BOT, bot, 'foregroundDeletion');
  }

  /** The pod of a Job stays when its work is done. */
  async function leavePod(job: KubeObject): Promise<void> {
    const pod = podOfJob(job);
    if ((await orNothing(client.create(POD, pod, { signal }))) === undefined) return;
    await setStatus(POD, pod, { phase: 'Succeeded', conditions: [{ type: 'Ready', status: 'False' }] });
  }

  async function finishJob(key: string): Promise<void> {
    const job = jobs.get(key);
    if (job === undefined || job['status'] === undefined) return;
    if ((job['status'] as { readonly succeeded?: number }).succeeded === 1) return;
    await leavePod(job);
    await setStatus(JOB, job, doneStatusOf(job));
  }

  const WORK: Readonly<Record<string, (key: string) => Promise<void>>> = {
    set: runSet,
    job: finishJob,
    bot: endBot,
  };
  async function work(): Promise<void> {
    for (let item = await queue.take(); item !== undefined; item = await queue.take()) {
      const [kind = '', key = ''] = item.key.split(' ');
      try {
        await WORK[kind]?.(key);
        queue.forget(item.key);
      } catch (error) {
        if (!signal.aborted) console.error(error);
        queue.addFailed(item.key, 0);
      } finally {
        queue.finish(item.key);
      }
    }
  }

  const scope = namespace === undefined ? {} : { namespace };
  const ended = Promise.all([
    ...FOLLOWED.map((type) =>
      makeReflector(
        { type, ...scope },
        {
          client,
          store: storeOf(type),
          clock: systemClock,
          random: () => 0.5,
          log: silentLog,
          events: { contact: () => undefined, listed: () => undefined, watchEnded: () => undefined },
        },
      ).run(signal),
    ),
    ...Array.from({ length: 8 }, work),
  ]);
  const again = (name: string): void => {
    for (const key of sets.keys()) if (key.endsWith(`/${name}`)) queue.add(`set ${key}`, 0);
  };
  return {
    fail: (name, status) => {
      failing.set(name, status);
      again(name);
    },
    mend: (name) => {
      failing.delete(name);
      again(name);
    },
    stop: async () => {
      stop.abort();
      queue.shutDown();
      await ended;
    },
  };
}
