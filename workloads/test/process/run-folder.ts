/** The files of a bot's processes, as `claire process-config` writes them, for processes on a test's own servers. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessName, ProcessSettings } from '../../src/contract/index.ts';
import { parseFiles } from '../../src/process/process-files.ts';
import { claire, type TemporaryFolder } from '../cli/claire.ts';
import type { TestPostgres } from '../support/postgres.ts';
import type { TestRedis } from '../support/redis.ts';
import { commandLine, freePorts, startProcess, type TestProcess } from './process-fixture.ts';

export interface RunServers {
  readonly redis: Pick<TestRedis, 'port'>;
  readonly postgres: Pick<TestPostgres, 'url'>;
  readonly database: string;
}

/** Where the servers are that the processes are told of. */
export interface RunUrls {
  readonly redis: string;
  readonly postgres: string;
}

export const urlsOf = ({ redis, postgres, database }: RunServers): RunUrls => ({
  redis: `redis://127.0.0.1:${redis.port}`,
  postgres: postgres.url(database),
});

/** Writes `bot.yaml` and the folder `run`. @throws Error with what the command says */
export async function makeRunFolder(
  folder: TemporaryFolder,
  bot: string,
  { redis, postgres }: RunUrls,
  ...more: readonly string[]
): Promise<void> {
  await folder.write('bot.yaml', bot);
  const servers = ['--redis', redis, '--postgres', postgres];
  const made = await claire(
    ['process-config', '-f', 'bot.yaml', '--out', 'run', ...servers, ...more],
    folder.path,
  );
  if (made.code !== 0) throw new Error(made.stderr);
}

/** The same; one process of them gets free ports. @throws Error with what the command says */
export async function writeRunFolder<Name extends ProcessName>(
  folder: TemporaryFolder,
  bot: string,
  { name, servers }: { readonly name: Name; readonly servers: RunServers },
): Promise<ProcessSettings<Name>> {
  await makeRunFolder(folder, bot, urlsOf(servers), '--log-level', 'info');
  await freePorts(folder.path, name);
  const text = async (file: string) => ({
    file,
    text: await readFile(join(folder.path, 'run', file), 'utf8'),
  });
  return parseFiles(name, { config: await text(`${name}.json`), hot: await text(`${name}.hot.json`) });
}

/** Starts processes of the folder, in this order; each is among `started` at once, so that whoever fails can end it. */
export async function startProcesses(
  folder: TemporaryFolder,
  names: readonly ProcessName[],
  started: Map<ProcessName, TestProcess>,
  exchangeKeys: NodeJS.ProcessEnv = {},
): Promise<void> {
  for (const name of names) {
    await freePorts(folder.path, name);
    const env = name === 'execution' ? exchangeKeys : {};
    started.set(name, startProcess(commandLine(name), folder.path, env));
  }
}
