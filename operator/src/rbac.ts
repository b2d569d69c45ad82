/**
 * The rights of the operator: the source of the chart's roles, and what the tests run it with. No Secret is ever listed or
 * watched, no command is run in a pod, and no right is given on.
 */

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const WATCH = ['get', 'list', 'watch'];
const MANAGE = [...WATCH, 'create', 'patch', 'delete'];

/** In every namespace whose bots it reconciles. */
export const BOT_RULES: readonly PolicyRule[] = [
  { apiGroups: ['trading.claire.dev'], resources: ['tradingbots'], verbs: [...WATCH, 'patch'] },
  // The status and the finalizer; a finalizer needs its own right where owner references are protected.
  {
    apiGroups: ['trading.claire.dev'],
    resources: ['tradingbots/status', 'tradingbots/finalizers'],
    verbs: ['patch', 'update'],
  },
  { apiGroups: ['apps'], resources: ['statefulsets', 'deployments'], verbs: MANAGE },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: MANAGE },
  { apiGroups: [''], resources: ['services', 'configmaps'], verbs: MANAGE },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: MANAGE },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: MANAGE },
  // Made by StatefulSets; grown, adopted, and deleted where the spec says so.
  { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: [...WATCH, 'patch', 'delete'] },
  // Deleted so that their StatefulSet makes them anew.
  { apiGroups: [''], resources: ['pods'], verbs: [...WATCH, 'delete'] },
  // Single names: what it made itself, and the labels of the exchange Secret.
  { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'create', 'patch', 'delete'] },
  // The label that allows live bots, of this namespace.
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
  // Its own; and what Kubernetes says of parts that do not come up.
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'list'] },
];

/** In its own namespace: the election Lease and the claims of exchange accounts. */
export const OPERATOR_RULES: readonly PolicyRule[] = [
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: ['get', 'list', 'watch', 'create', 'update', 'delete'],
  },
];

/** Besides, for an operator outside the cluster (`--reach proxy`): the way to a bot's control API. */
export const PROXY_RULES: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['pods/proxy'], verbs: ['get', 'create'] },
];
