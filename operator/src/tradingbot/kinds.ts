import { type KubeObject, type ResourceType, typeKey } from '../kube/resource.ts';

const type = (group: string, version: string, kind: string, plural: string): ResourceType => ({
  group,
  version,
  kind,
  plural,
  namespaced: true,
});

export const TRADING_BOT = type('trading.claire.dev', 'v1alpha1', 'TradingBot', 'tradingbots');
export const STATEFUL_SET = type('apps', 'v1', 'StatefulSet', 'statefulsets');
export const DEPLOYMENT = type('apps', 'v1', 'Deployment', 'deployments');
export const SERVICE = type('', 'v1', 'Service', 'services');
export const CONFIG_MAP = type('', 'v1', 'ConfigMap', 'configmaps');
export const SECRET = type('', 'v1', 'Secret', 'secrets');
export const PVC = type('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims');
export const POD = type('', 'v1', 'Pod', 'pods');
export const NETWORK_POLICY = type('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies');
export const JOB = type('batch', 'v1', 'Job', 'jobs');
export const PDB = type('policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets');
export const EVENT = type('events.k8s.io', 'v1', 'Event', 'events');
export const NAMESPACE: ResourceType = { ...type('', 'v1', 'Namespace', 'namespaces'), namespaced: false };

/** What the operator makes, and therefore watches by label. Secrets are never listed or watched. */
export const WATCHED: readonly ResourceType[] = [
  STATEFUL_SET,
  DEPLOYMENT,
  SERVICE,
  CONFIG_MAP,
  PVC,
  POD,
  NETWORK_POLICY,
  PDB,
  JOB,
];

const BY_KEY: ReadonlyMap<string, ResourceType> = new Map(
  [...WATCHED, SECRET, TRADING_BOT].map((one) => [
    typeKey({ apiVersion: one.group === '' ? one.version : `${one.group}/${one.version}`, kind: one.kind }),
    one,
  ]),
);

/** @throws RangeError for a kind the operator does not make: a defect of the synthesis */
export function typeOf(object: KubeObject): ResourceType {
  const found = BY_KEY.get(typeKey(object));
  if (found === undefined) {
    throw new RangeError(`no such kind among those the operator makes: ${typeKey(object)}`);
  }
  return found;
}

export const WORKLOADS: ReadonlySet<string> = new Set(['StatefulSet', 'Deployment', 'Job']);
/** `Kind/name`, unique within a bot: all its objects are in one namespace. */
export const idOf = (object: KubeObject): string => `${object.kind}/${object.metadata.name}`;
