import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CONFIG_MAP, PVC, SECRET, TRADING_BOT, WATCHED } from '../../src/tradingbot/kinds.ts';
import { FINALIZER } from '../../src/tradingbot/names.ts';
import { until } from '../support/connect.ts';
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

const LEDGER_VOLUME = (): Promise<unknown> =>
  rig.client.get(PVC, { namespace: 'default', name: `data-${bot.name}-postgres-0` });

describe('deleting a bot', () => {
  test('with an open position and Hold keeps volume and credentials', async () => {
    await bot.start();
    bot.trade.openPositions = 1;
    await bot.delete();
    await until(
      async () => !((await bot.get(TRADING_BOT))?.metadata.finalizers ?? []).includes(FINALIZER),
      'the operator lets go',
    );
    expect(bot.actionsAsked()).toContain('halt');
    expect(await LEDGER_VOLUME()).toBeDefined();
    expect(await bot.get(SECRET, '-postgres')).toBeDefined();
    expect(await bot.get(SECRET, '-control')).toBeUndefined();
    expect(await bot.set('execution')).toBeUndefined();
    expect(await bot.get(CONFIG_MAP, '-anchor')).toBeUndefined();
  });

  test('with Flatten sells first and lets go when it is flat', async () => {
    await bot.start({ execution: { onDelete: 'Flatten' } });
    Object.assign(bot.trade, { openPositions: 3, workingOrders: 2 });
    await bot.delete();
    await bot.isGone();
    expect(bot.actionsAsked()).toEqual(expect.arrayContaining(['flatten']));
    expect(bot.trade.openPositions).toBe(0);
  });

  test('waits while nobody knows what is open, and yields to an explicit force', async () => {
    await bot.start();
    bot.trade.reachable = false;
    await bot.delete();
    await bot.says('Stalled', 'True', 'ExposureUnknown');
    expect(await bot.set('execution')).toBeDefined();
    await bot.annotate('force-delete', bot.name);
    await bot.isGone();
    expect(await LEDGER_VOLUME()).toBeDefined();
  });

  test('leaves a volume that a new bot of its name takes over only when told to', async () => {
    await bot.start();
    const password = (await bot.get(SECRET, '-postgres'))?.['data'];
    await bot.delete();
    await bot.isGone();
    expect(await bot.get(SECRET, '-control')).toBeUndefined();
    await bot.create();
    await bot.says('Stalled', 'True', 'VolumeRetained');
    const message = (await bot.condition('Stalled'))?.message ?? '';
    const old = /adopt-volumes-of: (\S+?),/.exec(message)?.[1];
    await bot.annotate('adopt-volumes-of', old ?? '');
    await bot.becomesReady();
    expect((await bot.get(SECRET, '-postgres'))?.['data']).toEqual(password);
  });

  test.each(['Foreground', 'Orphan'] as const)(
    'with propagation %s keeps its pods until it is flat, and leaves nothing but the data',
    async (propagation) => {
      await bot.start({ execution: { onDelete: 'Flatten' } });
      Object.assign(bot.trade, { openPositions: 1, reachable: false });
      await bot.delete(propagation);
      await bot.says('Stalled', 'True', 'ExposureUnknown');
      expect(await bot.podUid('execution')).toBeDefined();
      bot.trade.reachable = true;
      await bot.isGone();
      expect(bot.actionsAsked()).toContain('flatten');
      const labelSelector = `trading.claire.dev/bot=${bot.name}`;
      for (const type of WATCHED) {
        const { items } = await rig.client.list(type, { namespace: 'default', labelSelector });
        const left = items.filter(({ kind }) => kind !== 'PersistentVolumeClaim');
        expect(left.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([]);
      }
      expect(await LEDGER_VOLUME()).toBeDefined();
    },
  );

  test('with CancelOrders waits until no order works, and keeps the position', async () => {
    await bot.start({ execution: { onDelete: 'CancelOrders' } });
    Object.assign(bot.trade, { openPositions: 1, workingOrders: 4 });
    await bot.delete();
    await bot.isGone();
    expect(bot.actionsAsked()).toContain('halt');
    expect(bot.trade).toMatchObject({ openPositions: 1, workingOrders: 0 });
  });
});
