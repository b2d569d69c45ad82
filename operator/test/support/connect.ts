import { KubeConfig } from '@kubernetes/client-node';
import { type KubeClient, makeClient } from '../../src/kube/client.ts';
import { systemClock } from '../../src/kube/clock.ts';
import type { Logger } from '../../src/kube/logger.ts';
import type { ResourceType } from '../../src/kube/resource.ts';
import { makeTransport } from '../../src/kube/transport.ts';
import type { ApiServer } from '../../../cdk8s/test/support/api-server.ts';

/** A configuration for a server, or for a proxy in front of it when `url` is given. */
export function configFor(
  server: ApiServer,
  options: { readonly token?: string; readonly url?: string } = {},
): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'test',
      server: options.url ?? server.url,
      caData: server.ca.toString('base64'),
      skipTLSVerify: options.url !== undefined,
    },
    { name: 'test', token: options.token ?? server.adminToken },
  );
  return config;
}

/** A client; `close` ends its connections. */
export function connect(
  server: ApiServer,
  options: { readonly token?: string; readonly url?: string; readonly userAgent?: string } = {},
): { readonly client: KubeClient; readonly close: () => void } {
  const transport = makeTransport(configFor(server, options), {
    clock: systemClock,
    userAgent: options.userAgent ?? 'test',
  });
  return {
    client: makeClient(transport),
    close: () => {
      transport.close();
    },
  };
}

export interface Waiting {
  /** What there is to tell when it was in vain. */
  readonly tell?: () => string | Promise<string>;
  readonly patienceMs?: number;
}

/** Wait until something holds. The one place that sleeps; what is waited for decides, never how long it took. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  { tell = () => '', patienceMs = 150_000 }: Waiting = {},
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}${await tell()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const silentLog: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};

export const CONFIG_MAP: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

export const STATEFUL_SET: ResourceType = {
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  namespaced: true,
};
