import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Applier, isOwned, makeApplier } from '../../src/kube/apply.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { systemClock } from '../../src/kube/clock.ts';
import { makeEventRecorder } from '../../src/kube/events.ts';
import { fenced } from '../../src/kube/lease.ts';
import type { RuntimeMetrics } from '../../src/kube/metrics.ts';
import type { KubeObject, ResourceType } from '../../src/kube/resource.ts';
import { type ApiServer, startApiServer } from '../../../cdk8s/test/support/api-server.ts';
import { CONFIG_MAP, connect, silentLog, STATEFUL_SET } from '../support/connect.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';

let server: ApiServer;
let proxy: FaultProxy;
let connection: { client: KubeClient; close: () => void };
let client: KubeClient;
let applier: Applier;

const settings = {
  manager: 'example-operator',
  ownerLabel: 'example.dev/owner',
  hashAnnotation: 'example.dev/applied',
};
const UID = 'b0a4a1f5-0000-4000-8000-000000000001';
const { signal } = new AbortController();

const owned = (name: string): KubeObject['metadata'] => ({
  name,
  namespace: 'default',
  labels: { [settings.ownerLabel]: UID },
});
const configMap = (name: string, data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: owned(name),
  data,
});

const statefulSet = (name: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: owned(name),
  spec: {
    replicas: 1,
    serviceName: name,
    selector: { matchLabels: { app: name } },
    updateStrategy: { type: 'OnDelete' },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [
          {
            name: 'main',
            image: 'example.dev/main:1',
            env: [{ name: 'A', value: '1' }],
            resources: { requests: { cpu: '1000m', memory: '1024Mi' } },
          },
        ],
      },
    },
  },
});

beforeAll(async () => {
  server = await startApiServer();
  proxy = await startFaultProxy(server);
  connection = connect(server, { url: proxy.url });
  client = connection.client;
  applier = makeApplier(client, settings);
});

afterAll(async () => {
  connection.close();
  await proxy.close();
  await server.stop();
});

beforeEach(() => {
  proxy.heal();
  proxy.forget();
});

async function ensure(type: ResourceType, desired: KubeObject, live?: KubeObject) {
  return applier.apply({ type, desired, live, ownerUid: UID, signal });
}
const templateOf = (object: KubeObject) =>
  (object['spec'] as { template: { spec: Record<string, unknown> } }).template;

describe('applying objects', () => {
  test('creates what is missing and sends nothing when nothing differs', async () => {
    const desired = configMap('plain', { a: '1' });
    const made = await ensure(CONFIG_MAP, desired);
    expect(made.applied).toBe('created');
    proxy.forget();
    const again = await ensure(CONFIG_MAP, desired, made.object);
    expect(again.applied).toBe('unchanged');
    expect(proxy.seen).toEqual([]);
  });

  test('sees no difference in what the server made of a StatefulSet: defaults, quantities', async () => {
    const made = await ensure(STATEFUL_SET, statefulSet('defaults'));
    const again = await ensure(STATEFUL_SET, statefulSet('defaults'), made.object);
    expect(again.applied).toBe('unchanged');
  });

  test('undoes a foreign change of its own field and leaves foreign fields alone', async () => {
    await ensure(CONFIG_MAP, configMap('drift', { a: '1' }));
    const edited = await client.patch(
      CONFIG_MAP,
      { namespace: 'default', name: 'drift' },
      { metadata: { labels: { theirs: 'x' } }, data: { a: 'edited', b: 'theirs' } },
      { kind: 'merge', manager: 'kubectl-edit' },
    );
    const healed = await ensure(CONFIG_MAP, configMap('drift', { a: '1' }), edited);
    expect(healed.applied).toBe('configured');
    expect(healed.difference).toBe('.data.a');
    expect(healed.object['data']).toEqual({ a: '1', b: 'theirs' });
    expect(healed.object.metadata.labels?.['theirs']).toBe('x');
  });

  test('removes a field that is no longer wanted', async () => {
    const made = await ensure(CONFIG_MAP, configMap('shrinks', { a: '1', b: '2' }));
    const after = await ensure(CONFIG_MAP, configMap('shrinks', { a: '1' }), made.object);
    expect(after.object['data']).toEqual({ a: '1' });
  });

  test('never touches an object of that name that is not the owner’s', async () => {
    const theirs = {
      ...configMap('theirs', { a: 'theirs' }),
      metadata: { name: 'theirs', namespace: 'default' },
    };
    const before = await client.create(CONFIG_MAP, theirs);
    await expect(ensure(CONFIG_MAP, configMap('theirs', { a: '1' }))).rejects.toMatchObject({
      code: 'FOREIGN_OBJECT',
      retryable: false,
    });
    const after = await client.get(CONFIG_MAP, before.metadata);
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(isOwned(after, settings.ownerLabel, UID)).toBe(false);
  });

  test('does not write over an object that somebody put in the place of a cached one', async () => {
    const cached = (await ensure(CONFIG_MAP, configMap('replaced', { a: '1' }))).object;
    await client.delete(CONFIG_MAP, cached.metadata);
    await client.create(CONFIG_MAP, {
      ...configMap('replaced', { a: 'theirs' }),
      metadata: { name: 'replaced', namespace: 'default' },
    });
    await expect(ensure(CONFIG_MAP, configMap('replaced', { a: '2' }), cached)).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    const after = await client.get(CONFIG_MAP, cached.metadata);
    expect(after['data']).toEqual({ a: 'theirs' });
  });

  test('removes a foreign container, volume, environment and restart annotation from a template, and says so', async () => {
    const made = await ensure(STATEFUL_SET, statefulSet('template'));
    const edited = await client.patch(
      STATEFUL_SET,
      made.object.metadata,
      {
        spec: {
          template: {
            metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01' } },
            spec: {
              volumes: [{ name: 'extra', emptyDir: {} }],
              containers: [
                {
                  name: 'main',
                  image: 'example.dev/main:1',
                  env: [
                    { name: 'A', value: '1' },
                    { name: 'LD_PRELOAD', value: '/x' },
                  ],
                  resources: { requests: { cpu: '1', memory: '1Gi' } },
                },
                { name: 'debug', image: 'example.dev/debug:1' },
              ],
            },
          },
        },
      },
      { kind: 'merge', manager: 'kubectl-edit' },
    );
    const healed = await ensure(STATEFUL_SET, statefulSet('template'), edited);
    expect(healed.removed.toSorted()).toEqual([
      'annotation kubectl.kubernetes.io/restartedAt',
      'container debug',
      'env of main: LD_PRELOAD',
      'volume extra',
    ]);
    const containers = templateOf(healed.object).spec['containers'] as { name: string; env: unknown[] }[];
    expect(containers.map(({ name }) => name)).toEqual(['main']);
    expect(containers[0]?.env).toEqual([{ name: 'A', value: '1' }]);
    const again = await ensure(STATEFUL_SET, statefulSet('template'), healed.object);
    expect(again.applied).toBe('unchanged');
  });

  test('refuses a field the server does not know, and that is not retryable', async () => {
    const wrong = { ...configMap('strict', {}), dta: { a: '1' } };
    await expect(ensure(CONFIG_MAP, wrong)).rejects.toMatchObject({ retryable: false });
  });

  test('arrives at the same when the answer to a write was lost', async () => {
    proxy.harm(({ method }) => (method === 'PATCH' ? { kind: 'lost-answer' } : undefined));
    await expect(ensure(CONFIG_MAP, configMap('lost', { a: '1' }))).rejects.toMatchObject({
      retryable: true,
    });
    proxy.heal();
    const again = await ensure(CONFIG_MAP, configMap('lost', { a: '1' }));
    expect(again.applied).toBe('unchanged');
  });
});

describe('writing without the lease', () => {
  test('is refused before anything is sent', async () => {
    let held = true;
    const guarded = fenced(client, () => held);
    await guarded.create(CONFIG_MAP, configMap('fenced', {}));
    held = false;
    proxy.forget();
    const { metadata } = configMap('fenced', {});
    await expect(guarded.delete(CONFIG_MAP, metadata)).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(
      guarded.apply(CONFIG_MAP, configMap('fenced', {}), { manager: 'x', force: true }),
    ).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(proxy.writes()).toEqual([]);
    expect((await guarded.get(CONFIG_MAP, metadata)).metadata.name).toBe('fenced');
  });
});

describe('events', () => {
  const EVENTS: ResourceType = {
    group: 'events.k8s.io',
    version: 'v1',
    kind: 'Event',
    plural: 'events',
    namespaced: true,
  };
  const record = () => {
    const outcomes: string[] = [];
    const metrics = { event: (outcome: string) => outcomes.push(outcome) } as unknown as RuntimeMetrics;
    const recorder = makeEventRecorder({
      client,
      clock: systemClock,
      metrics,
      log: silentLog,
      controller: 'example.dev/operator',
      instance: 'operator-0',
    });
    return { recorder, outcomes };
  };
  const eventsAbout = async (name: string): Promise<readonly KubeObject[]> => {
    const { items } = await client.list(EVENTS, { namespace: 'default' });
    return items.filter((event) => (event['regarding'] as { name?: string }).name === name);
  };

  test('of the same words become one series', async () => {
    const about = await client.create(CONFIG_MAP, configMap('spoken-of', {}));
    const { recorder } = record();
    const words = { type: 'Warning', reason: 'Failed', action: 'Apply', note: 'no space left' } as const;
    recorder.record(about, words);
    recorder.record(about, words);
    recorder.record(about, words);
    recorder.record(about, { ...words, note: 'another reason' });
    await recorder.flush();
    const events = await eventsAbout('spoken-of');
    expect(events).toHaveLength(2);
    expect(
      events.map((event) => (event['series'] as { count?: number } | undefined)?.count).toSorted(),
    ).toEqual([3, undefined]);
  });

  test('are dropped and counted when one object has too many, and never fail the caller', async () => {
    const about = await client.create(CONFIG_MAP, configMap('noisy', {}));
    const { recorder, outcomes } = record();
    for (let index = 0; index < 30; index += 1) {
      recorder.record(about, { type: 'Normal', reason: 'Noise', action: 'Test', note: `number ${index}` });
    }
    proxy.harm(() => ({ kind: 'status', status: 403 }));
    await recorder.flush();
    expect(outcomes.filter((outcome) => outcome === 'dropped')).toHaveLength(5);
    expect(outcomes.filter((outcome) => outcome === 'failed').length).toBeGreaterThan(0);
  });
});
