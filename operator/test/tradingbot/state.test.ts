import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
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

describe('the state of a bot', () => {
  test('that was halted by hand is told, and never cleared', async () => {
    await bot.start();
    bot.trade.effectiveState = 'Halted';
    await bot.says('TradingEnabled', 'False', 'StateHalted');
    expect(await bot.condition('Ready')).toMatchObject({ status: 'True' });
    expect(bot.actionsAsked()).toEqual([]);
  });
});
