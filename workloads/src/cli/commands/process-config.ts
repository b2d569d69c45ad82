/** `claire process-config`: the files that the processes of a bot start with, for running them by hand. */
import { randomBytes } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { databaseName } from '../../adapters/postgres/database-name.ts';
import {
  type BotSettings,
  ledgerIdentity,
  LOG_LEVELS,
  PORTS,
  PROCESSES,
  type ProcessConnections,
  type ProcessName,
  type ProcessPorts,
  processPorts,
  processSettings,
  SECRET_FILES,
} from '../../contract/index.ts';
import { EXIT } from '../../process/exit-code.ts';
import { makeWholeFile } from '../atomic-file.ts';
import { readBotFiles } from '../bot-files.ts';
import type { CommandContext } from '../context.ts';
import { CliFailure } from '../failure.ts';
import { type NamedServer, parseServerUrl } from '../server-url.ts';

interface ProcessConfigOptions {
  readonly file: string;
  readonly out: string;
  readonly redis: string;
  readonly postgres: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** Processes on one machine share its ports: each gets a metrics port of its own, execution another control port. */
const PORT_STEP = 10;
const localPorts = (): Partial<Record<ProcessName, ProcessPorts>> =>
  Object.fromEntries(
    PROCESSES.map((name, index) => {
      const { control, ...ports } = processPorts(name);
      const own = { ...ports, metrics: PORTS.metrics + index * PORT_STEP };
      return [name, control === undefined ? own : { ...own, control: own.metrics - 1 }];
    }),
  );

const usersOf = ({ user }: NamedServer): Partial<Record<ProcessName, string>> =>
  user === undefined ? {} : Object.fromEntries(PROCESSES.map((name) => [name, user]));

function connectionsOf(options: ProcessConfigOptions, settings: BotSettings): ProcessConnections {
  const redis = parseServerUrl('redis', '--redis', options.redis);
  const postgres = parseServerUrl('postgres', '--postgres', options.postgres);
  const at = ({ host, port, tls }: NamedServer): ProcessConnections['redis'] => ({
    host,
    port,
    ...(tls === undefined ? {} : { tls }),
  });
  return {
    redis: { ...at(redis), users: usersOf(redis) },
    postgres: {
      ...at(postgres),
      users: usersOf(postgres),
      database: postgres.path === '' ? databaseName(ledgerIdentity(settings)) : postgres.path,
      // A user of one's own makes the tables; the processes' own roles may not.
      prepared: postgres.user === undefined,
    },
    ports: localPorts(),
    logLevel: options.logLevel,
  };
}

/** A token for the control API, unless there is one. */
async function ensureToken(folder: string): Promise<void> {
  const path = join(folder, SECRET_FILES.controlToken);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await writeFile(path, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
}

async function writeProcessConfig(options: ProcessConfigOptions, context: CommandContext): Promise<void> {
  const bots = await readBotFiles([options.file], context.folder);
  const [bot, ...others] = bots;
  if (bot === undefined || others.length > 0) {
    throw new CliFailure(EXIT.SETTINGS, `${options.file}: holds ${bots.length} bots; allowed one`);
  }
  const files = processSettings(bot.settings, connectionsOf(options, bot.settings));
  const folder = resolve(context.folder, options.out);
  const secrets = join(folder, 'secrets');
  await mkdir(secrets, { recursive: true, mode: 0o700 });
  for (const name of PROCESSES) {
    const { config, hot } = files[name];
    await makeWholeFile(join(folder, `${name}.json`), (path) => writeFile(path, config.text));
    await makeWholeFile(join(folder, `${name}.hot.json`), (path) => writeFile(path, hot.text));
  }
  await ensureToken(secrets);
  const shown = relative(context.folder, folder) || '.';
  await context.terminal.out.lines([
    `${bot.settings.namespace}/${bot.settings.name}: wrote the files of ${PROCESSES.length} processes to ${shown}`,
    ...PROCESSES.map(
      (name) =>
        `claire ${name} --config ${shown}/${name}.json --hot-config ${shown}/${name}.hot.json --secrets ${shown}/secrets --bind 127.0.0.1`,
    ),
  ]);
}

export function addProcessConfig(program: Command, context: CommandContext): void {
  program
    .command('process-config')
    .description('write the files that the processes of a bot start with, to run them by hand')
    .requiredOption('-f, --file <file>', 'the TradingBot file; it may hold one bot')
    .requiredOption('--out <dir>', 'the folder to write to; made when missing')
    .option('--redis <url>', 'redis://[user@]host[:port], or rediss://… with TLS', 'redis://127.0.0.1:6379')
    .option(
      '--postgres <url>',
      'postgres://[user@]host[:port][/database]; with ?sslmode=verify-full over TLS',
      'postgres://127.0.0.1:5432',
    )
    .addOption(new Option('--log-level <level>', 'of the hot files').choices(LOG_LEVELS).default('info'))
    .addHelpText(
      'after',
      `
Without a user in a URL each process logs in as itself (screener_ws, screener_rest, signal, risk, execution), and the
database must have been prepared ('claire ledger prepare'). With a user, all of them log in as that one. Passwords belong
into the folder's secrets/ (redis-password, postgres-password), never into these files; a control token is made there.
docs/processes.md shows a whole run.

Example:
  claire process-config -f examples/paper-mexc.yaml --out run --postgres postgres://claire@127.0.0.1:5432`,
    )
    .action((options: ProcessConfigOptions) => writeProcessConfig(options, context));
}
