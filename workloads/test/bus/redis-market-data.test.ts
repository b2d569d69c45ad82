import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { RedisBus } from '../../src/adapters/redis/redis-bus.ts';
import type { RedisBusSettings } from '../../src/adapters/redis/settings.ts';
import { shardOf } from '../../src/adapters/redis/shard.ts';
import { money, price, quantity } from '../../src/domain/money/amounts.ts';
import type { CandleEvent, StreamEvents, TickEvent } from '../../src/events/event.ts';
import { type TestRedis, startRedis } from '../support/redis.ts';
import { gate, until } from './bus-contract.ts';
import { connectBus } from './redis-fixture.ts';

const envelope = (id: string, at: number) => ({
  schemaVersion: 1 as const,
  eventId: id,
  eventTime: at,
  createdTime: at,
  bot: 'test',
});
const tick = (symbol: string, number: number): TickEvent => ({
  ...envelope(`${symbol}-${number}`, number),
  type: 'tick',
  symbol,
  price: price('1.5'),
});
const candle = (symbol: string, number: number): CandleEvent => ({
  ...envelope(`${symbol}-candle-${number}`, number * 60_000),
  type: 'candle',
  origin: 'live',
  candle: {
    symbol,
    interval: 60_000,
    openTime: number * 60_000,
    open: price('1'),
    high: price('1'),
    low: price('1'),
    close: price('1'),
    volume: quantity('1'),
    quoteVolume: money('1'),
  },
});

type MarketEvent = StreamEvents['market_data'];
const SYMBOLS = Array.from({ length: 12 }, (_, i) => `COIN${i}USDT`);

describe('market data on Redis', () => {
  let redis: TestRedis;
  let open: RedisBus | undefined;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    await open?.close();
    open = undefined;
  });

  const connect = async (settings: Partial<RedisBusSettings> = {}): Promise<RedisBus> => {
    open = await connectBus({ port: redis.port, settings });
    return open;
  };

  it('spreads symbols over the shards', () => {
    const shards = new Set(SYMBOLS.map((symbol) => shardOf(symbol, 4)));
    expect(shards.size).toBe(4);
    expect(shardOf('BTCUSDT', 4)).toBe(shardOf('BTCUSDT', 4));
  });

  it('keeps the order of each symbol over the shards, and never enters the handler twice at once', async () => {
    const bus = await connect({ shards: 4 });
    const seen: MarketEvent[] = [];
    let inHand = 0;
    let most = 0;
    await bus.subscribe({
      stream: 'market_data',
      group: 'signal',
      handle: async (event) => {
        inHand += 1;
        most = Math.max(most, inHand);
        await Promise.resolve();
        seen.push(event);
        inHand -= 1;
      },
    });
    const sent = Array.from({ length: 50 }, (_, i) => SYMBOLS.map((symbol) => candle(symbol, i))).flat();
    for (let i = 0; i < sent.length; i += 30) await bus.publish('market_data', sent.slice(i, i + 30));
    await until(() => seen.length === sent.length);
    expect(most).toBe(1);
    for (const symbol of SYMBOLS) {
      const of = (events: readonly MarketEvent[]) =>
        events.filter(({ eventId }) => eventId.startsWith(`${symbol}-`)).map(({ eventId }) => eventId);
      expect(of(seen)).toEqual(of(sent));
    }
  });

  it('conflates ticks to the latest of each symbol while the group is full, and lets no candle go', async () => {
    const bus = await connect({ shards: 1, capacity: 4 });
    const held = gate();
    const seen: string[] = [];
    await bus.subscribe({
      stream: 'market_data',
      group: 'slow',
      handle: async (event) => {
        await held.opened;
        seen.push(event.eventId);
      },
    });
    await bus.publish(
      'market_data',
      [1, 2, 3, 4].map((number) => candle('AUSDT', number)),
    );
    for (let number = 1; number <= 100; number += 1) {
      await bus.publish('market_data', [tick('AUSDT', number), tick('BUSDT', number)]);
    }
    let isTaken = false;
    const publishing = bus.publish('market_data', [candle('AUSDT', 5)]).then(() => {
      isTaken = true;
    });
    const { waiting, conflated } = await bus.health();
    expect({ waiting, conflated, isTaken }).toEqual({ waiting: 3, conflated: 198, isTaken: false });
    held.open();
    await publishing;
    await until(() => seen.length === 7);
    expect(seen).toEqual([
      ...[1, 2, 3, 4].map((number) => `AUSDT-candle-${number}`),
      'AUSDT-100',
      'BUSDT-100',
      'AUSDT-candle-5',
    ]);
  });

  it('drops no tick while the group keeps up', async () => {
    const bus = await connect();
    let count = 0;
    await bus.subscribe({
      stream: 'market_data',
      group: 'signal',
      handle: () => {
        count += 1;
        return Promise.resolve();
      },
    });
    for (let number = 1; number <= 500; number += 1) {
      await bus.publish(
        'market_data',
        SYMBOLS.slice(0, 4).map((symbol) => tick(symbol, number)),
      );
    }
    await until(() => count === 2_000);
    expect((await bus.health()).conflated).toBe(0);
  });

  it('shows lag, pending entries and dead letters', async () => {
    const bus = await connect({ maxDeliveries: 1 });
    const held = gate();
    await bus.subscribe({
      stream: 'signals',
      group: 'risk',
      handle: () => Promise.resolve(),
    });
    await bus.subscribe({
      stream: 'market_data',
      group: 'risk',
      handle: async () => {
        await held.opened;
        throw new Error('no');
      },
    });
    await bus.publish('market_data', [candle('AUSDT', 1)]);
    await until(async () => (await bus.health()).groups.some(({ pending }) => pending === 1));
    const { connectedSince, serverVersion, server, groups } = await bus.health();
    expect(connectedSince).toBeGreaterThan(0);
    expect(serverVersion).toMatch(/^\d+\./);
    expect(server?.usedMemory).toBeGreaterThan(0);
    expect(server).toMatchObject({ isPersisting: true });
    expect(groups.map(({ stream, group, lag }) => ({ stream, group, lag }))).toEqual([
      { stream: 'signals', group: 'risk', lag: 0 },
      { stream: 'market_data', group: 'risk', lag: 0 },
      { stream: 'market_data', group: 'risk', lag: 0 },
    ]);
    held.open();
    await until(async () => (await bus.health()).deadLetters.get('market_data') === 1);
  });
});
