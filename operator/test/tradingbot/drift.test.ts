import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { KubeObject, ResourceType } from '../../src/kube/resource.ts';
import {
  CONFIG_MAP,
  EVENT,
  NETWORK_POLICY,
  PDB,
  SERVICE,
  STATEFUL_SET,
  WATCHED,
} from '../../src/tradingbot/kinds.ts';
import { until } from '../support/connect.ts';
import { reconciles, type RunningOperator } from '../support/operator.ts';
import { type BotUnderTest, type Rig, startRig } from '../support/rig.ts';

// For machines that are many times slower.
jest.setTimeout(300_000);

let rig: Rig;
let bot: BotUnderTest;

beforeAll(async () => {
  rig = await startRig({ config: { leaderElect: true, resync: 300 } });
});
afterAll(() => rig.stop());
beforeEach(() => {
  bot = rig.bot();
});

const replicasOf = (set: KubeObject | undefined): unknown =>
  (set?.['spec'] as { readonly replicas?: number } | undefined)?.replicas;
const restartedAt = (set: KubeObject | undefined): string | undefined =>
  (set?.['spec'] as { template: { metadata: { annotations?: Record<string, string> } } } | undefined)
    ?.template.metadata.annotations?.['kubectl.kubernetes.io/restartedAt'];
const ownersOf = (object: KubeObject | undefined): readonly string[] =>
  (object?.metadata.ownerReferences ?? []).map(({ uid }) => uid);
const notTheLease = (): readonly string[] =>
  rig.proxy
    .writes()
    .filter(({ path }) => !path.includes('/leases/'))
    .map(({ method, path }) => `${method} ${path}`);
/** Until each operator has looked at its bots many times over. */
async function quietPeriod(operators: readonly RunningOperator[]): Promise<void> {
  const before = await Promise.all(operators.map(reconciles));
  await until(async () => {
    const after = await Promise.all(operators.map(reconciles));
    return after.every((count, index) => count >= (before[index] ?? 0) + 20);
  }, 'every operator has looked twenty times');
}

describe('what somebody else changes', () => {
  test('is put back where the operator owns it, stays where it does not, and is told of', async () => {
    await bot.start();
    await rig.client.patch(
      STATEFUL_SET,
      bot.ref('-risk'),
      {
        metadata: { labels: { theirs: 'stays' }, annotations: { 'their.dev/note': 'stays' } },
        spec: {
          replicas: 0,
          template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01' } } },
        },
      },
      { kind: 'merge', manager: 'kubectl-rollout' },
    );
    await until(async () => {
      const set = await bot.set('risk');
      return replicasOf(set) === 1 && restartedAt(set) === undefined;
    }, 'replicas and template are put back');
    const { metadata } = (await bot.set('risk')) as KubeObject;
    expect(metadata.labels?.['theirs']).toBe('stays');
    expect(metadata.annotations?.['their.dev/note']).toBe('stays');
    await until(async () => {
      const { items } = await rig.client.list(EVENT, { namespace: 'default' });
      return items.some(
        (event) =>
          event['reason'] === 'DriftUndone' &&
          (event['regarding'] as { readonly name?: string }).name === bot.name &&
          String(event['note']).includes('restartedAt'),
      );
    }, 'an event tells of it');
  });

  test('is made again when it was deleted', async () => {
    await bot.start();
    const deleted: readonly (readonly [ResourceType, string])[] = [
      [SERVICE, '-redis'],
      [CONFIG_MAP, '-risk-hot'],
      [STATEFUL_SET, '-signal'],
      ...(await Promise.all([NETWORK_POLICY, PDB].map(async (type) => [type, await anyOf(type)] as const))),
    ];
    const before = await Promise.all(deleted.map(([type, suffix]) => bot.get(type, suffix)));
    await Promise.all(deleted.map(([type, suffix]) => rig.client.delete(type, bot.ref(suffix))));
    for (const [index, [type, suffix]] of deleted.entries()) {
      const old = before[index]?.metadata.uid;
      expect(old).toBeDefined();
      await until(async () => {
        const uid = (await bot.get(type, suffix))?.metadata.uid;
        return uid !== undefined && uid !== old;
      }, `${type.kind} ${suffix} is made again`);
    }
    await bot.becomesReady();
  });

  test('hangs on a new anchor when the anchor was deleted', async () => {
    await bot.start();
    const old = (await bot.get(CONFIG_MAP, '-anchor'))?.metadata.uid ?? '';
    expect(ownersOf(await bot.set('execution'))).toEqual([old]);
    await rig.client.delete(CONFIG_MAP, bot.ref('-anchor'));
    await until(async () => {
      const anchor = await bot.get(CONFIG_MAP, '-anchor');
      const owners = ownersOf(await bot.set('execution'));
      return anchor !== undefined && anchor.metadata.uid !== old && owners.join() === anchor.metadata.uid;
    }, 'execution hangs on the new anchor');
  });

  /** Suffix of the first object of a kind that the bot has. */
  async function anyOf(type: ResourceType): Promise<string> {
    const { items } = await rig.client.list(type, {
      namespace: 'default',
      labelSelector: `trading.claire.dev/bot=${bot.name}`,
    });
    return items[0]?.metadata.name.slice(bot.name.length) ?? '-none';
  }
});

describe('a quiet operator', () => {
  test('writes nothing but its Lease, however often it looks', async () => {
    await bot.start();
    await quietPeriod([rig.first]);
    rig.proxy.forget();
    await quietPeriod([rig.first]);
    await until(() => rig.proxy.writes().some(({ path }) => path.includes('/leases/')), 'a renewal is seen');
    expect(notTheLease()).toEqual([]);
  });

  const unelected = (): Promise<RunningOperator> =>
    rig.operator({ config: { leaderElect: false, resync: 300 } });

  /** Both make the same bots; then both are quiet, and neither has undone what the other did. */
  async function actSideBySide(operators: readonly RunningOperator[]): Promise<void> {
    const more = [rig.bot(), rig.bot(), rig.bot()];
    await Promise.all(more.map((one) => one.create()));
    await Promise.all(more.map((one) => one.becomesReady()));
    await quietPeriod(operators);
    rig.proxy.forget();
    await quietPeriod(operators);
    expect(notTheLease()).toEqual([]);
    for (const type of WATCHED) {
      const { items } = await rig.client.list(type, {
        namespace: 'default',
        labelSelector: `trading.claire.dev/bot in (${more.map(({ name }) => name).join(',')})`,
      });
      // Both may have made it at the same moment; more would mean that one undid what the other did. Only the disruption
      // budget says what each has seen of the exposure: who has not asked yet takes it for unknown, which is stricter.
      if (type.kind === 'PodDisruptionBudget') continue;
      const rewritten = items.filter(({ metadata }) => (metadata.generation ?? 1) > 2);
      expect(rewritten.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([]);
    }
  }

  test('is not disturbed by another one that acts without being elected', async () => {
    const second = await unelected();
    await actSideBySide([rig.first, second]);
    await second.stop();
  });

  test('is not disturbed by another one where neither is elected', async () => {
    await rig.first.stop();
    const both = [await unelected(), await unelected()];
    await actSideBySide(both);
    await Promise.all(both.map((one) => one.stop()));
  });
});
