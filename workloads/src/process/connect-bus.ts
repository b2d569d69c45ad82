import { randomUUID } from 'node:crypto';
import { RedisBus } from '../adapters/redis/redis-bus.ts';
import type { ServerAddress } from '../contract/index.ts';
import { deadLetterKey, streamKey } from '../contract/streams.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Secrets } from './secrets.ts';
import { redisServer } from './servers.ts';

/** Whose bus, and where. */
export interface BusAddress {
  readonly redis: ServerAddress;
  readonly bot: Parameters<typeof streamKey>[0];
  /** What the instance is called in Redis, before a number that nobody else has. */
  readonly name: string;
}

export interface ConnectBusDeps {
  readonly secrets: Pick<Secrets, 'find' | 'read'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** Connects to the bus of a bot. @throws BusError, SecretError */
export async function connectBus(
  { redis, bot, name }: BusAddress,
  { secrets, clock, random, log }: ConnectBusDeps,
): Promise<RedisBus> {
  // Without a secret nobody logs in: a server of one's own may have no users.
  const hasPassword = (await secrets.find('redisPassword')) !== undefined;
  return RedisBus.connect({
    server: await redisServer(redis),
    ...(hasPassword ? { readPassword: () => secrets.read('redisPassword') } : {}),
    keys: {
      stream: (stream, shard) => streamKey(bot, stream, shard),
      deadLetters: (stream) => deadLetterKey(bot, stream),
    },
    instance: `${name}-${randomUUID()}`,
    clock,
    logger: log,
    random,
  });
}
