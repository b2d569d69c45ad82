/** The objects that controllers and a kubelet would write, as pure functions of what they read. */
import { hashOf } from '../../src/kube/apply.ts';
import { microTime } from '../../src/kube/lease.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { EVENT } from '../../src/tradingbot/kinds.ts';

/** What is read of a StatefulSet, and (its template) of a Job. */
export interface SetSpec {
  readonly replicas?: number;
  readonly updateStrategy?: { readonly type?: string };
  readonly template: {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: Record<string, unknown>;
  };
  readonly volumeClaimTemplates?: readonly {
    readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
    readonly spec: Record<string, unknown>;
  }[];
}

export const specOf = (set: KubeObject): SetSpec => set['spec'] as SetSpec;

const readied = (pod: KubeObject): boolean =>
  (
    pod['status'] as { readonly conditions?: readonly { type: string; status: string }[] } | undefined
  )?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
const hashLabel = (pod: KubeObject): string | undefined => pod.metadata.labels?.['controller-revision-hash'];
const revisionOf = (set: KubeObject): string =>
  `${set.metadata.name}-${hashOf(specOf(set).template).slice(0, 8)}`;

/** What RollingUpdate does; OnDelete leaves it to whoever deletes the pod. */
export const rolls = (set: KubeObject, pod: KubeObject): boolean =>
  specOf(set).updateStrategy?.type !== 'OnDelete' && hashLabel(pod) !== revisionOf(set);

export const setStatusOf = (set: KubeObject, pod: KubeObject | undefined) => ({
  observedGeneration: set.metadata.generation ?? 0,
  replicas: Number(pod !== undefined),
  readyReplicas: Number(pod !== undefined && readied(pod)),
  currentRevision: (pod && hashLabel(pod)) ?? revisionOf(set),
  updateRevision: revisionOf(set),
});

/** Who controls a pod: a StatefulSet or a Job. */
export const controllerOf = (
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  { metadata: { name, uid = '' } }: KubeObject,
) => ({ apiVersion, kind, name, uid, controller: true });

export const STATEFUL_SET_OWNER = { apiVersion: 'apps/v1', kind: 'StatefulSet' };
const JOB_OWNER = { apiVersion: 'batch/v1', kind: 'Job' };

export const claimsOf = (set: KubeObject): readonly KubeObject[] =>
  (specOf(set).volumeClaimTemplates ?? []).map(({ metadata, spec }) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: `${metadata.name}-${set.metadata.name}-0`,
      namespace: set.metadata.namespace ?? '',
      labels: metadata.labels ?? {},
    },
    spec: { ...spec, volumeName: `pv-${set.metadata.uid ?? ''}` },
  }));

/** The first pod of a StatefulSet, with the volumes of its claims. */
export function podOfSet(set: KubeObject): KubeObject {
  const { name, namespace = '' } = set.metadata;
  const { template, volumeClaimTemplates = [] } = specOf(set);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-0`,
      namespace,
      labels: { ...template.metadata.labels, 'controller-revision-hash': revisionOf(set) },
      ownerReferences: [controllerOf(STATEFUL_SET_OWNER, set)],
    },
    spec: {
      ...template.spec,
      volumes: [
        ...((template.spec['volumes'] as unknown[] | undefined) ?? []),
        ...volumeClaimTemplates.map(({ metadata }) => ({
          name: metadata.name,
          persistentVolumeClaim: { claimName: `${metadata.name}-${name}-0` },
        })),
      ],
    },
  };
}

export const podOfJob = (job: KubeObject): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `${job.metadata.name}-0`,
    namespace: job.metadata.namespace ?? '',
    labels: specOf(job).template.metadata.labels,
    ownerReferences: [controllerOf(JOB_OWNER, job)],
  },
  spec: specOf(job).template.spec,
});

/** As the controller of StatefulSets tells that a pod was refused: by an event, and by nothing else. */
export function refusalOf(set: KubeObject, error: Error): KubeObject {
  const { name, namespace = 'default', uid = '' } = set.metadata;
  return {
    apiVersion: `${EVENT.group}/${EVENT.version}`,
    kind: EVENT.kind,
    metadata: { name: `${name}.${hashOf([uid, error.message])}`, namespace },
    eventTime: microTime(Date.now()),
    reportingController: 'statefulset-controller',
    reportingInstance: 'statefulset-controller',
    type: 'Warning',
    reason: 'FailedCreate',
    action: 'Create',
    note: error.message,
    regarding: { ...STATEFUL_SET_OWNER, name, namespace, uid },
  };
}

export function doneStatusOf(job: KubeObject) {
  const time = job.metadata.creationTimestamp ?? '';
  const condition = { status: 'True', lastTransitionTime: time, lastProbeTime: time };
  return {
    succeeded: 1,
    startTime: time,
    completionTime: time,
    conditions: [
      { type: 'SuccessCriteriaMet', ...condition },
      { type: 'Complete', ...condition },
    ],
  };
}

/** The status of a pod that runs and is ready. */
export const running = (name: string) => ({
  phase: 'Running',
  message: null,
  conditions: [{ type: 'Ready', status: 'True' }],
  containerStatuses: [
    {
      name: 'main',
      image: 'i',
      imageID: `sha256:${hashOf(name)}`,
      restartCount: 0,
      ready: true,
      started: true,
      state: { running: {} },
    },
  ],
});
