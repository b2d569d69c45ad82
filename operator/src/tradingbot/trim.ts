/** What of each kind of object the operator reads; the rest is not cached. */
import { digestText } from '../kube/digest.ts';
import type { KubeObject, ObjectMeta, ResourceType } from '../kube/resource.ts';
import type { Trim } from '../kube/store.ts';
import { CONFIG_MAP, POD } from './kinds.ts';
import type { ContainerState, ContainerStatus, PodCondition, PodStatus } from './views.ts';

interface PodParts {
  readonly spec?: {
    readonly volumes?: readonly { readonly name: string; readonly configMap?: { readonly name?: string } }[];
  };
  readonly status?: PodStatus;
}

/** Of a container that runs, nobody reads since when. */
const trimContainer = ({ name, ready, restartCount, imageID, state }: ContainerStatus): unknown => ({
  name,
  ready,
  restartCount,
  imageID,
  state: state?.running === undefined ? trimState(state) : { running: {} },
});

const trimState = (state: ContainerState | undefined): unknown =>
  state && {
    waiting: state.waiting && { reason: state.waiting.reason, message: state.waiting.message },
    terminated: state.terminated && {
      reason: state.terminated.reason,
      message: state.terminated.message,
      exitCode: state.terminated.exitCode,
    },
  };

/** Of a condition that holds, nobody reads why. */
const trimCondition = ({ type, status, reason, message }: PodCondition): unknown =>
  status === 'True' ? { type, status } : { type, status, reason, message };

const READ_CONDITIONS = new Set(['Ready', 'PodScheduled']);

export function trimPod(pod: KubeObject): KubeObject {
  const { apiVersion, kind, spec, status = {} } = pod as KubeObject & PodParts;
  const { name, namespace, uid, resourceVersion, labels, ownerReferences } = pod.metadata;
  const { creationTimestamp, deletionTimestamp } = pod.metadata;
  const volumes = (spec?.volumes ?? []).flatMap(({ name: volume, configMap }) =>
    configMap ? [{ name: volume, configMap: { name: configMap.name } }] : [],
  );
  const { phase, message, conditions, containerStatuses, initContainerStatuses } = status;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      labels,
      ownerReferences,
      creationTimestamp,
      deletionTimestamp,
    } as ObjectMeta,
    spec: { volumes },
    status: {
      phase,
      message,
      conditions: conditions?.filter(({ type }) => READ_CONDITIONS.has(type)).map(trimCondition),
      containerStatuses: containerStatuses?.map(trimContainer),
      initContainerStatuses: initContainerStatuses?.map(trimContainer),
    },
  };
}

/** The files of a ConfigMap are compared and never read: their digests will do. */
export function trimConfigMap(configMap: KubeObject): KubeObject {
  const { data } = configMap as KubeObject & { readonly data?: Readonly<Record<string, string>> };
  if (data === undefined) return configMap;
  const digests = Object.entries(data).map(([name, text]) => [name, digestText(text)] as const);
  return { ...configMap, data: Object.fromEntries(digests) };
}

const TRIMS: ReadonlyMap<ResourceType, Trim> = new Map([
  [POD, trimPod],
  [CONFIG_MAP, trimConfigMap],
]);

/** What is kept of an object of a type; undefined: all of it. */
export const trimOf = (type: ResourceType): Trim | undefined => TRIMS.get(type);
