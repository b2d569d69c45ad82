import { afterAll, beforeAll } from '@jest/globals';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { busContract } from './bus-contract.ts';
import { connectBus } from './redis-fixture.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

busContract('on Redis', async (settings) => {
  const bus = await connectBus({ port: redis.port, settings });
  return { bus, dispose: () => redis.client.flushall().then(() => undefined) };
});
