import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { TradingBotStatus } from '@claire/workloads/contract';
import type { KubeClient } from '../../src/kube/client.ts';
import { hasCode } from '../../src/kube/errors.ts';
import type { KubeObject, ResourceType } from '../../src/kube/resource.ts';
import { CONFIG_MAP, POD, PVC, SECRET, STATEFUL_SET, TRADING_BOT } from '../../src/tradingbot/kinds.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { type FakeBots, makeBots } from '../support/bots.ts';
import { type FakeCluster, startCluster } from '../support/cluster.ts';
import { connect, until } from '../support/connect.ts';
import { installCrd } from '../support/crd.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type RunningOperator, startOperator } from '../support/operator.ts';

// For machines that are many times slower.
jest.setTimeout(300_000);

let server: ApiServer;
let proxy: FaultProxy;
let direct: { client: KubeClient; close: () => void };
let client: KubeClient;
let cluster: FakeCluster;
let bots: FakeBots;
let operator: RunningOperator;

beforeAll(async () => {
  server = await startApiServer();
  proxy = await startFaultProxy(server);
  direct = connect(server);
  client = direct.client;
  await installCrd(client);
  cluster = startCluster(client, 'default');
  bots = makeBots(() => Date.now());
  operator = await startOperator(server, { channel: bots.channel, url: proxy.url });
});

afterAll(async () => {
  await operator.stop();
  await cluster.stop();
  direct.close();
  await proxy.close();
  await server.stop();
});

let name = '';
let number = 0;
beforeEach(() => {
  proxy.heal();
  number += 1;
  name = `bot-${number}`;
});

type Spec = Record<string, unknown>;
const specOf = (more: Spec = {}): Spec => ({
  exchange: { venue: 'mexc' },
  universe: { quote: 'USDT', symbols: ['BTCUSDT'] },
  strategy: { momentum: { threshold: '3%', lookback: '15m', interval: '1m' } },
  risk: { profile: 'balanced', capital: '10000' },
  ...more,
});
const create = (more: Spec = {}, metadata: Partial<KubeObject['metadata']> = {}): Promise<KubeObject> =>
  client.create(TRADING_BOT, {
    apiVersion: 'trading.claire.dev/v1alpha1',
    kind: 'TradingBot',
    metadata: { name, namespace: 'default', ...metadata },
    spec: specOf(more),
  });
const ref = (object = name) => ({ namespace: 'default', name: object });
const change = (body: unknown): Promise<KubeObject> =>
  client.patch(TRADING_BOT, ref(), body, { kind: 'merge' });
const get = async (type: ResourceType, object: string): Promise<KubeObject | undefined> => {
  try {
    return await client.get(type, ref(object));
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
};
const statusOf = async (): Promise<TradingBotStatus> => (await get(TRADING_BOT, name))?.['status'] ?? {};
const condition = async (type: string) => (await statusOf()).conditions?.find((one) => one.type === type);
const holds = (type: string, status: string, reason?: string) => async (): Promise<boolean> => {
  const found = await condition(type);
  return found?.status === status && (reason === undefined || found.reason === reason);
};
const becomesReady = () => until(holds('Ready', 'True'), `${name} is Ready`);
const isGone = async (): Promise<boolean> => (await get(TRADING_BOT, name)) === undefined;
const actionsAsked = (): string[] => bots.bot(name).asked.map(({ action }) => action);
/** Another operator, started anew beside the first, looks at every bot and changes nothing. */
async function restartWritesNothing(): Promise<void> {
  proxy.forget();
  const second = await startOperator(server, { channel: bots.channel, url: proxy.url });
  await until(async () => {
    const text = await second.operator.registry.metrics();
    return /controller_runtime_reconcile_total\{[^}]*result="requeue_after"\} [1-9]/.test(text);
  }, 'the second operator has looked');
  await second.stop();
  expect(proxy.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([]);
}

describe('the operator on a real API server', () => {
  test('makes every part of a bot, in order of dependency, and says so', async () => {
    await create();
    await becomesReady();
    const status = await statusOf();
    expect(status.effectiveState).toBe('Running');
    expect(status.observedGeneration).toBe(1);
    expect(status.conditions).toHaveLength(11);
    expect(status.conditions?.find(({ type }) => type === 'TradingEnabled')?.status).toBe('True');
    expect(status.effectiveLimits?.find(({ field }) => field === 'maxPosition')).toEqual({
      field: 'maxPosition',
      value: '10%',
      source: 'profile',
    });
    expect(status.components?.map((one) => one.name)).toEqual(
      expect.arrayContaining([
        'postgres',
        'redis',
        'risk',
        'execution',
        'signal',
        'screener-ws',
        'screener-rest',
      ]),
    );
    const created = async (part: string): Promise<string> =>
      (await get(STATEFUL_SET, `${name}-${part}`))?.metadata.creationTimestamp ?? '';
    const times = await Promise.all(['postgres', 'ws', 'signal', 'risk', 'execution'].map(created));
    expect(times).toEqual(times.toSorted());
    await restartWritesNothing();
  });

  test('halts a live-like demand by the control API and never clears it', async () => {
    await create();
    await becomesReady();
    bots.bot(name).effectiveState = 'Halted';
    await until(holds('TradingEnabled', 'False', 'StateHalted'), 'the halt is seen');
    expect(await condition('Ready')).toMatchObject({ status: 'True' });
    expect(actionsAsked()).toEqual([]);
  });

  test('holds an update of protected pods until the bot is flat, under a hold of entries', async () => {
    await create();
    await becomesReady();
    bots.bot(name).openPositions = 2;
    const before = (await get(POD, `${name}-risk-0`))?.metadata.uid;
    await change({ spec: { template: { nodeSelector: { disk: 'fast' } } } });
    await until(holds('UpdatePending', 'True', 'WaitingForFlat'), 'the update waits');
    expect((await condition('UpdatePending'))?.message).toContain('2 open positions');
    expect((await get(POD, `${name}-risk-0`))?.metadata.uid).toBe(before);
    bots.bot(name).reachable = false;
    await until(
      async () => (await condition('UpdatePending'))?.message.includes('unknown') === true,
      'exposure is unknown',
    );
    expect((await get(POD, `${name}-risk-0`))?.metadata.uid).toBe(before);
    Object.assign(bots.bot(name), { reachable: true, openPositions: 0 });
    await until(holds('UpdatePending', 'False'), 'the update is done');
    expect((await get(POD, `${name}-risk-0`))?.metadata.uid).not.toBe(before);
    await until(() => actionsAsked().includes('release'), 'the hold is given back');
    expect(actionsAsked().indexOf('hold')).toBeLessThan(actionsAsked().indexOf('release'));
    await becomesReady();
  });

  test('does nothing at a paused bot, and goes on when the pause is over', async () => {
    await create({}, { annotations: { 'trading.claire.dev/reconcile': 'paused' } });
    await until(holds('Paused', 'True'), 'it says that it is paused');
    expect(await get(STATEFUL_SET, `${name}-postgres`)).toBeUndefined();
    await change({ metadata: { annotations: { 'trading.claire.dev/reconcile': null } } });
    await becomesReady();
  });

  test('takes a retained volume and its credentials over only when told to', async () => {
    await create();
    await becomesReady();
    const password = (await get(SECRET, `${name}-postgres`))?.['data'];
    await client.delete(TRADING_BOT, ref());
    await until(isGone, 'the bot is gone');
    expect(await get(SECRET, `${name}-control`)).toBeUndefined();
    await create();
    await until(holds('Stalled', 'True', 'VolumeRetained'), 'it asks what to do with the volume');
    const message = (await condition('Stalled'))?.message ?? '';
    const old = /adopt-volumes-of: (\S+?),/.exec(message)?.[1];
    await change({ metadata: { annotations: { 'trading.claire.dev/adopt-volumes-of': old } } });
    await becomesReady();
    expect((await get(SECRET, `${name}-postgres`))?.['data']).toEqual(password);
  });

  test('refuses to touch an object of its name that is not its own, and says which', async () => {
    await client.create(CONFIG_MAP, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: ref(`${name}-risk-hot`),
      data: { mine: 'yes' },
    });
    await create();
    await until(holds('Ready', 'False', 'ApplyFailed'), 'it says that an object is in the way');
    expect((await condition('Ready'))?.message).toContain(`${name}-risk-hot`);
    expect((await get(CONFIG_MAP, `${name}-risk-hot`))?.['data']).toEqual({ mine: 'yes' });
  });
});

describe('deleting a bot', () => {
  test('with an open position and Hold keeps volume and credentials', async () => {
    await create();
    await becomesReady();
    bots.bot(name).openPositions = 1;
    await client.delete(TRADING_BOT, ref());
    await until(async () => {
      const bot = await get(TRADING_BOT, name);
      return !(bot?.metadata.finalizers ?? []).includes('trading.claire.dev/finalizer');
    }, 'the operator lets go');
    expect(actionsAsked()).toContain('halt');
    expect(await get(PVC, `data-${name}-postgres-0`)).toBeDefined();
    expect(await get(SECRET, `${name}-postgres`)).toBeDefined();
    expect(await get(SECRET, `${name}-control`)).toBeUndefined();
    expect(await get(STATEFUL_SET, `${name}-execution`)).toBeUndefined();
    expect(await get(CONFIG_MAP, `${name}-anchor`)).toBeUndefined();
  });

  test('with Flatten sells first and lets go when it is flat', async () => {
    await create({ execution: { onDelete: 'Flatten' } });
    await becomesReady();
    Object.assign(bots.bot(name), { openPositions: 3, workingOrders: 2 });
    await client.delete(TRADING_BOT, ref());
    await until(isGone, 'the bot is gone');
    expect(actionsAsked()).toEqual(expect.arrayContaining(['flatten']));
    expect(bots.bot(name).openPositions).toBe(0);
  });

  test('waits while nobody knows what is open, and yields to an explicit force', async () => {
    await create();
    await becomesReady();
    bots.bot(name).reachable = false;
    await client.delete(TRADING_BOT, ref());
    await until(holds('Stalled', 'True', 'ExposureUnknown'), 'it says what it does not know');
    expect(await get(STATEFUL_SET, `${name}-execution`)).toBeDefined();
    await change({ metadata: { annotations: { 'trading.claire.dev/force-delete': name } } });
    await until(isGone, 'the bot is gone');
    expect(await get(PVC, `data-${name}-postgres-0`)).toBeDefined();
  });
});
