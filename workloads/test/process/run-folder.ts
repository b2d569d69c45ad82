/** The files of a bot's processes, as `claire process-config` writes them, for processes on a test's own servers. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessName, ProcessSettings } from '../../src/contract/index.ts';
import { parseFiles } from '../../src/process/process-files.ts';
import { claire, type TemporaryFolder } from '../cli/claire.ts';
import type { TestPostgres } from '../support/postgres.ts';
import type { TestRedis } from '../support/redis.ts';
import { freePorts } from './process-fixture.ts';

export interface RunServers {
  readonly redis: Pick<TestRedis, 'port'>;
  readonly postgres: Pick<TestPostgres, 'url'>;
  readonly database: string;
}

/** Writes `bot.yaml` and `run`; one process of them gets free ports. @throws Error with what the command says */
export async function writeRunFolder<Name extends ProcessName>(
  folder: TemporaryFolder,
  bot: string,
  { name, servers }: { readonly name: Name; readonly servers: RunServers },
): Promise<ProcessSettings<Name>> {
  const { redis, postgres, database } = servers;
  await folder.write('bot.yaml', bot);
  const made = await claire(
    [
      ...['process-config', '-f', 'bot.yaml', '--out', 'run', '--log-level', 'info'],
      ...['--redis', `redis://127.0.0.1:${redis.port}`, '--postgres', postgres.url(database)],
    ],
    folder.path,
  );
  if (made.code !== 0) throw new Error(made.stderr);
  await freePorts(folder.path, name);
  const text = async (file: string) => ({
    file,
    text: await readFile(join(folder.path, 'run', file), 'utf8'),
  });
  return parseFiles(name, { config: await text(`${name}.json`), hot: await text(`${name}.hot.json`) });
}
