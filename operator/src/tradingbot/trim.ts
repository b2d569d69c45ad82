/** What of a pod the operator reads; the rest is not cached. */
import type { KubeObject } from '../kube/resource.ts';

interface PodParts {
  readonly spec?: {
    readonly volumes?: readonly { readonly name: string; readonly configMap?: { readonly name?: string } }[];
  };
  readonly status?: Readonly<Record<string, unknown>>;
}

export function trimPod(pod: KubeObject): KubeObject {
  const { spec, status } = pod as KubeObject & PodParts;
  const { name, namespace, uid, resourceVersion, labels, ownerReferences } = pod.metadata;
  const { creationTimestamp, deletionTimestamp } = pod.metadata;
  const volumes = (spec?.volumes ?? []).flatMap(({ name: volume, configMap }) =>
    configMap ? [{ name: volume, configMap: { name: configMap.name } }] : [],
  );
  const { phase, message, conditions, containerStatuses, initContainerStatuses } = status ?? {};
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: JSON.parse(
      JSON.stringify({
        name,
        namespace,
        uid,
        resourceVersion,
        labels,
        ownerReferences,
        creationTimestamp,
        deletionTimestamp,
      }),
    ) as KubeObject['metadata'],
    spec: { volumes },
    status: { phase, message, conditions, containerStatuses, initContainerStatuses },
  };
}
