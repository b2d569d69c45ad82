import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
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
