import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { PVC, SECRET } from '../../src/tradingbot/kinds.ts';
import { until } from '../support/connect.ts';
import { RealBot, type Servers, startServers } from '../support/real-bot.ts';
import { type BotUnderTest, type Rig, startRig } from '../support/rig.ts';

// For machines that are many times slower.
jest.setTimeout(900_000);
/** A candle closes every minute, and an entry that a busy machine is too late for is denied: the next one may be taken. */
const MARKET_PATIENCE_MS = 600_000;

let rig: Rig;
let servers: Servers;
const real = new Map<string, RealBot>();

beforeAll(async () => {
  servers = await startServers();
  rig = await startRig({
    channel: (target, call) => {
      const bot = real.get(target.bot);
      return bot ? bot.channel(target, call) : Promise.reject(new Error('it does not run yet'));
    },
  });
});
afterAll(async () => {
  await rig.stop();
  for (const bot of real.values()) await bot.stop();
  await servers.stop();
});

async function tokenOf(bot: BotUnderTest): Promise<string> {
  await until(async () => (await bot.get(SECRET, '-control')) !== undefined, 'the token is there');
  const data = (await bot.get(SECRET, '-control'))?.['data'] as { readonly token: string };
  return Buffer.from(data.token, 'base64').toString();
}

/** Largest rest of a coin that is below what the exchange takes as an order. */
const DUST = 0.1;

describe('a bot that trades at an exchange and is deleted with Flatten', () => {
  test.each(['Background', 'Foreground'] as const)(
    'is flat in the exchange’s own books before it goes (%s)',
    async (propagation) => {
      const bot = rig.bot();
      const processes = await RealBot.make(bot.name);
      real.set(bot.name, processes);
      await bot.create({ ...processes.spec, execution: { onDelete: 'Flatten' } });
      await processes.start(servers, await tokenOf(bot));
      await until(async () => ((await bot.status()).trading?.openPositions ?? 0) > 0, 'a position is open', {
        tell: async () => `
${await processes.story()}`,
        patienceMs: MARKET_PATIENCE_MS,
      });
      expect((await processes.books()).held).toBeGreaterThan(DUST);
      await bot.delete(propagation);
      await bot.isGone();
      const { held, openOrders } = await processes.books();
      expect(openOrders).toBe(0);
      expect(held).toBeLessThan(DUST);
      const volume = { namespace: 'default', name: `data-${bot.name}-postgres-0` };
      expect(await rig.client.get(PVC, volume)).toBeDefined();
      await processes.stop();
    },
  );
});
