import { STREAM_READER } from '@claire/workloads/contract';
import type { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-27';
import { hashedName, secretName } from '../names.ts';
import { Part, type PartContext } from '../part.ts';
import { scratch, SECRET_MODE, secretFiles } from '../pod.ts';
import { memoryLimit } from '../resources.ts';
import { addStatefulComponent, DATA_VOLUME } from '../stateful-component.ts';
import { STORE_PORTS } from '../storage/connections.ts';

/** The key of the Redis Secret that holds the rights of all users. */
export const ACL_KEY = 'users.acl';

const CONFIG_FOLDER = '/usr/local/etc/redis';
const SECRET_FOLDER = '/etc/claire/secrets';
const GRACE_SECONDS = 60;
/** Loading a large append-only file. */
const START_SECONDS = 1_800;
/** A fork for rewriting the append-only file may need as much memory again as the data have. */
const MAXMEMORY_SHARE = 0.5;

/** Nothing is ever evicted: a full Redis refuses, and publishers wait. */
const configuration = (
  maxmemory: number,
): string => `# Written by Claire; the rights of its users are in a Secret.
bind * -::*
port ${STORE_PORTS.redis}
protected-mode no
dir /data
aclfile ${SECRET_FOLDER}/${ACL_KEY}
appendonly yes
appendfsync everysec
aof-use-rdb-preamble yes
auto-aof-rewrite-min-size 64mb
save ""
maxmemory ${maxmemory}mb
maxmemory-policy noeviction
tcp-keepalive 30
latency-monitor-threshold 100
`;

/** Asks as a user who may only look. The password is read in the pod: it stands in no manifest and no process list. */
const ping = `REDISCLI_AUTH="$(cat ${SECRET_FOLDER}/${STREAM_READER})" redis-cli --user ${STREAM_READER} --no-auth-warning ping | grep -q PONG`;
const isReady: k8s.ExecAction = { command: ['sh', '-c', ping] };

const PROBES: Partial<k8s.Container> = {
  startupProbe: { exec: isReady, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: START_SECONDS / 2 },
  // A server that is busy with one long command accepts connections and is alive.
  livenessProbe: {
    tcpSocket: { port: k8s.IntOrString.fromString('redis') },
    periodSeconds: 15,
    timeoutSeconds: 10,
    failureThreshold: 8,
  },
  readinessProbe: { exec: isReady, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
};

/** The streams: Redis with an append-only file on a volume of its own. */
export function addRedis(scope: Construct, context: PartContext): void {
  const { metadata, spec, images } = context;
  const part = new Part(scope, 'redis');
  const text = configuration(Math.floor(memoryLimit(spec, 'redis') * MAXMEMORY_SHARE));
  const configName = hashedName(metadata.name, 'redis', context.hash(text));
  new k8s.KubeConfigMap(part, 'config', {
    metadata: part.named(configName),
    immutable: true,
    data: { 'redis.conf': text },
  });
  addStatefulComponent(part, context, {
    component: 'redis',
    image: images.redis,
    gracePeriodSeconds: GRACE_SECONDS,
    ports: { redis: STORE_PORTS.redis },
    data: spec.storage.redis,
    container: {
      args: ['redis-server', `${CONFIG_FOLDER}/redis.conf`],
      ...PROBES,
      volumeMounts: [
        { name: DATA_VOLUME, mountPath: '/data' },
        { name: 'config', mountPath: CONFIG_FOLDER, readOnly: true },
        { name: 'secrets', mountPath: SECRET_FOLDER, readOnly: true },
        { name: 'tmp', mountPath: '/tmp' },
      ],
    },
    volumes: [
      { name: 'config', configMap: { name: configName } },
      {
        name: 'secrets',
        projected: {
          defaultMode: SECRET_MODE,
          sources: [
            secretFiles(secretName(metadata.name, 'redis'), {
              [ACL_KEY]: ACL_KEY,
              [STREAM_READER]: STREAM_READER,
            }),
          ],
        },
      },
      scratch('tmp', '64Mi'),
    ],
  });
}
