/** Each trip of a breaker reaches the `alerts` stream, once. How fast is measured by `make bench`. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TripWorld } from './trip-world.ts';

const TRIPS = 15;

let world: TripWorld;
beforeAll(async () => {
  world = await TripWorld.open(false);
}, 180_000);
afterAll(() => world.close(), 60_000);

describe('a breaker that trips again and again', () => {
  it('raises one alert of each trip on the stream, with what it rests on', async () => {
    const ids = new Set<string>();
    for (let n = 0; n < TRIPS; n += 1) {
      const { alert } = await world.trip();
      ids.add(alert.eventId);
      expect(alert).toMatchObject({
        level: 'CRITICAL',
        code: 'TradingCircuitBreakerOpen',
        context: { equity: '9100', highWater: '10000', drawdown: '9%', limit: '5%' },
      });
    }
    expect(ids.size).toBe(TRIPS);
    expect(world.count).toBe(TRIPS);
  }, 240_000);
});
