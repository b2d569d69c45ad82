/**
 * The jobs that make storage ready for the processes, as its owner: the ledger's database, tables and one role a process;
 * at an external Redis one user a process. Each is named by what it does, so that it runs again when that changes.
 */
import { API_VERSION, KIND, PROCESSES, processUser, STREAM_READER } from '@claire/workloads/contract';
import type { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-27';
import { ACL_KEY } from '../components/redis.ts';
import { OWNER, OWNER_KEY } from '../components/postgres.ts';
import { componentName, hashedName, secretName } from '../names.ts';
import { Part, type PartContext, podLabels } from '../part.ts';
import { podSpec, type PodShape, scratch, SECRET_MODE, secretFiles } from '../pod.ts';
import { caFile, caVolumes, databaseName, STORE_PORTS, userPrefix } from './connections.ts';

/** The keys of the Postgres Secret that hold a role's password, named as the role. */
export const LEDGER_ROLE_KEYS: readonly string[] = [...PROCESSES.map(processUser), STREAM_READER];

const BOT_FILE = '/etc/claire/bot.json';
const OWNER_FOLDER = '/etc/claire/owner';
const ROLES_FOLDER = '/etc/claire/roles';
const SECRET_FOLDER = '/etc/claire/secrets';
const GRACE_SECONDS = 30;
const RETRIES = 20;
/** Exit codes that trying again does not change: usage, data, no input, permission, settings. */
const HOPELESS = [64, 65, 66, 77, 78];

/** As much of the bot as says whose ledger it is: other changes do not run the job again. */
function identityFile({ metadata, spec }: PartContext): string {
  const { mode, live, exchange, universe } = spec;
  const { venue, market, account, endpoints } = exchange;
  return `${JSON.stringify({
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name: metadata.name, namespace: metadata.namespace },
    spec: {
      mode,
      ...(live === undefined ? {} : { live }),
      exchange: { venue, market, account, ...(endpoints === undefined ? {} : { endpoints }) },
      universe: { quote: universe.quote, symbols: [`X${universe.quote}`] },
      strategy: { momentum: { minQuoteVolume: '0' } },
      risk: { capital: '1', maxOrderNotional: '1' },
    },
  })}\n`;
}

function addJob(part: Part, context: PartContext, shape: Omit<PodShape, 'gracePeriodSeconds'>): void {
  const { metadata } = context;
  const spec: k8s.JobSpec = {
    backoffLimit: RETRIES,
    podFailurePolicy: {
      rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: HOPELESS } }],
    } as unknown as k8s.PodFailurePolicy,
    template: {
      metadata: { labels: podLabels(metadata, shape.component) },
      spec: podSpec(context, { ...shape, gracePeriodSeconds: GRACE_SECONDS, restartPolicy: 'Never' }),
    },
  };
  const name = hashedName(metadata.name, shape.component, context.hash(JSON.stringify(spec)));
  new k8s.KubeJob(part, 'job', { metadata: part.named(name), spec });
}

/** The address of the ledger's server as its owner. The user of an external one is read in the pod. */
function ledgerUrl({ metadata, spec }: PartContext): string {
  const { external } = spec.storage.postgres;
  if (external === undefined) {
    return `postgres://${OWNER}@${componentName(metadata.name, 'postgres')}:${STORE_PORTS.postgres}/postgres`;
  }
  const ca = caFile(spec, 'postgres');
  const tls = `sslmode=verify-full${ca === undefined ? '' : `&sslrootcert=${ca}`}`;
  return `postgres://$(cat ${OWNER_FOLDER}/username)@${external.host}:${external.port}/postgres?${tls}`;
}

function ownerSecret({ metadata, spec }: PartContext): k8s.VolumeProjection {
  const { external } = spec.storage.postgres;
  return external === undefined
    ? secretFiles(secretName(metadata.name, 'postgres'), { [OWNER_KEY]: 'password' })
    : secretFiles(external.credentialsSecretRef.name, { username: 'username', password: 'password' });
}

/** `claire ledger prepare`: safe to repeat. */
function addLedgerJob(part: Part, context: PartContext): void {
  const { metadata, spec, images } = context;
  const text = identityFile(context);
  const configName = hashedName(metadata.name, 'prepare', context.hash(text));
  new k8s.KubeConfigMap(part, 'config', {
    metadata: part.named(configName),
    immutable: true,
    data: { 'bot.json': text },
  });
  const prefix = spec.storage.postgres.external === undefined ? '' : userPrefix(metadata);
  const command = [
    `exec claire ledger prepare --file ${BOT_FILE} --ledger "${ledgerUrl(context)}"`,
    `--passwords ${ROLES_FOLDER} --owner-password-file ${OWNER_FOLDER}/password`,
    `--database '${databaseName(context)}' --role-prefix '${prefix}'`,
  ].join(' ');
  const ca = caVolumes(context, 'postgres');
  const roles = Object.fromEntries(LEDGER_ROLE_KEYS.map((key) => [key, key]));
  const projected = (sources: k8s.VolumeProjection[]): k8s.ProjectedVolumeSource => ({
    defaultMode: SECRET_MODE,
    sources,
  });
  addJob(part, context, {
    component: 'prepare',
    image: images.workloads,
    container: {
      command: ['sh', '-c', command],
      volumeMounts: [
        { name: 'config', mountPath: BOT_FILE, subPath: 'bot.json', readOnly: true },
        { name: 'owner', mountPath: OWNER_FOLDER, readOnly: true },
        { name: 'roles', mountPath: ROLES_FOLDER, readOnly: true },
        { name: 'tmp', mountPath: '/tmp' },
        ...ca.mounts,
      ],
    },
    volumes: [
      { name: 'config', configMap: { name: configName } },
      { name: 'owner', projected: projected([ownerSecret(context)]) },
      { name: 'roles', projected: projected([secretFiles(secretName(metadata.name, 'postgres'), roles)]) },
      scratch('tmp', '64Mi'),
      ...ca.volumes,
    ],
  });
}

/** Gives the users of the ACL file to an external Redis, under names of this bot; the administrator stays as he is. */
function addRedisUsersJob(part: Part, context: PartContext): void {
  const { metadata, spec, images } = context;
  const { external } = spec.storage.redis;
  if (external === undefined) return;
  const ca = caFile(spec, 'redis');
  const tls = ca === undefined ? '--tls' : `--tls --cacert ${ca}`;
  const admin = `REDISCLI_AUTH="$(cat ${SECRET_FOLDER}/password)" redis-cli ${tls} -h ${external.host} -p ${external.port} --user "$(cat ${SECRET_FOLDER}/username)" --no-auth-warning`;
  const users = `sed -n 's/^user \\([a-z_]*\\) on /ACL SETUSER ${userPrefix(metadata)}\\1 reset on /p' ${SECRET_FOLDER}/${ACL_KEY}`;
  const volumes = caVolumes(context, 'redis');
  addJob(part, context, {
    component: 'prepare',
    image: images.redis,
    container: {
      // Every answer must be OK; redis-cli itself would end with 0 whatever the server said.
      command: ['sh', '-c', `answers="$(${users} | ${admin})" && ! echo "$answers" | grep -v '^OK$'`],
      volumeMounts: [
        { name: 'secrets', mountPath: SECRET_FOLDER, readOnly: true },
        { name: 'tmp', mountPath: '/tmp' },
        ...volumes.mounts,
      ],
    },
    volumes: [
      {
        name: 'secrets',
        projected: {
          defaultMode: SECRET_MODE,
          sources: [
            secretFiles(external.credentialsSecretRef.name, { username: 'username', password: 'password' }),
            secretFiles(secretName(metadata.name, 'redis'), { [ACL_KEY]: ACL_KEY }),
          ],
        },
      },
      scratch('tmp', '16Mi'),
      ...volumes.volumes,
    ],
  });
}

/** What must have run before the processes start. */
export function addPrepare(scope: Construct, context: PartContext): void {
  const part = new Part(scope, 'prepare');
  addLedgerJob(part, context);
  if (context.spec.storage.redis.external !== undefined) {
    addRedisUsersJob(new Part(part, 'prepare'), context);
  }
}
