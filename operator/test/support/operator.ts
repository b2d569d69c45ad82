/** A whole operator in this process, in front of a real API server. */
import { randomUUID } from 'node:crypto';
import { anchorName, LATEST_TEMPLATE_REVISION, RELEASE_IMAGES, secretName } from '@claire/cdk8s';
import type { OperatorConfig } from '../../src/config.ts';
import { systemClock } from '../../src/kube/clock.ts';
import type { Logger } from '../../src/kube/logger.ts';
import { makeOperator, type Operator } from '../../src/operator.ts';
import type { ControlChannel } from '../../src/tradingbot/control-client.ts';
import { makeAnchor, makeSynthesize } from '../../src/tradingbot/synthesis.ts';
import type { ApiServer } from '../../../cdk8s/test/support/api-server.ts';
import { configFor, silentLog } from './connect.ts';

export interface RunningOperator {
  readonly operator: Operator;
  /** As SIGTERM does. */
  stop(): Promise<'released' | 'lost'>;
}

export async function startOperator(
  server: ApiServer,
  options: {
    readonly channel: ControlChannel;
    readonly url?: string;
    readonly token?: string;
    readonly config?: Partial<OperatorConfig>;
    readonly log?: Logger;
    readonly images?: Partial<typeof RELEASE_IMAGES>;
  },
): Promise<RunningOperator> {
  const config: OperatorConfig = {
    namespaces: ['default'],
    operatorNamespace: 'default',
    leaderElect: false,
    leaseName: 'claire-operator',
    workers: 4,
    resync: 10_000,
    healthHost: '127.0.0.1',
    healthPort: 0,
    allowLiveOverrides: false,
    reach: 'none',
    images: {
      workloads: undefined,
      redis: undefined,
      postgres: undefined,
      prometheus: undefined,
      grafana: undefined,
    },
    logLevel: 'info',
    identity: randomUUID(),
    inCluster: false,
    apiServer: undefined,
    ...options.config,
  };
  const operator = await makeOperator(config, {
    kube: configFor(server, {
      ...(options.url === undefined ? {} : { url: options.url }),
      ...(options.token === undefined ? {} : { token: options.token }),
    }),
    synthesis: {
      synthesize: makeSynthesize({ images: { ...RELEASE_IMAGES, ...options.images }, operator: undefined }),
      anchorOf: makeAnchor,
      anchorName,
      tokenSecretName: (bot) => secretName(bot, 'control'),
      templateRevision: LATEST_TEMPLATE_REVISION,
    },
    channel: () => options.channel,
    clock: systemClock,
    random: () => 0.5,
    newId: randomUUID,
    log: options.log ?? silentLog,
    // What is tested is the order of things.
    paces: { soon: 100, steady: 1_000 },
    patience: 2_000,
  });
  const stop = new AbortController();
  const end = operator.run(stop.signal);
  return {
    operator,
    stop: () => {
      stop.abort();
      return end;
    },
  };
}

/** How often it has looked at a bot so far. */
export async function reconciles({ operator }: RunningOperator): Promise<number> {
  const text = await operator.registry.metrics();
  const counts = [...text.matchAll(/^controller_runtime_reconcile_total\{[^}]*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
