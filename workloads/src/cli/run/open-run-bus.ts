/** The bus of `claire run --bus`: Redis, for a bot whose services share this process. */
import { randomInt, randomUUID } from 'node:crypto';
import { RedisBus } from '../../adapters/redis/redis-bus.ts';
import { type BotSettings, deadLetterKey, streamKey } from '../../contract/index.ts';
import { durableBus, type PipelineBus } from '../../pipeline/pipeline-bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { readSecretEnvironment } from '../../process/config.ts';
import { makeSecrets } from '../../process/secrets.ts';
import { redisServer } from '../../process/servers.ts';
import type { NamedServer } from '../server-url.ts';

/** Jitter only: no decision rests on it. */
const RANDOM_STEPS = 2 ** 32;
/** Where no secret is: the password is the environment's. */
const NO_FOLDER = '/nonexistent';

/** @throws BusError BUS_UNAVAILABLE, BUS_REFUSED */
export async function openRunBus(
  server: NamedServer,
  settings: BotSettings,
  { wall, log }: { readonly wall: Clock; readonly log: Logger },
): Promise<PipelineBus> {
  const { namespace, name } = settings;
  const bot = { namespace, name };
  const secrets = makeSecrets(NO_FOLDER, readSecretEnvironment());
  const hasPassword = (await secrets.find('redisPassword')) !== undefined;
  const { host, port, user = 'default', tls } = server;
  const bus = await RedisBus.connect({
    server: await redisServer({ host, port, user, ...(tls === undefined ? {} : { tls }) }),
    ...(hasPassword ? { readPassword: () => secrets.read('redisPassword') } : {}),
    keys: {
      stream: (stream, shard) => streamKey(bot, stream, shard),
      deadLetters: (stream) => deadLetterKey(bot, stream),
    },
    instance: `run-${randomUUID()}`,
    clock: wall,
    logger: log,
    random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS,
  });
  return durableBus(bus);
}
