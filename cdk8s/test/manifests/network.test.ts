/** The network policies of a bot, judged pair by pair as a cluster would, against the table they are made from. */
import { describe, expect, it } from '@jest/globals';
import {
  COMPONENTS,
  type ComponentName,
  type Connection,
  CONNECTIONS,
  mayConnect,
  type Outsider,
} from '@claire/workloads/contract';
import { type KubeObject, OPERATOR_LABELS, synthesize } from '../../src/index.ts';
import { change, type Changes, leastBot } from '../support/bots.ts';
import { inputFor, parsed } from '../support/examples.ts';

type Labels = Readonly<Record<string, string>>;
interface Peer {
  readonly podSelector?: { readonly matchLabels?: Labels };
  readonly namespaceSelector?: { readonly matchLabels?: Labels };
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}
interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports: readonly { readonly port: number; readonly protocol: string }[];
}
interface Policy {
  readonly podSelector: { readonly matchLabels: Labels };
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}
interface Place {
  readonly pod: Labels;
  readonly namespace: Labels;
}

const OWN: Labels = { 'kubernetes.io/metadata.name': 'default' };
const OUTSIDE: Readonly<Record<Exclude<Outsider, 'venue' | 'receiver'>, Place>> = {
  operator: { pod: OPERATOR_LABELS, namespace: { 'kubernetes.io/metadata.name': 'claire-system' } },
  scraper: { pod: { app: 'prometheus' }, namespace: { metrics: 'enabled' } },
};
const PORTS: Readonly<Record<string, number>> = {
  postgres: 5432,
  redis: 6379,
  prometheus: 9090,
  control: 9463,
  metrics: 9464,
};
const HTTP: Readonly<Record<string, number>> = {
  'screener-ws': 8000,
  'screener-rest': 8080,
  signal: 8001,
  risk: 8002,
  execution: 8003,
};

const matches = (wanted: Labels | undefined, labels: Labels): boolean =>
  Object.entries(wanted ?? {}).every(([key, value]) => labels[key] === value);

/** As the API defines it: without a namespace selector a peer is in the policy's own namespace. */
const isPeer = ({ podSelector, namespaceSelector, ipBlock }: Peer, place: Place): boolean =>
  ipBlock === undefined &&
  (namespaceSelector === undefined
    ? place.namespace === OWN
    : matches(namespaceSelector.matchLabels, place.namespace)) &&
  matches(podSelector?.matchLabels, place.pod);

const allows = (rules: readonly Rule[], side: 'from' | 'to', place: Place, port: number): boolean =>
  rules.some(
    (rule) =>
      rule.ports.some((one) => one.port === port && one.protocol === 'TCP') &&
      (rule[side] ?? []).some((peer) => isPeer(peer, place)),
  );

const policiesOf = (objects: readonly KubeObject[]): readonly Policy[] =>
  objects.filter(({ kind }) => kind === 'NetworkPolicy').map((object) => object['spec'] as Policy);

const bot = parsed(change(leastBot, { 'monitoring.grafana.enabled': true }));
const policies = policiesOf(synthesize(inputFor(bot)).map(({ manifest }) => manifest));
const podOf = (component: ComponentName): Place => ({
  pod: { 'trading.claire.dev/bot': 'momentum', 'trading.claire.dev/component': component },
  namespace: OWN,
});
const selecting = (place: Place): readonly Policy[] =>
  policies.filter(({ podSelector }) => matches(podSelector.matchLabels, place.pod));
const rulesOf = (place: Place, side: 'ingress' | 'egress'): readonly Rule[] =>
  selecting(place).flatMap((policy) => policy[side] ?? []);

function reaches(from: Place, to: Place, port: number, isInside: boolean): boolean {
  const out = !isInside || allows(rulesOf(from, 'egress'), 'to', to, port);
  return out && allows(rulesOf(to, 'ingress'), 'from', from, port);
}

const portsOf = (to: ComponentName): readonly (readonly [Connection['port'], number])[] => [
  ...Object.entries(PORTS).map(([name, port]) => [name as Connection['port'], port] as const),
  ...(HTTP[to] === undefined ? [] : [['http', HTTP[to]] as const]),
];

describe('the network of a bot', () => {
  it('denies every pod everything, before anything is allowed', () => {
    for (const component of COMPONENTS) {
      expect(selecting(podOf(component)).length).toBe(2);
    }
  });

  it('lets pods of the bot reach each other exactly as the table says', () => {
    const pairs = COMPONENTS.flatMap((from) =>
      COMPONENTS.filter((to) => to !== from).flatMap((to) =>
        portsOf(to).map(([name, port]) => ({ from, to, name, port })),
      ),
    );
    const wrong = pairs.filter(
      ({ from, to, name, port }) =>
        reaches(podOf(from), podOf(to), port, true) !== mayConnect(from, to, name),
    );
    expect(wrong).toEqual([]);
    expect(CONNECTIONS.length).toBeGreaterThan(20);
  });

  it('lets operator and scrapers in exactly as the table says, and nobody else', () => {
    const stranger: Place = { pod: { app: 'x' }, namespace: { 'kubernetes.io/metadata.name': 'other' } };
    const otherBot: Place = {
      pod: { 'trading.claire.dev/bot': 'other', 'trading.claire.dev/component': 'prometheus' },
      namespace: OWN,
    };
    const targets = COMPONENTS.flatMap((to) => portsOf(to).map(([name, port]) => ({ to, name, port })));
    for (const { to, name, port } of targets) {
      for (const who of ['operator', 'scraper'] as const) {
        const is = reaches(OUTSIDE[who], podOf(to), port, false);
        expect({ who, to, name, is }).toEqual({ who, to, name, is: mayConnect(who, to, name) });
      }
      expect(reaches(stranger, podOf(to), port, false)).toBe(false);
      expect(reaches(otherBot, podOf(to), port, false)).toBe(false);
    }
  });

  it('lets out to the internet only who trades or watches, on 443, and to no private range', () => {
    for (const component of COMPONENTS) {
      const blocks = rulesOf(podOf(component), 'egress')
        .flatMap(({ to = [], ports }) => to.map(({ ipBlock }) => ({ ipBlock, ports })))
        .filter(({ ipBlock }) => ipBlock !== undefined && ipBlock.cidr !== '169.254.20.10/32');
      if (!mayConnect(component, 'venue', 'venue')) {
        expect(blocks).toEqual([]);
        continue;
      }
      expect(blocks.map(({ ipBlock }) => ipBlock?.cidr)).toEqual(['0.0.0.0/0', '::/0']);
      expect(blocks.every(({ ports }) => ports.every(({ port }) => port === 443))).toBe(true);
      for (const range of ['10.0.0.0/8', '169.254.0.0/16', '100.64.0.0/10', '198.18.0.0/15']) {
        expect(blocks[0]?.ipBlock?.except).toContain(range);
      }
    }
  });

  it('uses the destinations of the spec instead, where it has some', () => {
    const peers = [{ podSelector: { matchLabels: { app: 'exchange' } }, ports: [8080] }];
    const own = policiesOf(
      synthesize(inputFor(parsed(change(leastBot, { 'network.venue': peers })))).map(
        ({ manifest }) => manifest,
      ),
    );
    const text = JSON.stringify(own);
    expect(text).not.toContain('0.0.0.0/0');
    expect(text).toContain('"app":"exchange"');
  });

  it('lets the sender of alerts out to their receiver, and nobody else, when somebody is to be told', () => {
    const venue = [{ cidr: '203.0.113.0/24', ports: [443] }];
    const receiver = [{ cidr: '198.51.100.7/32', ports: [8443] }];
    const notify = { format: 'json', secretRef: { name: 'pager' } };
    const pods = (changes: Changes): readonly (string | undefined)[] =>
      policiesOf(
        synthesize(inputFor(parsed(change(leastBot, { 'network.venue': venue, ...changes })))).map(
          ({ manifest }) => manifest,
        ),
      )
        .filter(({ egress = [] }) =>
          egress.some(({ to = [], ports }) =>
            to.some(
              ({ ipBlock }) =>
                ipBlock?.cidr === '0.0.0.0/0' ||
                (ipBlock?.cidr === '198.51.100.7/32' && ports.some(({ port }) => port === 8443)),
            ),
          ),
        )
        .map(({ podSelector }) => podSelector.matchLabels['trading.claire.dev/component']);
    expect(pods({})).toEqual([]);
    expect(pods({ 'network.notify': receiver })).toEqual([]);
    expect(pods({ 'monitoring.notify': notify })).toEqual(['screener-rest']);
    expect(pods({ 'monitoring.notify': notify, 'network.notify': receiver })).toEqual(['screener-rest']);
  });

  it('asks DNS over UDP and TCP', () => {
    const dns = rulesOf(podOf('execution'), 'egress').filter(({ ports }) =>
      ports.some(({ port }) => port === 53),
    );
    expect(dns.flatMap(({ ports }) => ports.map(({ protocol }) => protocol))).toEqual(['UDP', 'TCP']);
  });
});
