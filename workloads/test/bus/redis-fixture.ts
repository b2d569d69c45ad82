import { randomUUID } from 'node:crypto';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { RedisBus } from '../../src/adapters/redis/redis-bus.ts';
import type { BusKeys, RedisBusDeps, RedisServer } from '../../src/adapters/redis/settings.ts';
import { deadLetterKey, streamKey } from '../../src/contract/index.ts';
import { SystemClock } from '../../src/process/system-clock.ts';

/** The keys of a bot's streams. */
export const keysOf = (bot: Parameters<typeof streamKey>[0]): BusKeys => ({
  stream: (stream, shard) => streamKey(bot, stream, shard),
  deadLetters: (stream) => deadLetterKey(bot, stream),
});

/** The keys of a bot that no other test has. */
export const freshKeys = (): BusKeys => keysOf({ namespace: 'test', name: randomUUID() });

export type BusOptions = Partial<Omit<RedisBusDeps, 'server'>> &
  Omit<RedisServer, 'host'> & { readonly host?: string };

/** A bus on a test's server: quick to redeliver and to come back. */
export function connectBus(options: BusOptions): Promise<RedisBus> {
  const { port, host = '127.0.0.1', username, tls, settings, ...deps } = options;
  return RedisBus.connect({
    server: {
      host,
      port,
      ...(username === undefined ? {} : { username }),
      ...(tls === undefined ? {} : { tls }),
    },
    keys: freshKeys(),
    instance: randomUUID(),
    clock: new SystemClock(),
    logger: QUIET_LOGGER,
    random: Math.random,
    ...deps,
    settings: {
      shards: 2,
      redelivery: { base: 1, cap: 10 },
      reconnect: { base: 10, cap: 50 },
      trimEvery: 20,
      block: 200,
      ...settings,
    },
  });
}
