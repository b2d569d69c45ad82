/**
 * What controllers and kubelets would do, as far as the operator can see it: StatefulSets get pods and volume claims and
 * report them, Jobs succeed. A test decides what fails.
 */
import type { KubeClient } from '../../src/kube/client.ts';
import { hashOf } from '../../src/kube/apply.ts';
import { hasCode } from '../../src/kube/errors.ts';
import type { KubeObject, ResourceType } from '../../src/kube/resource.ts';
import { JOB, POD, PVC, STATEFUL_SET } from '../../src/tradingbot/kinds.ts';

export interface FakeCluster {
  /** Pods of this StatefulSet stay without a running container. */
  readonly broken: Set<string>;
  stop(): Promise<void>;
}

interface SetSpec {
  readonly replicas?: number;
  readonly updateStrategy?: { readonly type?: string };
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: Record<string, unknown>;
  };
  readonly volumeClaimTemplates?: readonly {
    readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
    readonly spec: unknown;
  }[];
}

const orNothing = async <Result>(promise: Promise<Result>): Promise<Result | undefined> => {
  try {
    return await promise;
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND', 'ALREADY_EXISTS', 'CONFLICT')) return undefined;
    throw error;
  }
};

export function startCluster(client: KubeClient, namespace: string): FakeCluster {
  const broken = new Set<string>();
  const stop = new AbortController();

  const setStatus = (type: ResourceType, object: KubeObject, status: unknown) =>
    JSON.stringify(object['status'] ?? {}) === JSON.stringify(status)
      ? Promise.resolve(undefined)
      : orNothing(client.patch(type, object.metadata, { status }, { kind: 'merge', subresource: 'status' }));

  async function makeClaims(podName: string, { volumeClaimTemplates = [] }: SetSpec): Promise<void> {
    for (const { metadata, spec } of volumeClaimTemplates) {
      const name = `${metadata.name}-${podName}`;
      const labels = metadata.labels ?? {};
      const claim = {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name, namespace, labels },
        spec,
      };
      await orNothing(client.create(PVC, claim));
    }
  }

  async function runSet(set: KubeObject, pods: readonly KubeObject[]): Promise<void> {
    const spec = set['spec'] as SetSpec;
    const { name, generation = 0 } = set.metadata;
    const wanted = spec.replicas !== 0;
    const revision = `${name}-${hashOf(spec.template).slice(0, 8)}`;
    const pod = pods.find(({ metadata }) => metadata.name === `${name}-0`);
    await makeClaims(`${name}-0`, spec);
    await runPod(set, pod, wanted ? revision : undefined);
    const ready = wanted && pod !== undefined && !broken.has(name);
    await setStatus(STATEFUL_SET, set, {
      observedGeneration: generation,
      replicas: Number(wanted),
      readyReplicas: Number(ready),
      currentRevision: (pod && hashLabel(pod)) ?? revision,
      updateRevision: revision,
    });
  }

  /** Without a revision there shall be no pod. */
  async function runPod(
    set: KubeObject,
    pod: KubeObject | undefined,
    revision: string | undefined,
  ): Promise<void> {
    const { name } = set.metadata;
    const spec = set['spec'] as SetSpec;
    if (pod === undefined) {
      if (revision !== undefined) await makePod(set, spec, revision);
      return;
    }
    await setStatus(POD, pod, podStatus(name, broken.has(name)));
    if (revision === undefined) await orNothing(client.delete(POD, pod.metadata));
    else await rollUnprotected(spec, pod, revision);
  }

  /** What RollingUpdate does; OnDelete leaves it to whoever deletes the pod. */
  async function rollUnprotected(spec: SetSpec, pod: KubeObject, revision: string): Promise<void> {
    if (spec.updateStrategy?.type === 'OnDelete' || hashLabel(pod) === revision) return;
    await orNothing(client.delete(POD, pod.metadata));
  }

  async function makePod(set: KubeObject, spec: SetSpec, revision: string): Promise<void> {
    const { name, uid = '' } = set.metadata;
    await orNothing(
      client.create(POD, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: `${name}-0`,
          namespace,
          labels: { ...spec.template.metadata.labels, 'controller-revision-hash': revision },
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid, controller: true }],
        },
        spec: {
          ...spec.template.spec,
          volumes: [
            ...((spec.template.spec['volumes'] as unknown[] | undefined) ?? []),
            ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => ({
              name: metadata.name,
              persistentVolumeClaim: { claimName: `${metadata.name}-${name}-0` },
            })),
          ],
        },
      }),
    );
  }

  async function finishJob(job: KubeObject): Promise<void> {
    const time = job.metadata.creationTimestamp ?? '';
    const condition = { status: 'True', lastTransitionTime: time, lastProbeTime: time };
    await setStatus(JOB, job, {
      succeeded: 1,
      startTime: time,
      completionTime: time,
      conditions: [
        { type: 'SuccessCriteriaMet', ...condition },
        { type: 'Complete', ...condition },
      ],
    });
  }

  /** A pod whose StatefulSet is gone goes too, unless a new one of its name takes it over. */
  async function collect(pod: KubeObject): Promise<void> {
    const [owner] = pod.metadata.ownerReferences ?? [];
    if (owner === undefined || (await setExists(owner.name))) return;
    await orNothing(client.delete(POD, pod.metadata));
  }

  const itemsOf = async (type: ResourceType): Promise<readonly KubeObject[]> =>
    (await client.list(type, { namespace })).items;

  async function turn(): Promise<void> {
    const [sets, pods, jobs] = await Promise.all([itemsOf(STATEFUL_SET), itemsOf(POD), itemsOf(JOB)]);
    await Promise.all(sets.map((set) => runSet(set, pods)));
    const names = new Set(sets.map(({ metadata }) => metadata.name));
    await Promise.all(
      pods.filter((pod) => !names.has(pod.metadata.ownerReferences?.[0]?.name ?? '')).map(collect),
    );
    await Promise.all(jobs.map(finishJob));
  }

  const setExists = async (name: string): Promise<boolean> =>
    (await orNothing(client.get(STATEFUL_SET, { namespace, name }))) !== undefined;

  const loop = (async () => {
    while (!stop.signal.aborted) {
      await turn().catch((error: unknown) => {
        console.error(error);
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    broken,
    stop: async () => {
      stop.abort();
      await loop;
    },
  };
}

const hashLabel = (pod: KubeObject): string | undefined => pod.metadata.labels?.['controller-revision-hash'];

const podStatus = (name: string, isBroken: boolean) => {
  const container = { name: 'main', image: 'i', imageID: `sha256:${hashOf(name)}`, restartCount: 0 };
  return isBroken
    ? {
        phase: 'Pending',
        conditions: [{ type: 'Ready', status: 'False' }],
        containerStatuses: [
          {
            ...container,
            ready: false,
            state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } },
          },
        ],
      }
    : {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [{ ...container, ready: true, started: true, state: { running: {} } }],
      };
};
