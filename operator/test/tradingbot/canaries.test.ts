/**
 * No secret of a bot comes out of the operator: what opens a bot is generated or planted, the operator is driven through
 * the errors in which it has a secret in hand, and everything it wrote, asked, said or counted is searched.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Canary, findLeaks, type Readable } from '../../../workloads/test/support/canaries.ts';
import type { Logger } from '../../src/kube/logger.ts';
import type { KubeObject, ResourceType } from '../../src/kube/resource.ts';
import type { ControlChannel } from '../../src/tradingbot/control-client.ts';
import { EVENT, SECRET, TRADING_BOT, WATCHED } from '../../src/tradingbot/kinds.ts';
import { makeBots } from '../support/bots.ts';
import { until } from '../support/connect.ts';
import { type BotUnderTest, type Rig, startRig } from '../support/rig.ts';

// For machines that are many times slower.
jest.setTimeout(300_000);

const PLANTED = {
  mexc: { MEXC_API_KEY: 'canary-mexc-key-6ae20f5d', MEXC_API_SECRET: 'canary-mexc-secret-4f1d0c7b' },
  pager: {
    'notify-url': 'https://receiver.example/canary-path-93b7e051',
    'notify-token': 'canary-pager-token-0d95c3b1',
  },
  ledger: { username: 'owner', password: 'canary-ledger-owner-8c2d4fa6' },
} as const;
const LEASE: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

let rig: Rig;
let bot: BotUnderTest;
/** What the channel to the control API does instead of answering. */
let misbehave: ((token: string) => ReturnType<ControlChannel>) | undefined;
const canaries: Canary[] = [];
const log: string[] = [];

/** Everything that a caller gives away, without the logger's second line of defence. */
const recorder: Logger = (() => {
  const note =
    (level: string): Logger['info'] =>
    (fields, message) => {
      const shown = (_: string, value: unknown): unknown =>
        value instanceof Error
          ? { ...(value as object), text: `${value.message}${value.stack ?? ''}` }
          : value;
      log.push(`${level} ${message} ${JSON.stringify(fields, shown)}`);
    };
  const logger: Logger = {
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
    child: () => logger,
  };
  return logger;
})();

const decoded = (secret: KubeObject): readonly (readonly [string, string])[] =>
  Object.entries((secret['data'] ?? {}) as Readonly<Record<string, string>>).map(([key, value]) => [
    key,
    Buffer.from(value, 'base64').toString(),
  ]);

/** Every secret there is becomes a canary. A list of rights is none: it holds hashes. */
async function catchCanaries(): Promise<void> {
  const { items } = await rig.client.list(SECRET, { namespace: 'default' });
  for (const secret of items) {
    for (const [key, value] of decoded(secret)) {
      const name = `${key} of ${secret.metadata.name}`;
      const isNew = !canaries.some((one) => one.name === name && one.value === value);
      if (isNew && key !== 'username' && !key.endsWith('.acl')) canaries.push({ name, value });
    }
  }
}

/** All objects of the namespace, with what they say of themselves; of Secrets everything but their data. */
async function everything(): Promise<readonly Readable[]> {
  const kinds = [...WATCHED, TRADING_BOT, EVENT, LEASE];
  const lists = await Promise.all(kinds.map((kind) => rig.client.list(kind, { namespace: 'default' })));
  const secrets = await rig.client.list(SECRET, { namespace: 'default' });
  const objects = [
    ...lists.flatMap(({ items }) => items),
    ...secrets.items.map((secret) => ({ ...secret, data: Object.keys(secret['data'] ?? {}) })),
  ];
  return objects.map((object) => ({
    where: `${object.kind} ${object.metadata.name}`,
    text: JSON.stringify(object),
  }));
}

/** What the operator asked for, dry runs included. A Secret's own content goes to Secrets alone. */
const requests = (): readonly Readable[] =>
  rig.proxy.seen.map(({ method, path, query, body }) => ({
    where: `${method} ${path}`,
    text: `${path}?${query.toString()} ${path.includes('/secrets') ? '' : body}`,
  }));

beforeAll(async () => {
  const bots = makeBots(() => Date.now());
  const channel: ControlChannel = (target, call) => misbehave?.(call.token) ?? bots.channel(target, call);
  rig = await startRig({ channel, log: recorder });
  bot = rig.bot();
  for (const [name, stringData] of Object.entries(PLANTED)) {
    await rig.client.create(SECRET, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        namespace: 'default',
        name,
        labels: { 'trading.claire.dev/credentials-for': bot.name },
      },
      stringData,
    });
  }
});
afterAll(() => rig.stop());

describe('the secrets of a bot', () => {
  test('are made, kept and mounted, and the bot gets ready', async () => {
    await bot.start({
      exchange: {
        venue: 'simulator',
        credentialsSecretRef: { name: 'mexc' },
        endpoints: { rest: 'http://exchange:8080', ws: 'ws://exchange:8080/ws' },
      },
      monitoring: {
        grafana: { enabled: true },
        notify: { format: 'json', secretRef: { name: 'pager' } },
      },
    });
    await catchCanaries();
    expect(canaries.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        `token of ${bot.name}-control`,
        `owner of ${bot.name}-postgres`,
        `risk of ${bot.name}-redis`,
        'MEXC_API_SECRET of mexc',
        'notify-url of pager',
      ]),
    );
  });

  test('are not told when the control API refuses them, repeats them, or cannot be reached', async () => {
    const answers: readonly ((token: string) => ReturnType<ControlChannel>)[] = [
      (token) => Promise.resolve({ status: 401, body: `{"wrong":"Bearer ${token}"}` }),
      (token) => Promise.resolve({ status: 500, body: `not JSON: ${token}` }),
      (token) => Promise.resolve({ status: 200, body: JSON.stringify({ component: token }) }),
      () => Promise.reject(new Error('connect ECONNREFUSED')),
    ];
    for (const [index, answer] of answers.entries()) {
      let asked = 0;
      misbehave = (token) => {
        asked += 1;
        return answer(token);
      };
      await bot.change({ spec: { risk: { capital: String(10_000 + index) } } });
      await until(() => asked > 1, `the bot was asked (${index})`);
    }
    misbehave = undefined;
    await bot.becomesReady();
  });

  test('are not told when the API server fails while they are written', async () => {
    const second = rig.bot();
    let failed = 0;
    rig.proxy.harm(({ method, path }) => {
      if (method === 'GET' || !path.includes('/secrets') || failed >= 4) return undefined;
      failed += 1;
      return failed % 2 === 0 ? { kind: 'lost-answer' } : { kind: 'status', status: 500 };
    });
    const external = { host: 'db.example', credentialsSecretRef: { name: 'ledger' } };
    await second.create({ storage: { postgres: { external } } });
    await until(() => failed >= 4, 'writing a Secret failed');
    rig.proxy.heal();
    await second.becomesReady();
    await catchCanaries();
  });

  test('are not told when one is gone, or the spec is refused', async () => {
    await rig.client.delete(SECRET, bot.ref('-postgres'));
    await bot.annotate('note', 'look again');
    await bot.says('Stalled', 'True');
    await expect(bot.change({ spec: { mode: PLANTED.pager['notify-token'] } })).rejects.toThrow();
  });

  test('are nowhere but in Secrets: not in objects, statuses, events, requests, logs or metrics', async () => {
    const readable: readonly Readable[] = [
      ...(await everything()),
      ...requests(),
      { where: 'log', text: log.join('\n') },
      { where: 'metrics', text: await rig.first.operator.registry.metrics() },
    ];
    expect(log.length).toBeGreaterThan(5);
    expect(readable.filter(({ where }) => where.startsWith('Event ')).length).toBeGreaterThan(0);
    expect(readable.filter(({ where }) => where.startsWith('PATCH ')).length).toBeGreaterThan(20);
    // What was sent is searched, not only where to.
    expect(requests().some(({ text }) => text.includes('"kind":"StatefulSet"'))).toBe(true);
    expect(canaries.filter(({ value }) => value.length < 16)).toEqual([]);
    expect(findLeaks(canaries, readable)).toEqual([]);
  });

  test('would be found if one came out', async () => {
    const token = canaries.find(({ name }) => name.startsWith('token of '))!;
    await rig.client.create(
      WATCHED.find(({ kind }) => kind === 'ConfigMap')!,
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: 'default', name: 'planted' },
        data: { 'config.json': `{"header":"Bearer ${token.value}"}` },
      },
    );
    const found = findLeaks(canaries, await everything());
    expect(found).toContainEqual({ canary: token.name, where: 'ConfigMap planted', form: 'plain' });
    expect(new Set(found.map(({ where }) => where))).toEqual(new Set(['ConfigMap planted']));
  });
});
