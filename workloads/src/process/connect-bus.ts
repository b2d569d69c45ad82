import { randomUUID } from 'node:crypto';
import { RedisBus } from '../adapters/redis/redis-bus.ts';
import type { ProcessName, ProcessSettings } from '../contract/index.ts';
import { deadLetterKey, streamKey } from '../contract/streams.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Secrets } from './secrets.ts';
import { redisServer } from './servers.ts';

export interface ConnectBusDeps {
  readonly settings: ProcessSettings;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}

/** The bus of a process's bot. @throws BusError, SecretError */
export async function connectBus(deps: ConnectBusDeps): Promise<RedisBus> {
  const { settings, secrets, clock, random, log } = deps;
  const { bot } = settings.settings;
  const component: ProcessName = settings.component;
  // Without a secret nobody logs in: a server of one's own may have no users.
  const hasPassword = (await secrets.find('redisPassword')) !== undefined;
  return RedisBus.connect({
    server: await redisServer(settings.redis),
    ...(hasPassword ? { readPassword: () => secrets.read('redisPassword') } : {}),
    keys: {
      stream: (stream, shard) => streamKey(bot, stream, shard),
      deadLetters: (stream) => deadLetterKey(bot, stream),
    },
    instance: `${component}-${randomUUID()}`,
    clock,
    logger: log,
    random,
  });
}
