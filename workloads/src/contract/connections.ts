/**
 * Who may talk to whom: the one table from which the network policies of a bot are made and against which they are tested,
 * pair by pair. What is not in it is denied.
 */
import { PROCESSES, type ProcessName } from './process-schema.ts';

/** A part of a bot that runs in a pod of its own. */
export const COMPONENTS = [
  ...PROCESSES,
  'postgres',
  'redis',
  /** Makes the ledger ready for the processes, then ends. */
  'prepare',
  'prometheus',
  'grafana',
] as const;
export type ComponentName = (typeof COMPONENTS)[number];

/** Who a bot's pods meet besides each other. */
export type Outsider =
  /** The operator's pods. */
  | 'operator'
  /** Pods in namespaces labelled `metrics: enabled`, such as those of the cluster's own Prometheus. */
  | 'scraper'
  /** The exchange: `spec.network.venue`, or port 443 of every public address. */
  | 'venue'
  /** Who is told of alerts, where `spec.monitoring.notify` says so: `spec.network.notify`, or port 443 of every public address. */
  | 'receiver';

export interface Connection {
  readonly from: ComponentName | Outsider;
  readonly to: ComponentName | Outsider;
  /** The port by its name in the pod; of venue and receiver the ports are the spec's. */
  readonly port: 'http' | 'control' | 'metrics' | 'postgres' | 'redis' | 'prometheus' | 'venue' | 'receiver';
}

const CONTROLLED: readonly ProcessName[] = ['risk', 'execution'];
const AT_VENUE: readonly ProcessName[] = ['screener-ws', 'screener-rest', 'execution'];

const each = (
  from: readonly Connection['from'][],
  to: readonly Connection['to'][],
  port: Connection['port'],
): readonly Connection[] => from.flatMap((one) => to.map((other) => ({ from: one, to: other, port })));

/** Every connection of a bot besides DNS, which all of its pods may ask. */
export const CONNECTIONS: readonly Connection[] = [
  ...each([...PROCESSES, 'prepare'], ['postgres'], 'postgres'),
  ...each([...PROCESSES, 'prepare'], ['redis'], 'redis'),
  ...each(AT_VENUE, ['venue'], 'venue'),
  ...each(['screener-rest'], ['receiver'], 'receiver'),
  ...each(['operator'], CONTROLLED, 'control'),
  ...each(['operator'], PROCESSES, 'http'),
  ...each(['prometheus', 'scraper'], PROCESSES, 'metrics'),
  ...each(['grafana'], ['prometheus'], 'prometheus'),
];

/** Whether a connection is allowed. */
export const mayConnect = (
  from: Connection['from'],
  to: Connection['to'],
  port: Connection['port'],
): boolean => CONNECTIONS.some((one) => one.from === from && one.to === to && one.port === port);
