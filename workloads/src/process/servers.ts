/** Addresses of Redis and PostgreSQL as their clients take them. */
import { readFile } from 'node:fs/promises';
import type { ServerConnection } from '../adapters/postgres/postgres-server.ts';
import type { RedisServer } from '../adapters/redis/settings.ts';
import type { ProcessSettings, ServerAddress, ServerTls } from '../contract/index.ts';
import type { Secrets } from './secrets.ts';

interface TrustedTls {
  readonly ca?: string;
  readonly serverName?: string;
}

/** @throws when the file of the authority cannot be read */
async function readTls(tls: ServerTls | undefined): Promise<{ readonly tls?: TrustedTls }> {
  if (tls === undefined) return {};
  const { caFile, serverName } = tls;
  return {
    tls: {
      ...(caFile === undefined ? {} : { ca: await readFile(caFile, 'utf8') }),
      ...(serverName === undefined ? {} : { serverName }),
    },
  };
}

/** With the password read again for every connection; without a secret none is sent. */
export async function ledgerServer(
  { host, port, user, tls }: ProcessSettings['postgres'],
  secrets: Secrets,
): Promise<ServerConnection> {
  const hasPassword = (await secrets.find('postgresPassword')) !== undefined;
  return {
    host,
    port,
    user,
    ...(hasPassword ? { password: () => secrets.read('postgresPassword') } : {}),
    ...(await readTls(tls)),
  };
}

export const redisServer = async ({ host, port, user, tls }: ServerAddress): Promise<RedisServer> => ({
  host,
  port,
  username: user,
  ...(await readTls(tls)),
});
