import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CONFIG_MAP } from '../../src/tradingbot/kinds.ts';
import { until } from '../support/connect.ts';
import { reconciles } from '../support/operator.ts';
import { type BotUnderTest, type Rig, startRig } from '../support/rig.ts';

// For machines that are many times slower.
jest.setTimeout(300_000);

let rig: Rig;
let bot: BotUnderTest;

beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => {
  bot = rig.bot();
});

/** Another operator, started anew beside the first, looks at every bot and changes nothing. */
async function restartWritesNothing(): Promise<void> {
  rig.proxy.forget();
  const second = await rig.operator();
  await until(async () => (await reconciles(second)) > 0, 'the second operator has looked');
  await second.stop();
  expect(rig.proxy.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([]);
}

describe('a new bot', () => {
  test('gets every part, in order of dependency, and says so', async () => {
    await bot.start();
    const status = await bot.status();
    expect(status.effectiveState).toBe('Running');
    expect(status.observedGeneration).toBe(1);
    expect(status.conditions).toHaveLength(11);
    expect(status.conditions?.find(({ type }) => type === 'TradingEnabled')?.status).toBe('True');
    expect(status.effectiveLimits?.find(({ field }) => field === 'maxPosition')).toEqual({
      field: 'maxPosition',
      value: '10%',
      source: 'profile',
    });
    expect(status.components?.map(({ name }) => name)).toEqual(
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
      (await bot.set(part))?.metadata.creationTimestamp ?? '';
    const times = await Promise.all(['postgres', 'ws', 'signal', 'risk', 'execution'].map(created));
    expect(times).toEqual(times.toSorted());
    await restartWritesNothing();
  });

  test('is left alone while it is paused, and goes on when the pause is over', async () => {
    await bot.create({}, { annotations: { 'trading.claire.dev/reconcile': 'paused' } });
    await bot.says('Paused', 'True');
    expect(await bot.set('postgres')).toBeUndefined();
    await bot.annotate('reconcile', null);
    await bot.becomesReady();
  });

  test('does not touch an object of its name that is not its own, and says which', async () => {
    await rig.client.create(CONFIG_MAP, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: bot.ref('-risk-hot'),
      data: { mine: 'yes' },
    });
    await bot.create();
    await bot.says('Ready', 'False', 'ApplyFailed', `${bot.name}-risk-hot`);
    expect((await bot.get(CONFIG_MAP, '-risk-hot'))?.['data']).toEqual({ mine: 'yes' });
  });
});
