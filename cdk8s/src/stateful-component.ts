/** A component that runs: its StatefulSet and its two Services. */
import type { ComponentName, TradingBot } from '@claire/workloads/contract';
import { k8s } from 'cdk8s-plus-27';
import { LABELS, podSelector } from './labels.ts';
import { componentName, podsServiceName } from './names.ts';
import type { Part } from './part.ts';
import { type PartContext, podLabels } from './part.ts';
import { type PodShape, podSpec } from './pod.ts';
import { PROTECTED } from './stages.ts';

/** A volume that outlives its pod and, unless the spec says otherwise, the bot. */
export interface DataVolume {
  readonly size: string;
  readonly storageClassName?: string;
}

export interface StatefulShape extends PodShape {
  readonly ports: Readonly<Record<string, number>>;
  readonly data?: DataVolume;
}

/** The volume claim of a component with a disk is `data-<component's name>-0`. */
export const DATA_VOLUME = 'data';

const claim = (
  metadata: TradingBot['metadata'],
  component: ComponentName,
  data: DataVolume,
): k8s.KubePersistentVolumeClaimProps => ({
  metadata: { name: DATA_VOLUME, labels: podSelector(metadata, component) },
  spec: {
    accessModes: ['ReadWriteOnce'],
    ...(data.storageClassName === undefined ? {} : { storageClassName: data.storageClassName }),
    resources: { requests: { storage: k8s.Quantity.fromString(data.size) } },
  },
});

const servicePorts = (ports: StatefulShape['ports']): k8s.ServicePort[] =>
  Object.entries(ports).map(([name, port]) => ({
    name,
    port,
    protocol: 'TCP',
    targetPort: k8s.IntOrString.fromString(name),
  }));

/**
 * Two Services: one of ready pods, for whoever uses the component, and a headless one of all pods, by which control,
 * status and metrics are reached: a halt must reach a pod that is not ready.
 */
function addServices(part: Part, { metadata }: PartContext, shape: StatefulShape): void {
  const { component, ports } = shape;
  const selector = { ...podSelector(metadata, component) };
  new k8s.KubeService(part, 'service', {
    metadata: part.named(componentName(metadata.name, component)),
    spec: { type: 'ClusterIP', selector, ports: servicePorts(ports) },
  });
  new k8s.KubeService(part, 'pods', {
    metadata: part.named(podsServiceName(metadata.name, component)),
    spec: {
      type: 'ClusterIP',
      clusterIp: 'None',
      publishNotReadyAddresses: true,
      selector,
      ports: servicePorts(ports),
    },
  });
}

/** Adds a component with one pod. Protected ones are replaced by the operator only (`OnDelete`). */
export function addStatefulComponent(part: Part, context: PartContext, shape: StatefulShape): void {
  const { metadata, replicas } = context;
  const { component, ports, data, container } = shape;
  const containerPorts = Object.entries(ports).map(([name, port]) => ({ name, containerPort: port }));
  const labels = podLabels(metadata, component);
  new k8s.KubeStatefulSet(part, 'set', {
    metadata: {
      ...part.named(componentName(metadata.name, component)),
      labels: { [LABELS.component]: component, [LABELS.protected]: labels[LABELS.protected] ?? '' },
    },
    spec: {
      replicas,
      serviceName: podsServiceName(metadata.name, component),
      // A pod of a broken template can be replaced without waiting for it to become ready.
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: PROTECTED.has(component) ? 'OnDelete' : 'RollingUpdate' },
      revisionHistoryLimit: 5,
      selector: { matchLabels: { ...podSelector(metadata, component) } },
      ...(data === undefined
        ? {}
        : {
            volumeClaimTemplates: [claim(metadata, component, data)],
            persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
          }),
      template: {
        metadata: { labels },
        spec: podSpec(context, { ...shape, container: { ...container, ports: containerPorts } }),
      },
    },
  });
  addServices(part, context, shape);
}
