/** The CustomResourceDefinition on a real API server, side by side with the schema and the rules in code. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LIMIT_RULES, parseTradingBot, SPEC_RULES, tradingBotStatus } from '@claire/workloads/contract';
import fc from 'fast-check';
import { CRD_NAME, tradingBotCrd } from '../../src/index.ts';
import { type AdminServer, startAdminServer } from '../support/admin-server.ts';
import { change, type Changes, fullBot, type Json, leastBot, withValue } from '../support/bots.ts';
import { fieldCases } from './field-cases.ts';
import { RULE_CASES } from './rule-cases.ts';

const BOTS = '/apis/trading.claire.dev/v1alpha1/namespaces/default/tradingbots';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface Verdict {
  readonly accepted: boolean;
  readonly message: string;
}

const inCode = (bot: Json): Verdict => {
  const parsed = parseTradingBot(bot);
  const message = parsed.ok
    ? ''
    : parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return { accepted: parsed.ok, message };
};

async function inBatches<In, Out>(
  all: readonly In[],
  size: number,
  work: (item: In) => Promise<Out>,
): Promise<readonly Out[]> {
  const done: Out[] = [];
  for (let from = 0; from < all.length; from += size) {
    done.push(...(await Promise.all(all.slice(from, from + size).map(work))));
  }
  return done;
}

describe('the CustomResourceDefinition on a real API server', () => {
  let server: AdminServer;

  const verdict = ({ status, body }: { readonly status: number; readonly body: unknown }): Verdict => ({
    accepted: status < 300,
    message: (body as { readonly message?: string }).message ?? '',
  });
  const inCluster = async (bot: Json): Promise<Verdict> =>
    verdict(await server.request('POST', `${BOTS}?dryRun=All&fieldValidation=Strict`, bot));

  /** Both must say the same; what each said is shown when they do not. */
  const compare = async (bot: Json): Promise<{ readonly code: Verdict; readonly cluster: Verdict }> => ({
    code: inCode(bot),
    cluster: await inCluster(bot),
  });

  beforeAll(async () => {
    server = await startAdminServer();
    const crd = await server.request('POST', `${CRDS}?fieldValidation=Strict`, tradingBotCrd());
    expect({ status: crd.status, warnings: crd.warnings, body: verdict(crd).message }).toEqual({
      status: 201,
      warnings: [],
      body: '',
    });
    while ((await server.request('GET', BOTS)).status !== 200) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }, 120_000);
  afterAll(() => server.stop());

  it('is structural and keeps what it was given', async () => {
    const { body } = await server.request('GET', `${CRDS}/${CRD_NAME}`);
    const { status } = body as {
      readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
    };
    expect(status.conditions.filter(({ type }) => type === 'NonStructuralSchema')).toEqual([]);
    expect(status.conditions.find(({ type }) => type === 'Established')?.status).toBe('True');
  });

  it('takes the least bot and the fullest one, and fills in the defaults that code fills in', async () => {
    for (const bot of [leastBot, fullBot]) {
      const answer = await server.request('POST', `${BOTS}?dryRun=All&fieldValidation=Strict`, bot);
      expect(verdict(answer)).toEqual({ accepted: true, message: '' });
      const parsed = parseTradingBot(bot);
      expect(parsed.ok && parsed.value.wire.spec).toEqual((answer.body as { readonly spec: unknown }).spec);
    }
  });

  it('has a case for every rule', () => {
    const covered = new Set(RULE_CASES.map(({ rule }) => rule));
    const rules = [
      ...SPEC_RULES.map(({ id }) => id),
      ...LIMIT_RULES.map(({ field }) => `risk.${field}`),
      'amounts',
    ];
    expect([...covered].toSorted()).toEqual(rules.toSorted());
  });

  it.each(RULE_CASES.map((item, index) => [`${index}: ${item.rule}`, item] as const))(
    'agrees with code on rule %s',
    async (_, { passes, fails }) => {
      const good = await compare(change(leastBot, passes));
      expect(good).toEqual({
        code: { accepted: true, message: '' },
        cluster: { accepted: true, message: '' },
      });
      const bad = await compare(change(leastBot, fails));
      expect(bad).toMatchObject({ code: { accepted: false }, cluster: { accepted: false } });
    },
  );

  it('agrees with code on values of every field', async () => {
    const judged = await inBatches(fieldCases(), 16, async ({ path, value }) => {
      const both = await compare(withValue(fullBot, path, value));
      return { path: path.join('.'), value, both };
    });
    expect(judged.filter(({ both }) => both.code.accepted !== both.cluster.accepted)).toEqual([]);
    expect(new Set(judged.map(({ both }) => both.code.accepted))).toEqual(new Set([true, false]));
  }, 300_000);

  it('agrees with code on combinations of changes', async () => {
    const pool = [...RULE_CASES.flatMap(({ passes, fails }) => [passes, fails])].flatMap((changes) =>
      Object.entries(changes),
    );
    const changes = fc
      .subarray(pool, { minLength: 1, maxLength: 6 })
      .map((entries): Changes => Object.fromEntries(entries));
    await fc.assert(
      fc.asyncProperty(changes, fc.constantFrom(leastBot, fullBot), async (some, base) => {
        const both = await compare(change(base, some));
        expect(both.cluster).toMatchObject({ accepted: both.code.accepted });
      }),
      { numRuns: 200 },
    );
  }, 120_000);

  it('refuses what the schema in code refuses: unknown fields and names too long', async () => {
    const misspelt = await compare(change(leastBot, { 'risk.stopLos': '2%' }));
    expect(misspelt).toMatchObject({ code: { accepted: false }, cluster: { accepted: false } });
    expect(misspelt.cluster.message).toContain('unknown field "spec.risk.stopLos"');
    for (const name of ['a'.repeat(41), 'a.b', '1a']) {
      const both = await compare(withValue(leastBot, ['metadata', 'name'], name));
      expect(both).toMatchObject({ code: { accepted: false }, cluster: { accepted: false } });
    }
  });

  const storage = (changes: Changes): Changes => ({ 'storage.postgres.size': '20Gi', ...changes });
  it.each<readonly [string, Changes, Changes, string | undefined]>([
    ['a volume grows', storage({}), { 'storage.postgres.size': '21Gi' }, undefined],
    ['a volume grows in another unit', storage({}), { 'storage.postgres.size': '1Ti' }, undefined],
    ['a volume shrinks', storage({}), { 'storage.postgres.size': '20479Mi' }, 'size can grow but not shrink'],
    [
      'a size above the default is taken away',
      { 'storage.redis.size': '6Gi' },
      { 'storage.redis.size': undefined },
      'size can grow but not shrink',
    ],
    ['the account changes', {}, { 'exchange.account': 'b' }, 'account cannot be changed'],
    [
      'the account is taken away',
      { 'exchange.account': 'b' },
      { exchange: undefined },
      'account cannot be changed',
    ],
    [
      'the quote changes',
      {},
      { 'universe.quote': 'USDC', 'universe.symbols': ['BTCUSDC'] },
      'quote cannot be changed',
    ],
    [
      'a storage class is added',
      {},
      { 'storage.postgres.storageClassName': 'fast' },
      'storageClassName cannot be changed',
    ],
    [
      'a storage class is taken away',
      { 'storage.postgres.storageClassName': 'fast' },
      { storage: undefined },
      'storageClassName cannot be changed',
    ],
    [
      'an external ledger is added',
      {},
      { 'storage.postgres.external': { host: 'db.example', credentialsSecretRef: { name: 'db' } } },
      'external can be neither added, removed',
    ],
    [
      'a bot goes live with its confirmation',
      {},
      { mode: 'live', live: { confirm: 'momentum@main' } },
      undefined,
    ],
    ['a bot goes live without one', {}, { mode: 'live' }, 'Live mode needs'],
  ])('when %s', async (_, before, after, refused) => {
    const created = await server.request('POST', BOTS, change(leastBot, before));
    expect(verdict(created)).toEqual({ accepted: true, message: '' });
    const { metadata } = created.body as { readonly metadata: Json };
    const wanted = withValue(change(change(leastBot, before), after), ['metadata'], metadata);
    const answer = verdict(await server.request('PUT', `${BOTS}/momentum`, wanted));
    await server.request('DELETE', `${BOTS}/momentum`);
    expect(answer).toEqual(
      refused === undefined
        ? { accepted: true, message: '' }
        : { accepted: false, message: expect.stringContaining(refused) },
    );
  });

  it('keeps status apart from spec, and selects by field', async () => {
    await server.request('POST', BOTS, withValue(leastBot, ['status'], { observedGeneration: 7 }));
    const status = tradingBotStatus.parse({
      observedGeneration: 1,
      effectiveState: 'Running',
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'AllReady',
          message: 'all parts are ready',
          lastTransitionTime: '2026-01-01T00:00:00Z',
          observedGeneration: 1,
        },
      ],
      effectiveLimits: [{ field: 'stopLoss', value: '2%', source: 'profile' }],
      components: [{ name: 'risk', ready: true, restarts: 0 }],
      trading: { openPositions: 0, workingOrders: 0, lastReconciliation: '2026-01-01T00:00:00Z' },
      inventory: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'momentum-risk', uid: 'x' }],
      pins: { templateRevision: 1, images: [{ component: 'risk', ref: 'a:1', digest: 'sha256:0' }] },
    });
    const before = await server.request('GET', `${BOTS}/momentum`);
    expect(before.body).not.toHaveProperty('status');
    const written = await server.request(
      'PATCH',
      `${BOTS}/momentum/status?fieldManager=test&fieldValidation=Strict`,
      {
        apiVersion: 'trading.claire.dev/v1alpha1',
        kind: 'TradingBot',
        metadata: { name: 'momentum', namespace: 'default' },
        status,
      },
    );
    expect(verdict(written)).toEqual({ accepted: true, message: '' });
    expect(written.body).toMatchObject({ status });
    for (const [selector, count] of [
      ['spec.mode=paper,spec.exchange.account=main', 1],
      ['spec.state=Halted', 0],
    ] as const) {
      const { body } = await server.request('GET', `${BOTS}?fieldSelector=${encodeURIComponent(selector)}`);
      expect((body as { readonly items: readonly unknown[] }).items).toHaveLength(count);
    }
    await server.request('DELETE', `${BOTS}/momentum`);
  });
});
