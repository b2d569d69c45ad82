/**
 * An operator as a process of its own, as `claire-operator` makes it, but for the way to a bot: every bot is asked at one
 * address. Arguments: that port, the API server, a folder with `ca.crt` and `token` as a pod has it, then the operator's own
 * flags. Prints the port of /metrics.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { anchorName, LATEST_TEMPLATE_REVISION, RELEASE_IMAGES, secretName } from '@claire/cdk8s';
import { collectDefaultMetrics } from 'prom-client';
import { readConfig } from '../../operator/src/config.ts';
import { systemClock } from '../../operator/src/kube/clock.ts';
import { serviceAccountAccess } from '../../operator/src/kube/cluster-access.ts';
import { makeLogger } from '../../operator/src/logger.ts';
import { makeOperator } from '../../operator/src/operator.ts';
import { makeDirectChannel } from '../../operator/src/tradingbot/control-channels.ts';
import { makeAnchor, makeSynthesize } from '../../operator/src/tradingbot/synthesis.ts';

const [port = '', server = '', folder = '', ...flags] = process.argv.slice(2);
const config = readConfig(flags, {
  write: (text) => process.stderr.write(text),
  hostname: hostname(),
  pid: process.pid,
});
const kube = serviceAccountAccess(server, { ca: join(folder, 'ca.crt'), token: join(folder, 'token') });
const operator = await makeOperator(config, {
  kube,
  synthesis: {
    synthesize: makeSynthesize({ images: RELEASE_IMAGES, operator: undefined }),
    anchorOf: makeAnchor,
    anchorName,
    tokenSecretName: (bot) => secretName(bot, 'control'),
    templateRevision: LATEST_TEMPLATE_REVISION,
  },
  channel: () => makeDirectChannel(() => ({ host: '127.0.0.1', port: Number(port) })),
  clock: systemClock,
  random: () => randomInt(1_000_000) / 1_000_000,
  newId: randomUUID,
  log: makeLogger('error', process.stderr),
});
collectDefaultMetrics({ register: operator.registry });
const stop = new AbortController();
process.once('SIGTERM', () => {
  stop.abort();
});
process.stdout.write(`${operator.health.port}\n`);
await operator.run(stop.signal);
