/** The bus of `claire run --bus`: Redis, for a bot whose services share this process. */
import type { BotSettings } from '../../contract/index.ts';
import { durableBus, type PipelineBus } from '../../pipeline/pipeline-bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { readSecretEnvironment } from '../../process/config.ts';
import { connectBus } from '../../process/connect-bus.ts';
import { jitter } from '../../process/jitter.ts';
import { makeSecrets } from '../../process/secrets.ts';
import type { NamedServer } from '../server-url.ts';

/** Where no secret is: the password is the environment's. */
const NO_FOLDER = '/nonexistent';

/** @throws BusError BUS_UNAVAILABLE, BUS_REFUSED */
export async function openRunBus(
  server: NamedServer,
  settings: BotSettings,
  { wall, log }: { readonly wall: Clock; readonly log: Logger },
): Promise<PipelineBus> {
  const { namespace, name } = settings;
  const { host, port, user = 'default', tls } = server;
  const bus = await connectBus(
    {
      redis: { host, port, user, ...(tls === undefined ? {} : { tls }) },
      bot: { namespace, name },
      name: 'run',
    },
    { secrets: makeSecrets(NO_FOLDER, readSecretEnvironment()), clock: wall, log, random: jitter },
  );
  return durableBus(bus);
}
