/** The process: flags, the cluster, signals, exit status. */
import { randomInt, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import {
  anchorName,
  LATEST_TEMPLATE_REVISION,
  OPERATOR_LABELS,
  podsServiceName,
  RELEASE_IMAGES,
  secretName,
  componentName,
} from '@claire/cdk8s';
import { collectDefaultMetrics } from 'prom-client';
import { ConfigError, type OperatorConfig, readConfig } from './config.ts';
import { systemClock } from './kube/clock.ts';
import { type ClusterAccess, SERVICE_ACCOUNT, serviceAccountAccess } from './kube/cluster-access.ts';
import { describeError } from './kube/errors.ts';
import type { Logger } from './kube/logger.ts';
import type { Transport } from './kube/transport.ts';
import { makeLogger } from './logger.ts';
import { makeOperator, type Operator } from './operator.ts';
import { makeProxyChannel, makeServiceChannel } from './tradingbot/control-channels.ts';
import type { ControlChannel } from './tradingbot/control-client.ts';
import { makeAnchor, makeSynthesize } from './tradingbot/synthesis.ts';

const UNAVAILABLE = 69;
const LOST_LEASE = 75;
const RANDOM_STEPS = 2 ** 32;

/** Nobody is asked: every bot's exposure is unknown. */
const noChannel: ControlChannel = () =>
  Promise.reject(new Error('the operator was told not to ask (--reach none)'));

function channelFor(config: OperatorConfig): (transport: Transport) => ControlChannel {
  const way = config.reach === 'auto' ? (config.inCluster ? 'service' : 'proxy') : config.reach;
  if (way === 'none') return () => noChannel;
  if (way === 'service') {
    return () => makeServiceChannel(({ bot, component }) => podsServiceName(bot, component));
  }
  return (transport) =>
    makeProxyChannel(transport, ({ bot, component }) => `${componentName(bot, component)}-0`);
}

function imagesOf({ images }: OperatorConfig): typeof RELEASE_IMAGES {
  return {
    workloads: images.workloads ?? RELEASE_IMAGES.workloads,
    redis: images.redis ?? RELEASE_IMAGES.redis,
    postgres: images.postgres ?? RELEASE_IMAGES.postgres,
    prometheus: images.prometheus ?? RELEASE_IMAGES.prometheus,
    grafana: images.grafana ?? RELEASE_IMAGES.grafana,
  };
}

/** A kubeconfig before the pod's own account, as `kubectl` has it. */
async function accessOf({ apiServer }: OperatorConfig): Promise<ClusterAccess> {
  const hasConfig = existsSync(join(homedir(), '.kube/config'));
  if (apiServer !== undefined && !hasConfig && existsSync(SERVICE_ACCOUNT.token)) {
    return serviceAccountAccess(apiServer, SERVICE_ACCOUNT);
  }
  // Only here, since it is long to read.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const kube = new KubeConfig();
  kube.loadFromDefault();
  return kube;
}

async function start(config: OperatorConfig, log: Logger): Promise<Operator> {
  const kube = await accessOf(config);
  const operator = config.inCluster
    ? { namespace: config.operatorNamespace, podLabels: OPERATOR_LABELS }
    : undefined;
  return makeOperator(config, {
    kube,
    synthesis: {
      synthesize: makeSynthesize({ images: imagesOf(config), operator }),
      anchorOf: makeAnchor,
      anchorName,
      tokenSecretName: (bot) => secretName(bot, 'control'),
      templateRevision: LATEST_TEMPLATE_REVISION,
    },
    channel: channelFor(config),
    clock: systemClock,
    random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
    newId: randomUUID,
    log,
  });
}

/** Runs until SIGTERM or SIGINT. Returns the exit status. */
export async function runOperator(argv: readonly string[]): Promise<number> {
  const write = (text: string): void => {
    process.stderr.write(text);
  };
  let config: OperatorConfig;
  try {
    config = readConfig(argv, { write, hostname: hostname(), pid: process.pid });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (error.code !== 0) write(`claire-operator: ${error.message}\n`);
    return error.code;
  }
  const log = makeLogger(config.logLevel, process.stdout);
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      log.info({ signal: name }, 'stopping');
      stop.abort();
    });
  }
  let operator: Operator;
  try {
    operator = await start(config, log);
  } catch (error) {
    log.error({ error: describeError(error) }, 'cannot start');
    return UNAVAILABLE;
  }
  collectDefaultMetrics({ register: operator.registry });
  log.info(
    { namespaces: config.namespaces ?? 'all', health: operator.health.port, identity: config.identity },
    'started',
  );
  const end = await operator.run(stop.signal);
  log.info({ end }, 'stopped');
  return end === 'lost' ? LOST_LEASE : 0;
}
