/** Every object, and every pod, of every example on a real API server in a `restricted` namespace: a warning is a failure. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KubeObject, anchorManifest, secretPlans, synthesize } from '../../src/index.ts';
import { type AdminServer, startAdminServer } from '../support/admin-server.ts';
import { change, fullBot, leastBot } from '../support/bots.ts';
import { CLUSTER_EXAMPLES, inputFor, parsed, readExample } from '../support/examples.ts';
import { podTemplates } from '../support/pods.ts';

const PLURALS: Readonly<Record<string, string>> = { NetworkPolicy: 'networkpolicies' };
const STANDARD = 'pod-security.kubernetes.io';

function pathOf({ apiVersion, kind, metadata }: KubeObject): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = PLURALS[kind] ?? `${kind.toLowerCase()}s`;
  return `${group}/namespaces/${metadata.namespace}/${plural}/${metadata.name}`;
}

describe('the objects of a bot on a real API server', () => {
  let server: AdminServer;

  const restrictedNamespace = async (name: string): Promise<void> => {
    const labels = Object.fromEntries(
      ['enforce', 'audit', 'warn'].map((mode) => [`${STANDARD}/${mode}`, 'restricted']),
    );
    await server.request('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels },
    });
  };

  beforeAll(async () => {
    server = await startAdminServer();
    await restrictedNamespace('restricted');
    await restrictedNamespace('trading');
    await server.request('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'trading' },
      value: 1_000,
    });
  }, 120_000);
  afterAll(() => server.stop());

  /** What the server says against an object or the pods made from it; nothing when all is well. */
  const complaints = async (objects: readonly KubeObject[]): Promise<readonly unknown[]> => {
    const found: unknown[] = [];
    for (const object of objects) {
      const query = 'dryRun=All&fieldValidation=Strict&fieldManager=test&force=true';
      const answer = await server.request('PATCH', `${pathOf(object)}?${query}`, object);
      if (answer.status >= 300 || answer.warnings.length > 0) {
        found.push({ object: pathOf(object), ...answer });
      }
    }
    for (const { name, namespace, template } of podTemplates(objects)) {
      const pod = { apiVersion: 'v1', kind: 'Pod', ...template, metadata: { ...template.metadata, name } };
      const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All&fieldValidation=Strict`;
      const answer = await server.request('POST', path, pod);
      if (answer.status >= 300 || answer.warnings.length > 0) found.push({ pod: name, ...answer });
    }
    return found;
  };

  it.each(CLUSTER_EXAMPLES)('takes everything of %s without a warning', async (name) => {
    const bot = await readExample(name);
    const { metadata } = bot.wire;
    const wire = { ...bot.wire, metadata: { ...metadata, namespace: 'restricted' } };
    const input = inputFor({ ...bot, wire });
    const objects = [anchorManifest(input), ...synthesize(input).map(({ manifest }) => manifest)];
    expect(objects.length).toBeGreaterThan(30);
    expect(podTemplates(objects).length).toBeGreaterThan(6);
    expect(await complaints(objects)).toEqual([]);
  });

  it('takes the fullest bot, a bot with the longest name, and one that is scaled down', async () => {
    const paper = { mode: 'paper', live: undefined } as const;
    const longest = {
      ...(leastBot as object),
      metadata: { name: `a${'b'.repeat(39)}`, namespace: 'trading' },
    };
    const inputs = [
      inputFor(
        parsed(change({ ...(fullBot as object), metadata: { name: 'full', namespace: 'trading' } }, paper)),
      ),
      inputFor(parsed(longest), { exposed: false }),
      inputFor(parsed(longest), { scaledDown: true }),
    ];
    for (const input of inputs) {
      expect(await complaints(synthesize(input).map(({ manifest }) => manifest))).toEqual([]);
    }
  });

  it('refuses a pod that is less than restricted, so that the silence above means something', async () => {
    const input = inputFor(
      parsed({ ...(leastBot as object), metadata: { name: 'm', namespace: 'trading' } }),
    );
    const set = synthesize(input).find(({ manifest }) => manifest.kind === 'StatefulSet')?.manifest;
    const spec = set?.['spec'] as { readonly template: { readonly spec: object } };
    const loose = {
      ...spec,
      template: { ...spec.template, spec: { ...spec.template.spec, hostNetwork: true } },
    };
    expect(await complaints([{ ...(set as KubeObject), spec: loose }])).toHaveLength(2);
  });

  it('names Secrets that can be made', () => {
    const { wire } = parsed(fullBot);
    expect(secretPlans(wire).map(({ name }) => name)).toEqual([
      'momentum-control',
      'momentum-postgres',
      'momentum-redis',
      'momentum-grafana',
    ]);
  });
});
