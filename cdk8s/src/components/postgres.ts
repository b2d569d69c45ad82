import type { Construct } from 'constructs';
import type { k8s } from 'cdk8s-plus-27';
import { secretName } from '../names.ts';
import { Part, type PartContext } from '../part.ts';
import { scratch, SECRET_MODE, secretFiles } from '../pod.ts';
import { memoryLimit } from '../resources.ts';
import { addStatefulComponent, DATA_VOLUME } from '../stateful-component.ts';
import { STORE_PORTS } from '../storage/connections.ts';

/** The role that owns the tables; only the short-lived job that prepares the ledger logs in as it. */
export const OWNER = 'claire_owner';
export const OWNER_KEY = 'owner';

const DATA_FOLDER = '/var/lib/postgresql/data';
const SECRET_FOLDER = '/etc/claire/secrets';
const GRACE_SECONDS = 120;
/** Replaying a long write-ahead log after a crash. */
const START_SECONDS = 1_800;
const SHARED_BUFFERS_SHARE = 0.25;

const isReady = `pg_isready -q -h 127.0.0.1 -U ${OWNER} -d postgres`;
const sh = (script: string): k8s.ExecAction => ({ command: ['sh', '-c', script] });

const PROBES: Partial<k8s.Container> = {
  startupProbe: {
    exec: sh(isReady),
    periodSeconds: 5,
    timeoutSeconds: 5,
    failureThreshold: START_SECONDS / 5,
  },
  // A server that answers and refuses (it starts up or recovers) is alive.
  livenessProbe: {
    exec: sh(`${isReady}; test $? -le 1`),
    periodSeconds: 15,
    timeoutSeconds: 10,
    failureThreshold: 8,
  },
  readinessProbe: { exec: sh(isReady), periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
};

/** Settings of the server: what was written is on the disk before a transaction is told so. */
function settings({ spec }: PartContext): readonly string[] {
  const buffers = Math.floor(memoryLimit(spec, 'postgres') * SHARED_BUFFERS_SHARE);
  const values: Readonly<Record<string, string>> = {
    shared_buffers: `${buffers}MB`,
    max_connections: '64',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    password_encryption: 'scram-sha-256',
    default_transaction_isolation: 'serializable',
    idle_in_transaction_session_timeout: '60s',
    tcp_keepalives_idle: '30',
    tcp_keepalives_interval: '10',
    tcp_keepalives_count: '3',
    log_checkpoints: 'off',
    timezone: 'UTC',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** The ledger: PostgreSQL on a volume of its own. */
export function addPostgres(scope: Construct, context: PartContext): void {
  const { metadata, spec, images } = context;
  const part = new Part(scope, 'postgres');
  addStatefulComponent(part, context, {
    component: 'postgres',
    image: images.postgres,
    gracePeriodSeconds: GRACE_SECONDS,
    ports: { postgres: STORE_PORTS.postgres },
    data: spec.storage.postgres,
    container: {
      args: ['postgres', ...settings(context)],
      env: [
        { name: 'PGDATA', value: `${DATA_FOLDER}/pgdata` },
        { name: 'POSTGRES_USER', value: OWNER },
        { name: 'POSTGRES_DB', value: 'postgres' },
        { name: 'POSTGRES_PASSWORD_FILE', value: `${SECRET_FOLDER}/${OWNER_KEY}` },
        {
          name: 'POSTGRES_INITDB_ARGS',
          value: '--data-checksums --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8',
        },
      ],
      ...PROBES,
      volumeMounts: [
        { name: DATA_VOLUME, mountPath: DATA_FOLDER },
        { name: 'secrets', mountPath: SECRET_FOLDER, readOnly: true },
        { name: 'run', mountPath: '/var/run/postgresql' },
        { name: 'tmp', mountPath: '/tmp' },
        { name: 'shm', mountPath: '/dev/shm' },
      ],
    },
    volumes: [
      {
        name: 'secrets',
        projected: {
          defaultMode: SECRET_MODE,
          sources: [secretFiles(secretName(metadata.name, 'postgres'), { [OWNER_KEY]: OWNER_KEY })],
        },
      },
      scratch('run', '16Mi'),
      scratch('tmp', '64Mi'),
      scratch('shm', '128Mi', 'Memory'),
    ],
  });
}
