import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RedisBus } from '../../src/adapters/redis/redis-bus.ts';
import type { AlertEvent } from '../../src/events/event.ts';
import { NOTIFIER_GROUP } from '../../src/ports/bus.ts';
import { type TestRedis, startRedis } from '../support/redis.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { alert, gate, until } from './bus-contract.ts';
import { type BusOptions, connectBus, freshKeys } from './redis-fixture.ts';

const alerts = (count: number, from = 1): AlertEvent[] =>
  Array.from({ length: count }, (_, i) => alert(from + i));
const ids = (events: readonly AlertEvent[]): string[] => events.map((event) => event.eventId);

describe('the Redis bus when things break', () => {
  let redis: TestRedis;
  let proxy: TcpProxy | undefined;
  const buses: RedisBus[] = [];

  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
    await proxy?.close();
    proxy = undefined;
    await redis.stop();
  });

  const connect = async (options: Partial<BusOptions> = {}): Promise<RedisBus> => {
    const bus = await connectBus({ port: redis.port, ...options });
    buses.push(bus);
    return bus;
  };

  /** Collects what comes, once each, and what is told of losses. */
  const listen = async (bus: RedisBus, group = 'a') => {
    const seen: AlertEvent[] = [];
    const losses: string[] = [];
    const subscription = await bus.subscribe({
      stream: 'alerts',
      group,
      handle: (event) => {
        if (!ids(seen).includes(event.eventId)) seen.push(event);
        return Promise.resolve();
      },
      onLost: (reason) => {
        losses.push(reason);
        return Promise.resolve();
      },
    });
    return { seen, losses, subscription };
  };

  it('loses nothing unconsumed when the server is restarted, and tells consumers that it was', async () => {
    const keys = freshKeys();
    const bus = await connect({ keys });
    const first = await listen(bus);
    await bus.publish('alerts', alerts(2));
    await until(() => first.seen.length === 2);
    await first.subscription.stop();
    await bus.publish('alerts', alerts(3, 3));
    await redis.restart();
    const second = await listen(bus);
    await until(() => second.seen.length === 3);
    expect(ids(second.seen)).toEqual(ids(alerts(3, 3)));
    await redis.restart();
    await bus.publish('alerts', [alert(6)]);
    await until(() => second.seen.length === 4);
    expect(second.losses.at(-1)).toContain('server was started again');
  });

  it('goes on after the server was killed, and publishes what it could not while it was away', async () => {
    const bus = await connect();
    const { seen, losses } = await listen(bus);
    await bus.publish('alerts', alerts(2));
    await until(() => seen.length === 2);
    await redis.kill();
    const publishing = Promise.all([
      bus.publish('alerts', alerts(2, 3)),
      bus.publish('alerts', alerts(2, 5)),
    ]);
    await until(async () => (await bus.health()).connectedSince === undefined);
    await redis.start();
    await publishing;
    await until(() => seen.length === 6);
    expect(ids(seen)).toEqual(ids(alerts(6)));
    expect(losses.length).toBeGreaterThan(0);
  });

  it('tells of a FLUSHALL and goes on', async () => {
    const bus = await connect();
    const { seen, losses } = await listen(bus);
    await bus.publish('alerts', alerts(2));
    await until(() => seen.length === 2);
    await redis.client.flushall();
    await until(() => losses.length > 0);
    await bus.publish('alerts', alerts(2, 3));
    await until(() => seen.length === 4);
    expect(ids(seen)).toEqual(ids(alerts(4)));
    expect(losses[0]).toContain('deleted');
    expect((await bus.health()).losses).toBe(losses.length);
  });

  it('lets a publisher that waited for room go on when the stream is emptied', async () => {
    const bus = await connect({ settings: { capacity: 2 } });
    const held = gate();
    let isInHand = false;
    const seen: string[] = [];
    await bus.subscribe({
      stream: 'alerts',
      group: 'slow',
      handle: async (event) => {
        isInHand = true;
        await held.opened;
        seen.push(event.eventId);
      },
    });
    const publishing = bus.publish('alerts', alerts(6));
    // The reader must not make the group again before the publisher found it gone.
    await until(async () => isInHand && (await bus.health()).waiting === 4);
    await redis.client.flushall();
    await publishing;
    held.open();
    await until(() => seen.includes('event-6'));
  });

  it('never lets a bystander hold publishers up, which finds what it left', async () => {
    const bus = await connect({ settings: { capacity: 2 } });
    const prompt = await listen(bus);
    const held = gate();
    const told: string[] = [];
    const seen: string[] = [];
    await bus.subscribe({
      stream: 'alerts',
      group: NOTIFIER_GROUP,
      handle: async (event) => {
        await held.opened;
        seen.push(event.eventId);
      },
      onLost: (reason) => {
        told.push(reason);
        return Promise.resolve();
      },
    });
    for (let n = 1; n <= 6; n += 1) await bus.publish('alerts', [alert(n)]);
    await until(() => prompt.seen.length === 6);
    held.open();
    await until(() => seen.length === 6);
    expect(seen).toEqual(ids(alerts(6)));
    expect(told).toEqual([]);
  });

  it('makes a group that was destroyed again, tells of it, and misses nothing that is still there', async () => {
    const keys = freshKeys();
    const bus = await connect({ keys });
    const { seen, losses } = await listen(bus);
    await bus.publish('alerts', [alert(1)]);
    await until(() => seen.length === 1);
    await redis.client.xgroup('DESTROY', keys.stream('alerts'), 'a');
    await bus.publish('alerts', alerts(2, 2));
    await until(() => seen.length === 3 && losses.length > 0);
    expect(losses[0]).toContain('its group was deleted');
  });

  it('delivers each event in order when its connections are cut again and again', async () => {
    proxy = await startTcpProxy(redis.port);
    const { port } = proxy;
    const bus = await connect({ port });
    const { seen, losses } = await listen(bus);
    for (let round = 0; round < 10; round += 1) {
      const publishing = bus.publish('alerts', alerts(20, round * 20 + 1));
      await new Promise((resolve) => setImmediate(resolve));
      proxy.cut();
      await publishing;
    }
    await until(() => seen.length === 200);
    expect(ids(seen)).toEqual(ids(alerts(200)));
    expect(losses).toEqual([]);
  });

  it('notices a half-open connection, and what was delivered to it', async () => {
    proxy = await startTcpProxy(redis.port);
    const bus = await connect({ port: proxy.port, settings: { commandTimeout: 300 } });
    const { seen, losses } = await listen(bus);
    await bus.publish('alerts', [alert(1)]);
    await until(() => seen.length === 1);
    proxy.halfOpen();
    const publishing = bus.publish('alerts', alerts(3, 2));
    // Whoever asks for its health meanwhile must not hide that nothing is answered.
    await until(() => bus.health().then(() => seen.length === 4));
    await publishing;
    expect(ids(seen)).toEqual(ids(alerts(4)));
    expect(losses).toEqual([]);
  });

  it('waits for a server that does not answer', async () => {
    const bus = await connect({ settings: { commandTimeout: 300 } });
    const { seen } = await listen(bus);
    redis.freeze();
    const publishing = bus.publish('alerts', alerts(2));
    await until(async () => (await bus.health()).connectedSince === undefined);
    redis.resume();
    await publishing;
    await until(() => seen.length === 2);
  });

  it('tells of entries that were trimmed before they were read', async () => {
    const keys = freshKeys();
    const bus = await connect({ keys });
    const held = gate();
    const seen: string[] = [];
    const losses: string[] = [];
    await bus.subscribe({
      stream: 'alerts',
      group: 'slow',
      handle: async (event) => {
        if (event.eventId === 'event-1') await held.opened;
        seen.push(event.eventId);
      },
      onLost: (reason) => {
        losses.push(`${reason}, after ${seen.at(-1)}`);
        return Promise.resolve();
      },
    });
    await bus.publish('alerts', [alert(1)]);
    await until(async () => (await bus.health()).groups[0]?.pending === 1);
    for (const event of alerts(3, 2)) await bus.publish('alerts', [event]);
    await redis.client.xtrim(keys.stream('alerts'), 'MAXLEN', '=', 1);
    held.open();
    await until(() => seen.includes('event-4'));
    expect(seen).toEqual(['event-1', 'event-4']);
    expect(losses[0]).toContain('after event-1');
  });

  it('tells of entries that were trimmed while nobody read', async () => {
    const keys = freshKeys();
    const bus = await connect({ keys });
    const first = await listen(bus);
    await first.subscription.stop();
    for (const event of alerts(4)) await bus.publish('alerts', [event]);
    await redis.client.xtrim(keys.stream('alerts'), 'MAXLEN', '=', 1);
    const second = await listen(bus);
    await until(() => second.seen.length === 1);
    expect(second.losses).toEqual([expect.stringContaining('3 entries')]);
  });

  it('takes over at once what another process had in hand when it died', async () => {
    const keys = freshKeys();
    const dying = await connect({ keys });
    const held = gate();
    let started = false;
    await dying.subscribe({
      stream: 'alerts',
      group: 'a',
      handle: async () => {
        started = true;
        await held.opened;
        throw new Error('died');
      },
    });
    const publisher = await connect({ keys });
    await publisher.publish('alerts', alerts(3));
    await until(() => started);
    const { seen } = await listen(await connect({ keys }));
    await until(() => seen.length === 3);
    expect(ids(seen)).toEqual(ids(alerts(3)));
    held.open();
  });

  it('takes over what a consumer of another name left', async () => {
    const keys = freshKeys();
    const key = keys.stream('alerts');
    const bus = await connect({ keys, settings: { claimAfter: 50 } });
    const first = await listen(bus);
    await first.subscription.stop();
    await bus.publish('alerts', [alert(1)]);
    await redis.client.xreadgroup('GROUP', 'a', 'gone', 'STREAMS', key, '>');
    await until(async () => {
      const [entry] = (await redis.client.xpending(key, 'a', '-', '+', 1)) as [
        string,
        string,
        number,
        number,
      ][];
      return (entry?.[2] ?? 0) > 50;
    });
    const second = await listen(bus);
    await until(() => second.seen.length === 1);
  });

  it('gives an entry up that ended its consumer again and again', async () => {
    const keys = freshKeys();
    const key = keys.stream('alerts');
    const bus = await connect({ keys });
    const first = await listen(bus);
    await first.subscription.stop();
    await bus.publish('alerts', [alert(1)]);
    await redis.client.xreadgroup('GROUP', 'a', 'main', 'STREAMS', key, '>');
    for (let i = 0; i < 12; i += 1) await redis.client.xreadgroup('GROUP', 'a', 'main', 'STREAMS', key, '0');
    const second = await listen(bus);
    await until(async () => (await bus.deadLetters('alerts')).length === 1);
    const [letter] = await bus.deadLetters('alerts');
    expect(letter).toMatchObject({
      eventId: 'event-1',
      reason: expect.stringContaining('its consumer ended'),
    });
    await until(() => second.losses.length === 1);
    expect(second.seen).toEqual([]);
  });

  it('puts what is no event of ours into the dead letters and goes on', async () => {
    const keys = freshKeys();
    const bus = await connect({ keys });
    const { seen } = await listen(bus);
    await redis.client.xadd(keys.stream('alerts'), '*', 'e', '{"eventId":"strange"}\nnot JSON');
    await redis.client.xadd(keys.stream('alerts'), '*', 'hello', 'world');
    await bus.publish('alerts', [alert(1)]);
    await until(() => seen.length === 1);
    const letters = await bus.deadLetters('alerts');
    expect(letters).toHaveLength(3);
    expect(letters[0]).toMatchObject({ eventId: 'strange', group: 'a', payload: '{"eventId":"strange"}' });
    expect(letters[1]).toMatchObject({ payload: 'not JSON', reason: expect.stringContaining('not JSON') });
    expect(letters[2]).toMatchObject({ payload: '["hello","world"]' });
  });

  it('removes what every group has consumed, and nothing else', async () => {
    const keys = freshKeys();
    const key = keys.stream('alerts');
    const bus = await connect({ keys });
    const quick = await listen(bus, 'quick');
    const slow = await listen(bus, 'slow');
    await slow.subscription.stop();
    for (const event of alerts(300)) await bus.publish('alerts', [event]);
    await until(() => quick.seen.length === 300);
    expect(await redis.client.xlen(key)).toBe(300);
    const again = await listen(bus, 'slow');
    await until(() => again.seen.length === 300);
    await until(async () => (await redis.client.xlen(key)) <= 100);
    expect([...quick.losses, ...again.losses]).toEqual([]);
  });

  it('does not take events that a full server refuses, and goes on when there is room', async () => {
    const bus = await connect();
    const { seen } = await listen(bus);
    await redis.client.config('SET', 'maxmemory', '1');
    const publishing = bus.publish('alerts', [alert(1)]);
    await until(async () => (await bus.health()).waiting === 1);
    await redis.client.config('SET', 'maxmemory', '0');
    await publishing;
    await until(() => seen.length === 1);
  });
});
