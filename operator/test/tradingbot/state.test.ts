import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { KubeObject } from '../../src/kube/resource.ts';
import { NAMESPACE, POD, PVC, SECRET, TRADING_BOT } from '../../src/tradingbot/kinds.ts';
import { until } from '../support/connect.ts';
import { type BotUnderTest, find, type Rig, startRig } from '../support/rig.ts';

// For machines that are many times slower.
jest.setTimeout(300_000);

let rig: Rig;
let bot: BotUnderTest;

beforeAll(async () => {
  rig = await startRig({ config: { resync: 500 } });
});
afterAll(() => rig.stop());
beforeEach(() => {
  bot = rig.bot();
});

describe('the state of a bot', () => {
  test('that was halted by hand is told, and never cleared', async () => {
    await bot.start();
    bot.trade.effectiveState = 'Halted';
    await bot.says('TradingEnabled', 'False', 'StateHalted');
    expect(await bot.condition('Ready')).toMatchObject({ status: 'True' });
    expect(bot.actionsAsked()).toEqual([]);
  });

  test('Stopped takes the pods away when nothing is open, and keeps the data', async () => {
    await bot.start();
    bot.trade.openPositions = 1;
    await bot.change({ spec: { state: 'Stopped' } });
    // The processes take it from their settings file.
    bot.trade.effectiveState = 'Stopped';
    await bot.says('Stalled', 'True', 'PositionOpen', 'open positions: 1');
    expect(await bot.podUid('execution')).toBeDefined();
    bot.trade.openPositions = 0;
    await bot.becomesReady();
    await until(async () => (await podsOf(bot)).length === 0, 'no pod is left');
    const ledger = { namespace: 'default', name: `data-${bot.name}-postgres-0` };
    expect(await find(rig.client, PVC, ledger)).toBeDefined();
    bot.trade.effectiveState = 'Running';
    await bot.change({ spec: { state: 'Running' } });
    await until(async () => (await bot.podUid('execution')) !== undefined, 'execution is back');
    await bot.becomesReady();
    expect(bot.actionsAsked()).toEqual([]);
  });

  test('Stopped sells first where onStop is Flatten', async () => {
    await bot.start({ execution: { onStop: 'Flatten' } });
    bot.trade.openPositions = 2;
    await bot.change({ spec: { state: 'Stopped' } });
    await until(() => bot.actionsAsked().includes('flatten'), 'it is told to sell');
    await until(async () => (await podsOf(bot)).length === 0, 'no pod is left');
    expect(bot.trade.openPositions).toBe(0);
  });
});

const podsOf = async ({ name }: BotUnderTest): Promise<readonly KubeObject[]> => {
  const labelSelector = `trading.claire.dev/bot=${name}`;
  const { items } = await rig.client.list(POD, { namespace: 'default', labelSelector });
  // The pod of a Job that is done stays.
  return items.filter(({ status }) => (status as { readonly phase?: string }).phase !== 'Succeeded');
};

describe('a live bot', () => {
  const exchangeOf = ({ name }: BotUnderTest, account: string) => ({
    venue: 'mexc',
    account,
    credentialsSecretRef: { name: `${name}-keys` },
  });
  const live = (one: BotUnderTest, account = 'main') => ({
    mode: 'live',
    live: { confirm: `${one.name}@${account}` },
    exchange: exchangeOf(one, account),
  });
  const label = (type: typeof SECRET, ref: object, labels: Record<string, string>) =>
    rig.client.patch(type, ref as { name: string }, { metadata: { labels } }, { kind: 'merge' });
  const makeKeys = ({ name }: BotUnderTest): Promise<KubeObject> =>
    rig.client.create(SECRET, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'default', name: `${name}-keys` },
      stringData: { MEXC_API_KEY: 'k', MEXC_API_SECRET: 's' },
    });

  async function openGates(one: BotUnderTest): Promise<void> {
    await label(NAMESPACE, { name: 'default' }, { 'trading.claire.dev/live': 'allowed' });
    await makeKeys(one);
    await label(SECRET, one.ref('-keys'), { 'trading.claire.dev/credentials-for': one.name });
  }

  test('trades only where all gates are open, and no other one trades its account meanwhile', async () => {
    await bot.create(live(bot));
    await bot.says('Stalled', 'True', 'LiveNotAllowed', `${bot.name}-keys is not there`);
    expect(await bot.set('execution')).toBeUndefined();
    await label(NAMESPACE, { name: 'default' }, { 'trading.claire.dev/live': 'allowed' });
    await makeKeys(bot);
    await bot.says('Stalled', 'True', 'CredentialsMissing', 'may not be used by this bot');
    const ours = { 'trading.claire.dev/credentials-for': bot.name };
    await label(SECRET, bot.ref('-keys'), ours);
    await bot.becomesReady();

    const other = rig.bot();
    await makeKeys(other);
    await label(SECRET, other.ref('-keys'), { 'trading.claire.dev/credentials-for': other.name });
    await other.create(live(other));
    await other.says('Stalled', 'True', 'AccountClaimed', `default/${bot.name}`);
    expect(await other.set('execution')).toBeUndefined();

    // What runs is not taken away when its keys are, and a halt goes out whatever is paused.
    await rig.client.delete(SECRET, bot.ref('-keys'));
    await bot.says('Stalled', 'True', 'CredentialsMissing');
    expect(await bot.podUid('execution')).toBeDefined();
    await bot.annotate('reconcile', 'paused');
    await bot.says('Paused', 'True');
    await bot.change({ spec: { state: 'Halted' } });
    await until(() => bot.actionsAsked().includes('halt'), 'the halt goes out');
    await bot.annotate('reconcile', null);
    await bot.delete();
    await bot.isGone();
    await other.becomesReady();
    expect(await other.get(TRADING_BOT)).toBeDefined();
  });

  test('is not redirected while it runs, nor given a Secret that is not for it', async () => {
    await openGates(bot);
    await bot.start(live(bot, 'second'));
    const before = await bot.set('execution');
    await bot.change({ spec: { exchange: { endpoints: { rest: 'https://elsewhere.example' } } } });
    await bot.says('Stalled', 'True', 'OverrideRefused', 'spec.exchange.endpoints');
    await bot.change({
      spec: { exchange: { endpoints: null, credentialsSecretRef: { name: 'of-another' } } },
    });
    await bot.says('Stalled', 'True', 'CredentialsMissing', 'of-another');
    expect((await bot.set('execution'))?.['spec']).toEqual(before?.['spec']);
    await bot.change({ spec: { exchange: { credentialsSecretRef: { name: `${bot.name}-keys` } } } });
    await bot.becomesReady();
    expect((await bot.set('execution'))?.['spec']).toEqual(before?.['spec']);
  });

  test('was on paper before, and passes the same gates', async () => {
    await bot.start({ exchange: { venue: 'mexc', account: 'third' } });
    const before = await bot.set('execution');
    await bot.change({ spec: live(bot, 'third') });
    await bot.says('Stalled', 'True', 'CredentialsMissing', `${bot.name}-keys is not there`);
    expect((await bot.set('execution'))?.['spec']).toEqual(before?.['spec']);
    await openGates(bot);
    await until(async () => {
      const spec = JSON.stringify((await bot.set('execution'))?.['spec']);
      return spec.includes(`${bot.name}-keys`);
    }, 'execution follows');
  });
});
