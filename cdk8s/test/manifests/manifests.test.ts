/** What must hold of the objects of every bot. */
import { describe, expect, it } from '@jest/globals';
import { parseProcessSettings, PROCESSES } from '@claire/workloads/contract';
import { type KubeObject, secretContent, secretPlans, synthesize } from '../../src/index.ts';
import { change, type Changes, fullBot, type Json, leastBot } from '../support/bots.ts';
import { CLUSTER_EXAMPLES, inputFor, parsed, readExample } from '../support/examples.ts';
import { mountedSecrets, podTemplates } from '../support/pods.ts';

const SIMULATOR: Changes = {
  'exchange.venue': 'simulator',
  'exchange.endpoints': { rest: 'http://exchange:8080', ws: 'ws://exchange:8080/ws' },
};
const objectsOf = (bot: Json, more = {}): readonly KubeObject[] =>
  synthesize(inputFor(parsed(bot), more)).map(({ manifest }) => manifest);
const names = (objects: readonly KubeObject[]): readonly string[] =>
  objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
const configText = (objects: readonly KubeObject[], kind: RegExp, key: string): string => {
  const found = objects.find((object) => object.kind === 'ConfigMap' && kind.test(object.metadata.name));
  return (found?.['data'] as Readonly<Record<string, string>> | undefined)?.[key] ?? '';
};

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

describe('the objects of a bot', () => {
  it('are the same for the same input', () => {
    expect(objectsOf(fullBot)).toEqual(objectsOf(fullBot));
  });

  it.each(CLUSTER_EXAMPLES)(
    'keep every pod of %s restricted, probed, bounded and without a token',
    async (name) => {
      const objects = synthesize(inputFor(await readExample(name))).map(({ manifest }) => manifest);
      for (const { kind, template } of podTemplates(objects)) {
        expect(template.spec).toMatchObject({
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            seccompProfile: { type: 'RuntimeDefault' },
            fsGroupChangePolicy: 'OnRootMismatch',
          },
        });
        for (const container of template.spec.containers) {
          expect(container.securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            capabilities: { drop: ['ALL'] },
          });
          expect(container.terminationMessagePolicy).toBe('FallbackToLogsOnError');
          expect(container.resources.limits).toHaveProperty('memory');
          expect(container.resources.limits).not.toHaveProperty('cpu');
          const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
          expect(probes.every((probe) => (probe !== undefined) === (kind === 'StatefulSet'))).toBe(true);
        }
      }
    },
  );

  it('give secrets as files, by name, never by subPath and never in the environment', () => {
    for (const { template } of podTemplates(objectsOf(fullBot))) {
      const secretVolumes = template.spec.volumes
        .filter(({ secret, projected }) => secret !== undefined || projected !== undefined)
        .map(({ name }) => name);
      for (const { env = [], envFrom, volumeMounts } of template.spec.containers) {
        expect(envFrom).toBeUndefined();
        expect(env.filter(({ valueFrom }) => valueFrom !== undefined)).toEqual([]);
        const mounts = volumeMounts.filter(({ name }) => secretVolumes.includes(name));
        expect(mounts.filter(({ subPath }) => subPath !== undefined)).toEqual([]);
      }
    }
  });

  it('give each pod the secrets it needs and no other', () => {
    const live = change(leastBot, {
      mode: 'live',
      live: { confirm: 'momentum@main' },
      'exchange.credentialsSecretRef': { name: 'mexc' },
    });
    const seen: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
      podTemplates(objectsOf(live)).map(({ template }) => [
        String(template.metadata.labels['trading.claire.dev/component']),
        mountedSecrets(template),
      ]),
    );
    const passwords = (user: string): readonly string[] => [
      `momentum-redis/${user} → redis-password`,
      `momentum-postgres/${user} → postgres-password`,
    ];
    expect(seen).toEqual({
      'screener-ws': passwords('screener_ws'),
      'screener-rest': passwords('screener_rest'),
      signal: passwords('signal'),
      risk: ['momentum-control/token → control-token', ...passwords('risk')],
      execution: [
        'momentum-control/token → control-token',
        ...passwords('execution'),
        'mexc/MEXC_API_KEY → exchange-api-key',
        'mexc/MEXC_API_SECRET → exchange-api-secret',
      ],
      postgres: ['momentum-postgres/owner → owner'],
      redis: ['momentum-redis/users.acl → users.acl', 'momentum-redis/reader → reader'],
      prepare: [
        'momentum-postgres/owner → password',
        ...['screener_ws', 'screener_rest', 'signal', 'risk', 'execution', 'reader'].map(
          (role) => `momentum-postgres/${role} → ${role}`,
        ),
      ],
      prometheus: [],
    });
  });

  it('tell the sender of alerts alone where to, and let its pod run without being told', () => {
    const notify = { format: 'telegram', secretRef: { name: 'pager' } };
    const templates = podTemplates(objectsOf(change(leastBot, { 'monitoring.notify': notify })));
    const mounting = templates.filter(({ template }) => JSON.stringify(template).includes('pager'));
    expect(mounting.map(({ template }) => template.metadata.labels['trading.claire.dev/component'])).toEqual([
      'screener-rest',
    ]);
    const sources = mounting[0]?.template.spec.volumes.flatMap(({ projected }) => projected?.sources ?? []);
    expect(sources?.map(({ secret }) => secret).find(({ name }) => name === 'pager')).toEqual({
      name: 'pager',
      items: ['notify-url', 'notify-token', 'notify-chat-id'].map((key) => ({ key, path: key })),
      optional: true,
    });
    const without = podTemplates(objectsOf(leastBot));
    const others = (all: typeof templates): readonly unknown[] =>
      all.filter(({ template }) => !JSON.stringify(template).includes('"screener-rest"'));
    expect(others(templates)).toEqual(others(without));
  });

  it('leave exchange keys away where no order goes to an exchange', () => {
    const keys = { 'exchange.credentialsSecretRef': { name: 'mexc' } };
    const uses = (bot: Json): boolean => JSON.stringify(objectsOf(bot)).includes('MEXC_API_KEY');
    expect(uses(change(leastBot, keys))).toBe(false);
    expect(uses(change(leastBot, { ...keys, ...SIMULATOR }))).toBe(true);
  });

  it('change nothing but hot files when a hot setting changes, and a name when a start-up setting does', () => {
    const before = objectsOf(leastBot);
    const differing = (after: readonly KubeObject[]): readonly string[] =>
      names(after.filter((object, index) => JSON.stringify(object) !== JSON.stringify(before[index])));
    expect(differing(objectsOf(change(leastBot, { 'risk.stopLoss': '1%' })))).toEqual([
      'ConfigMap/momentum-risk-hot',
    ]);
    const started = objectsOf(change(leastBot, { 'strategy.momentum.lookback': '30m' }));
    expect(names(started).filter((name) => !names(before).includes(name))).toEqual([
      matching(/^ConfigMap\/momentum-signal-[0-9a-f]{10}$/),
    ]);
  });

  it('hold settings that the processes accept', async () => {
    for (const example of CLUSTER_EXAMPLES) {
      const objects = synthesize(inputFor(await readExample(example)));
      for (const name of PROCESSES) {
        const maps = objects
          .filter(({ component, manifest }) => component === name && manifest.kind === 'ConfigMap')
          .map(({ manifest }) => (manifest['data'] as { readonly 'config.json': string })['config.json']);
        const [config = '', hot = ''] = maps;
        const files = { config: { file: 'config', text: config }, hot: { file: 'hot', text: hot } };
        expect(parseProcessSettings(name, files)).toMatchObject({ ok: true });
      }
    }
  });

  it('select pods by two labels that nothing can change', () => {
    for (const object of objectsOf(fullBot).filter(({ kind }) => kind === 'StatefulSet')) {
      const { selector } = object['spec'] as { readonly selector: { readonly matchLabels: object } };
      expect(Object.keys(selector.matchLabels).toSorted()).toEqual([
        'trading.claire.dev/bot',
        'trading.claire.dev/component',
      ]);
    }
  });

  it('let the operator alone replace protected pods, and hang on the anchor, never on the TradingBot', () => {
    const sets = synthesize(inputFor(parsed(leastBot)));
    const strategy: Readonly<Record<string, string>> = Object.fromEntries(
      sets
        .filter(({ manifest }) => manifest.kind === 'StatefulSet')
        .map(({ component, isProtected, manifest }) => {
          const { updateStrategy } = manifest['spec'] as {
            readonly updateStrategy: { readonly type: string };
          };
          expect(updateStrategy.type).toBe(isProtected ? 'OnDelete' : 'RollingUpdate');
          return [String(component), updateStrategy.type] as const;
        }),
    );
    expect(strategy).toMatchObject({ execution: 'OnDelete', postgres: 'OnDelete', signal: 'RollingUpdate' });
    for (const { manifest } of sets) {
      expect(manifest.metadata.ownerReferences).toEqual([
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          name: 'momentum-anchor',
          uid: '5b0f2b1e-0000-4000-8000-000000000002',
          blockOwnerDeletion: false,
        },
      ]);
    }
  });

  it('hold evictions back while exposed, and only then', () => {
    const budget = (exposed: boolean): unknown =>
      objectsOf(leastBot, { exposed }).find(({ kind }) => kind === 'PodDisruptionBudget')?.['spec'];
    expect(budget(true)).toMatchObject({ maxUnavailable: 0, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    expect(budget(false)).toMatchObject({ maxUnavailable: '100%' });
  });

  it('size the databases by their pods and disks', () => {
    const objects = objectsOf(
      change(leastBot, {
        'template.resources': {
          redis: { limits: { memory: '1Gi' } },
          postgres: { limits: { memory: '2Gi' } },
        },
        'monitoring.prometheus.size': '20Gi',
      }),
    );
    expect(configText(objects, /-redis-/, 'redis.conf')).toContain(
      'maxmemory 512mb\nmaxmemory-policy noeviction',
    );
    const text = JSON.stringify(objects);
    expect(text).toContain('shared_buffers=512MB');
    expect(text).toContain(`--storage.tsdb.retention.size=${20 * 1024 * 0.8}MB`);
  });

  it('leave out what the spec leaves out, and turn to external servers with verified TLS', () => {
    const external = {
      'storage.postgres.external': {
        host: 'db.example',
        credentialsSecretRef: { name: 'db' },
        caSecretRef: { name: 'ca' },
      },
      'storage.redis.external': { host: 'redis.example', credentialsSecretRef: { name: 'redis' } },
      'monitoring.prometheus.enabled': false,
    };
    const objects = objectsOf(change(leastBot, external));
    const sets = names(objects).filter((name) => name.startsWith('StatefulSet/'));
    expect(sets).toEqual(
      ['ws', 'rest', 'signal', 'risk', 'execution'].map((name) => `StatefulSet/momentum-${name}`),
    );
    const config = JSON.parse(configText(objects, /-risk-[0-9a-f]{10}$/, 'config.json')) as object;
    expect(config).toMatchObject({
      postgres: {
        host: 'db.example',
        user: 'momentum_risk',
        tls: { caFile: '/etc/claire/tls/postgres/ca.crt' },
      },
      redis: { host: 'redis.example', user: 'momentum_risk', tls: {} },
    });
    expect(names(objects).filter((name) => name.startsWith('Job/'))).toHaveLength(2);
    expect(JSON.stringify(objects)).toContain('sslmode=verify-full&sslrootcert=');
  });

  it('refuse what cannot run in a cluster, and a template nobody here knows', () => {
    expect(() => objectsOf(change(leastBot, { 'exchange.venue': 'replay' }))).toThrow(
      'must be mexc or simulator',
    );
    expect(() => objectsOf(leastBot, { templateRevision: 99 })).toThrow('revision 99 is not known here');
  });
});

describe('the Secrets of a bot', () => {
  it('keep what is there, make what is missing, and derive the rights of Redis anew', () => {
    const { wire } = parsed(leastBot);
    const plan = secretPlans(wire).find(({ opens }) => opens === 'redis');
    if (plan === undefined) throw new Error('no Secret for Redis');
    const content = secretContent(wire.metadata, plan, { risk: 'kept-password' }, () => 'new-password');
    expect(content).toMatchObject({ risk: 'kept-password', execution: 'new-password' });
    expect(content['users.acl']).toContain('user risk on #');
    expect(content['users.acl']).not.toContain('kept-password');
  });
});
