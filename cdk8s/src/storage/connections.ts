/** Where the processes of a bot find Postgres and Redis: beside them, or at external servers with verified TLS. */
import { type ProcessConnections, PROCESSES, processUser, type TradingBot } from '@claire/workloads/contract';
import type { k8s } from 'cdk8s-plus-27';
import { componentName } from '../names.ts';
import type { PartContext } from '../part.ts';

export const STORES = ['postgres', 'redis'] as const;
export type Store = (typeof STORES)[number];

export const STORE_PORTS: Readonly<Record<Store, number>> = { postgres: 5432, redis: 6379 };
const CA_KEY = 'ca.crt';
const caFolder = (store: Store): string => `/etc/claire/tls/${store}`;

/** The authorities of an external server; undefined where the system's are trusted. */
const caSecret = (spec: TradingBot['spec'], store: Store): string | undefined =>
  spec.storage[store].external?.caSecretRef?.name;

export const caFile = (spec: TradingBot['spec'], store: Store): string | undefined =>
  caSecret(spec, store) === undefined ? undefined : `${caFolder(store)}/${CA_KEY}`;

/** What mounts the authorities of an external server. */
export function caVolumes(
  { spec }: Pick<PartContext, 'spec'>,
  store: Store,
): { readonly volumes: readonly k8s.Volume[]; readonly mounts: readonly k8s.VolumeMount[] } {
  const name = caSecret(spec, store);
  if (name === undefined) return { volumes: [], mounts: [] };
  const volume = `${store}-ca`;
  return {
    volumes: [
      {
        name: volume,
        secret: { secretName: name, items: [{ key: CA_KEY, path: CA_KEY }], defaultMode: 0o444 },
      },
    ],
    mounts: [{ name: volume, mountPath: caFolder(store), readOnly: true }],
  };
}

/** External servers are shared: there the users of a bot carry its name. */
export const userPrefix = ({ name }: TradingBot['metadata']): string => `${name.replaceAll('-', '_')}_`;

const prefixedUsers = (metadata: TradingBot['metadata']): ProcessConnections['redis']['users'] =>
  Object.fromEntries(PROCESSES.map((name) => [name, `${userPrefix(metadata)}${processUser(name)}`]));

/** Paper and live are two databases, so that paper positions never meet a real account. */
export function databaseName({ metadata, spec }: Pick<TradingBot, 'metadata' | 'spec'>): string {
  return spec.storage.postgres.external?.database ?? `claire_${metadata.name}_${spec.mode}`;
}

function serverOf(wire: Pick<TradingBot, 'metadata' | 'spec'>, store: Store): ProcessConnections['redis'] {
  const { metadata, spec } = wire;
  const { external } = spec.storage[store];
  if (external === undefined) return { host: componentName(metadata.name, store), port: STORE_PORTS[store] };
  const file = caFile(spec, store);
  return {
    host: external.host,
    port: external.port,
    tls: file === undefined ? {} : { caFile: file },
    users: prefixedUsers(metadata) ?? {},
  };
}

export const connections = (wire: Pick<TradingBot, 'metadata' | 'spec'>): ProcessConnections => ({
  redis: serverOf(wire, 'redis'),
  postgres: { ...serverOf(wire, 'postgres'), database: databaseName(wire) },
});
