/**
 * The network of a bot: everything is denied, then one policy a component allows what the table of connections says.
 * DNS is the one service all of them may ask.
 */
import {
  type ComponentName,
  type Connection,
  CONNECTIONS,
  processPorts,
  type ProcessName,
  type TradingBot,
} from '@claire/workloads/contract';
import { k8s } from 'cdk8s-plus-27';
import { PROMETHEUS_PORT } from './components/prometheus.ts';
import { LABELS, podSelector } from './labels.ts';
import { componentName, defaultDenyName } from './names.ts';
import type { Part, PartContext } from './part.ts';
import { STORE_PORTS } from './storage/connections.ts';

/** What is not the public internet: private, shared, link-local, loopback, benchmarking, reserved and multicast ranges. */
const NOT_PUBLIC_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
const NOT_PUBLIC_V6 = ['::1/128', '64:ff9b:1::/48', 'fc00::/7', 'fe80::/10', 'ff00::/8'];

const HTTPS = 443;

const tcp = (port: number): k8s.NetworkPolicyPort => ({
  protocol: 'TCP',
  port: k8s.IntOrString.fromNumber(port),
});

const inNamespace = (name: string): k8s.LabelSelector => ({
  matchLabels: { 'kubernetes.io/metadata.name': name },
});

/** The cluster's DNS: pods of kube-system, or the cache of the node at its usual address. */
const DNS: k8s.NetworkPolicyEgressRule = {
  to: [{ namespaceSelector: inNamespace('kube-system') }, { ipBlock: { cidr: '169.254.20.10/32' } }],
  ports: [
    { protocol: 'UDP', port: k8s.IntOrString.fromNumber(53) },
    { protocol: 'TCP', port: k8s.IntOrString.fromNumber(53) },
  ],
};

type SpecPeer = TradingBot['spec']['network']['venue'][number];

/** A destination of the spec. Selectors without a namespace mean the bot's own. */
function specPeer({
  cidr,
  podSelector: pods,
  namespaceSelector,
  ports,
}: SpecPeer): k8s.NetworkPolicyEgressRule {
  const to: k8s.NetworkPolicyPeer =
    cidr === undefined
      ? {
          ...(pods === undefined ? {} : { podSelector: pods }),
          ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
        }
      : { ipBlock: { cidr } };
  return { to: [to], ports: ports.map(tcp) };
}

const ANY_PUBLIC: k8s.NetworkPolicyEgressRule = {
  to: [
    { ipBlock: { cidr: '0.0.0.0/0', except: NOT_PUBLIC_V4 } },
    { ipBlock: { cidr: '::/0', except: NOT_PUBLIC_V6 } },
  ],
  ports: [tcp(HTTPS)],
};

/** Who of the outside is reached by what the spec says, or by HTTPS at every public address. */
type Addressee = 'venue' | 'receiver';
const isAddressee = (who: Connection['from']): who is Addressee => who === 'venue' || who === 'receiver';

function addresseeRules(who: Addressee, { spec }: PartContext): readonly k8s.NetworkPolicyEgressRule[] {
  if (who === 'receiver' && spec.monitoring.notify === undefined) return [];
  const peers = who === 'venue' ? spec.network.venue : spec.network.notify;
  return peers.length > 0 ? peers.map(specPeer) : [ANY_PUBLIC];
}

/** The port of a connection by number, as its receiver has it. */
function portOf({ to, port }: Connection): number {
  switch (port) {
    case 'postgres':
    case 'redis':
      return STORE_PORTS[port];
    case 'prometheus':
      return PROMETHEUS_PORT;
    case 'http':
      return processPorts(to as ProcessName).health;
    case 'metrics':
      return processPorts(to as ProcessName).metrics;
    case 'control':
      return processPorts(to as ProcessName).control ?? 0;
    case 'venue':
    case 'receiver':
      return HTTPS;
  }
}

/** Who is meant, from the point of view of the bot's namespace. Undefined for who is not there. */
function peerOf(
  who: Connection['from'],
  { metadata, operator }: PartContext,
): k8s.NetworkPolicyPeer | undefined {
  if (isAddressee(who)) return undefined;
  if (who === 'scraper') return { namespaceSelector: { matchLabels: { metrics: 'enabled' } } };
  if (who === 'operator') {
    return operator === undefined
      ? undefined
      : {
          namespaceSelector: inNamespace(operator.namespace),
          podSelector: { matchLabels: { ...operator.podLabels } },
        };
  }
  return { podSelector: { matchLabels: { ...podSelector(metadata, who) } } };
}

/** The store runs elsewhere: the spec says where. */
const isExternal = ({ spec }: PartContext, who: Connection['to']): boolean =>
  (who === 'postgres' || who === 'redis') && spec.storage[who].external !== undefined;

function ingressRules(
  component: ComponentName,
  context: PartContext,
): readonly k8s.NetworkPolicyIngressRule[] {
  return CONNECTIONS.filter(({ to }) => to === component).flatMap((connection) => {
    const peer = peerOf(connection.from, context);
    return peer === undefined ? [] : [{ from: [peer], ports: [tcp(portOf(connection))] }];
  });
}

function egressRules(component: ComponentName, context: PartContext): readonly k8s.NetworkPolicyEgressRule[] {
  const own = CONNECTIONS.filter(({ from }) => from === component);
  const inside = own.flatMap((connection) => {
    const peer = isExternal(context, connection.to) ? undefined : peerOf(connection.to, context);
    return peer === undefined ? [] : [{ to: [peer], ports: [tcp(portOf(connection))] }];
  });
  const addressed = own.flatMap(({ to }) => (isAddressee(to) ? addresseeRules(to, context) : []));
  // Both may mean every public address: one rule says it.
  const outside = [...new Map(addressed.map((rule) => [JSON.stringify(rule), rule])).values()];
  const external = own.some(({ to }) => isExternal(context, to))
    ? context.spec.network.external.map(specPeer)
    : [];
  return [...inside, ...outside, ...external, DNS];
}

/** The policies of the components that are there, and the one that denies the rest. */
export function addNetwork(part: Part, context: PartContext, components: readonly ComponentName[]): void {
  const { metadata } = context;
  const policyTypes = ['Ingress', 'Egress'];
  new k8s.KubeNetworkPolicy(part, 'default-deny', {
    metadata: part.named(defaultDenyName(metadata.name)),
    spec: { podSelector: { matchLabels: { [LABELS.bot]: metadata.name } }, policyTypes },
  });
  for (const component of components) {
    new k8s.KubeNetworkPolicy(part, component, {
      metadata: {
        name: componentName(metadata.name, component),
        labels: { [LABELS.component]: component },
      },
      spec: {
        podSelector: { matchLabels: { ...podSelector(metadata, component) } },
        policyTypes,
        ingress: [...ingressRules(component, context)],
        egress: [...egressRules(component, context)],
      },
    });
  }
}
