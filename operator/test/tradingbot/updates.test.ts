import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { KubeObject } from '../../src/kube/resource.ts';
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

const CHANGED_TEMPLATE = { spec: { template: { nodeSelector: { disk: 'fast' } } } };

describe('an update', () => {
  test('of protected pods is held until the bot is flat, under a hold of entries', async () => {
    await bot.start();
    bot.trade.openPositions = 2;
    const before = await bot.podUid('risk');
    await bot.change(CHANGED_TEMPLATE);
    await bot.says('UpdatePending', 'True', 'WaitingForFlat', 'open positions: 2');
    expect(await bot.podUid('risk')).toBe(before);
    bot.trade.reachable = false;
    await bot.says('UpdatePending', 'True', 'WaitingForFlat', 'unknown');
    expect(await bot.podUid('risk')).toBe(before);
    Object.assign(bot.trade, { reachable: true, openPositions: 0 });
    await bot.says('UpdatePending', 'False');
    expect(await bot.podUid('risk')).not.toBe(before);
    await until(() => bot.actionsAsked().includes('release'), 'the hold is given back');
    expect(bot.actionsAsked().indexOf('hold')).toBeLessThan(bot.actionsAsked().indexOf('release'));
    await bot.becomesReady();
  });
});

describe('an upgrade of the operator', () => {
  const NEXT = 'claire/workloads:of-the-next-release';
  const imageOf = async (component: string): Promise<string | undefined> => {
    const { spec } = (await bot.set(component)) as KubeObject & {
      readonly spec: {
        readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
      };
    };
    return spec.template.spec.containers[0]?.image;
  };

  test('rolls no bot: its images are pinned, shown, and move when it is asked to', async () => {
    await bot.start();
    const pins = async () => (await bot.status()).pins;
    const old = await imageOf('risk');
    await until(async () => {
      const pinned = (await pins())?.images.find(({ component }) => component === 'risk');
      return pinned?.ref === old && pinned?.digest !== undefined;
    }, 'the image of risk is pinned with its digest');
    await rig.first.stop();
    const next = await rig.operator({ images: { workloads: NEXT } });
    // It has something else to do, so that it has surely looked.
    await bot.change({ spec: { risk: { maxOrderNotional: '1234' } } });
    await bot.becomesReady();
    expect(await imageOf('risk')).toBe(old);
    await bot.annotate('release', 'next');
    await until(async () => (await pins())?.release === 'next', 'the pins have moved');
    expect(await imageOf('risk')).toBe(NEXT);
    expect((await pins())?.images.find(({ component }) => component === 'risk')).toMatchObject({ ref: NEXT });
    await next.stop();
  });
});
