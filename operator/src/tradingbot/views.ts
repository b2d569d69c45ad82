/** What of workloads and pods matters to a decision. Pure readings of raw objects. */
import type { KubeObject } from '../kube/resource.ts';
import { COMPONENT_LABEL } from './names.ts';

interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly updateRevision?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
  }[];
}

export const componentOf = (object: KubeObject): string => object.metadata.labels?.[COMPONENT_LABEL] ?? '';

export const wantedReplicas = (workload: KubeObject): number =>
  (workload['spec'] as { readonly replicas?: number } | undefined)?.replicas ?? 1;

/** The image of the first container that a workload asks for. */
export function templateImage(workload: KubeObject): string {
  const { template } = workload['spec'] as {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
  return template.spec.containers[0]?.image ?? '';
}

const statusOf = (workload: KubeObject): WorkloadStatus =>
  (workload['status'] as WorkloadStatus | undefined) ?? {};

/** A Job has succeeded; of others the controller has seen the current spec and as many pods as wanted are ready. */
export function isReady(workload: KubeObject): boolean {
  if (workload.kind === 'Job') return hasCompleted(workload);
  const { observedGeneration = 0, readyReplicas = 0 } = statusOf(workload);
  return (
    observedGeneration >= (workload.metadata.generation ?? 0) && readyReplicas >= wantedReplicas(workload)
  );
}

const hasCompleted = (job: KubeObject): boolean =>
  statusOf(job).conditions?.some(({ type, status }) => type === 'Complete' && status === 'True') ?? false;

/** The revision a new pod of a StatefulSet would have; undefined before its controller said so. */
export function updateRevision(workload: KubeObject): string | undefined {
  const { observedGeneration = 0, updateRevision: revision } = statusOf(workload);
  return observedGeneration >= (workload.metadata.generation ?? 0) ? revision : undefined;
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number };
  readonly running?: object;
}
export interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly imageID?: string;
  readonly state?: ContainerState;
}
export interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}
export interface PodStatus {
  readonly phase?: string;
  readonly message?: string;
  readonly conditions?: readonly PodCondition[];
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
}

const podStatus = (pod: KubeObject): PodStatus => (pod['status'] as PodStatus | undefined) ?? {};

export const isPodReady = (pod: KubeObject): boolean =>
  podStatus(pod).conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

/** No container of it runs: replacing it takes nothing away. */
export const runsNothing = (pod: KubeObject): boolean =>
  !(podStatus(pod).containerStatuses ?? []).some(({ state }) => state?.running !== undefined);

export const restartsOf = (pod: KubeObject): number =>
  (podStatus(pod).containerStatuses ?? []).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);

export const revisionOf = (pod: KubeObject): string | undefined =>
  pod.metadata.labels?.['controller-revision-hash'];

export const imageOf = (pod: KubeObject): string | undefined =>
  podStatus(pod).containerStatuses?.[0]?.imageID;

/** Waiting reasons that pass by themselves. */
const PASSING = new Set(['ContainerCreating', 'PodInitializing']);

/** What keeps a pod from running, in the words of Kubernetes; undefined when nothing does. */
export function podProblem(pod: KubeObject): string | undefined {
  const { conditions = [], containerStatuses = [], initContainerStatuses = [], message } = podStatus(pod);
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled !== undefined) {
    return `${unscheduled.reason ?? 'Unscheduled'}: ${unscheduled.message ?? ''}`;
  }
  for (const { name, state } of [...initContainerStatuses, ...containerStatuses]) {
    const problem = stateProblem(name, state ?? {});
    if (problem !== undefined) return problem;
  }
  return message;
}

function stateProblem(name: string, { waiting, terminated }: ContainerState): string | undefined {
  if (waiting?.reason !== undefined && !PASSING.has(waiting.reason)) {
    return `${name}: ${waiting.reason}: ${waiting.message ?? ''}`;
  }
  if (terminated?.exitCode === undefined || terminated.exitCode === 0) return undefined;
  return `${name}: ${terminated.reason ?? 'Terminated'} (exit ${terminated.exitCode}) ${terminated.message ?? ''}`;
}

/** Why the controller of a workload could not make its pods (quota, Pod Security): it says so in a condition. */
export const replicaFailure = (workload: KubeObject): string | undefined =>
  statusOf(workload).conditions?.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True')
    ?.message;

/** ConfigMaps that a pod mounts. */
export function mountedConfigMaps(pod: KubeObject): readonly string[] {
  const { volumes = [] } =
    (pod['spec'] as
      { readonly volumes?: readonly { readonly configMap?: { readonly name?: string } }[] } | undefined) ??
    {};
  return volumes.flatMap(({ configMap }) => (configMap?.name === undefined ? [] : [configMap.name]));
}
