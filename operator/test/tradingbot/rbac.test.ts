import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject, ResourceType } from '../../src/kube/resource.ts';
import { BOT_RULES, OPERATOR_RULES, type PolicyRule, PROXY_RULES } from '../../src/rbac.ts';
import { STATEFUL_SET, TRADING_BOT } from '../../src/tradingbot/kinds.ts';
import { type ApiServer, startApiServer } from '../../../cdk8s/test/support/api-server.ts';
import { makeBots } from '../support/bots.ts';
import { type FakeCluster, startCluster } from '../support/cluster.ts';
import { botObject } from '../support/bot-object.ts';
import { connect, until } from '../support/connect.ts';
import { installCrd } from '../support/crd.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { startOperator } from '../support/operator.ts';

// For machines that are many times slower.
jest.setTimeout(300_000);

const rbac = (kind: string, plural: string, namespaced: boolean): ResourceType => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind,
  plural,
  namespaced,
});
const ROLE = rbac('Role', 'roles', true);
const ROLE_BINDING = rbac('RoleBinding', 'rolebindings', true);
const CLUSTER_ROLE = rbac('ClusterRole', 'clusterroles', false);
const CLUSTER_BINDING = rbac('ClusterRoleBinding', 'clusterrolebindings', false);
const REVIEW: ResourceType = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
};
const RBAC_API = 'rbac.authorization.k8s.io/v1';

let server: ApiServer;
let admin: { client: KubeClient; close: () => void };
let cluster: FakeCluster;

/** Give a user a role, in a namespace or everywhere. */
async function grant(user: string, rules: readonly PolicyRule[], namespace?: string): Promise<void> {
  const metadata = { name: `${user}-operator`, ...(namespace === undefined ? {} : { namespace }) };
  const [role, binding] = namespace === undefined ? [CLUSTER_ROLE, CLUSTER_BINDING] : [ROLE, ROLE_BINDING];
  await admin.client.create(role, { apiVersion: RBAC_API, kind: role.kind, metadata, rules });
  await admin.client.create(binding, {
    apiVersion: RBAC_API,
    kind: binding.kind,
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: role.kind, name: metadata.name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });
}

async function may(
  user: string,
  verb: string,
  resource: string,
  where: { group?: string; namespace?: string },
): Promise<boolean> {
  const [plural = '', subresource] = resource.split('/');
  const review = await admin.client.create(REVIEW, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {} as KubeObject['metadata'],
    spec: {
      user,
      resourceAttributes: {
        verb,
        group: where.group ?? '',
        resource: plural,
        ...(subresource === undefined ? {} : { subresource }),
        ...(where.namespace === undefined ? {} : { namespace: where.namespace }),
      },
    },
  });
  return (review['status'] as { allowed: boolean }).allowed;
}

const create = (name: string): Promise<KubeObject> => admin.client.create(TRADING_BOT, botObject({ name }));

async function isReady(name: string): Promise<boolean> {
  const { status } = await admin.client.get(TRADING_BOT, { namespace: 'default', name });
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some((one) => one.type === 'Ready' && one.status === 'True');
}

beforeAll(async () => {
  server = await startApiServer();
  admin = connect(server);
  await installCrd(admin.client);
  cluster = startCluster(admin.client, 'default');
  await grant('user-1', [...BOT_RULES, ...OPERATOR_RULES], 'default');
  await grant('user-2', [...BOT_RULES, ...OPERATOR_RULES]);
});

afterAll(async () => {
  await cluster.stop();
  admin.close();
  await server.stop();
});

/** The whole life of a bot with the rights of a user; nothing may be answered 403. */
async function liveWith(
  user: number,
  namespaces: readonly string[] | undefined,
  name: string,
): Promise<void> {
  const proxy: FaultProxy = await startFaultProxy(server);
  const operator = await startOperator(server, {
    channel: makeBots(() => Date.now()).channel,
    url: proxy.url,
    token: server.userTokens[user] ?? '',
    config: { namespaces, leaderElect: true, leaseName: name },
  });
  try {
    await create(name);
    await until(() => isReady(name), 'the bot is ready');
    await admin.client.patch(
      STATEFUL_SET,
      { namespace: 'default', name: `${name}-risk` },
      { spec: { replicas: 0 } },
      { kind: 'merge' },
    );
    await until(async () => {
      const { spec } = await admin.client.get(STATEFUL_SET, { namespace: 'default', name: `${name}-risk` });
      return (spec as { replicas: number }).replicas === 1;
    }, 'drift is undone');
    await admin.client.delete(TRADING_BOT, { namespace: 'default', name });
    await until(async () => (await admin.client.list(TRADING_BOT, {})).items.length === 0, 'the bot is gone');
  } finally {
    await operator.stop();
    await proxy.close();
  }
  expect(
    proxy.seen.filter(({ status }) => status === 403).map(({ method, path }) => `${method} ${path}`),
  ).toEqual([]);
}

describe('the rights of the operator', () => {
  test('are enough in one namespace', async () => {
    await liveWith(0, ['default'], 'namespaced');
  });

  test('are enough for the whole cluster', async () => {
    await liveWith(1, undefined, 'clusterwide');
  });

  test.each([
    ['list', 'secrets', ''],
    ['watch', 'secrets', ''],
    ['create', 'pods/exec', ''],
    ['create', 'pods/proxy', ''],
    ['create', 'pods', ''],
    ['create', 'serviceaccounts/token', ''],
    ['create', 'roles', 'rbac.authorization.k8s.io'],
    ['patch', 'clusterroles', 'rbac.authorization.k8s.io'],
    ['escalate', 'clusterroles', 'rbac.authorization.k8s.io'],
    ['bind', 'clusterroles', 'rbac.authorization.k8s.io'],
    ['impersonate', 'users', ''],
    ['delete', 'tradingbots', 'trading.claire.dev'],
    ['create', 'tradingbots', 'trading.claire.dev'],
    ['patch', 'namespaces', ''],
    ['delete', 'nodes', ''],
  ])('do not let it %s %s', async (verb, resource, group) => {
    for (const user of ['user-1', 'user-2']) {
      expect(await may(user, verb, resource, { group, namespace: 'default' })).toBe(false);
    }
  });

  test('of one namespace end at its border', async () => {
    expect(
      await may('user-1', 'get', 'tradingbots', { group: 'trading.claire.dev', namespace: 'default' }),
    ).toBe(true);
    expect(
      await may('user-1', 'get', 'tradingbots', { group: 'trading.claire.dev', namespace: 'kube-system' }),
    ).toBe(false);
    expect(await may('user-1', 'get', 'secrets', { namespace: 'kube-system' })).toBe(false);
  });

  test('name no wildcard anywhere', () => {
    const words = [...BOT_RULES, ...OPERATOR_RULES, ...PROXY_RULES].flatMap(
      ({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs],
    );
    expect(words).not.toContain('*');
  });
});
