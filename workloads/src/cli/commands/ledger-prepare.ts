import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { databaseName } from '../../adapters/postgres/database-name.ts';
import { openLedgerServer } from '../../adapters/postgres/open-ledger.ts';
import { LEDGER_ROLES, type LedgerRole } from '../../adapters/postgres/rights.ts';
import type { RoleLogin } from '../../adapters/postgres/roles.ts';
import { isPlainPassword } from '../../adapters/postgres/scram.ts';
import { ledgerIdentity } from '../../contract/ledger-identity.ts';
import { EXIT } from '../../process/exit-code.ts';
import { readBotFiles } from '../bot-files.ts';
import type { CommandContext } from '../context.ts';
import { CliFailure } from '../failure.ts';
import { parseLedgerPlace, shownPlace } from '../ledger-place.ts';
import { show } from '../output.ts';

interface PrepareOptions {
  readonly file: string;
  readonly ledger: string;
  readonly passwords: string;
  readonly ownerPasswordFile?: string;
  readonly database?: string;
  readonly rolePrefix: string;
  readonly json?: boolean;
}

const ROLE_PREFIX = /^[a-z_][a-z0-9_]{0,39}$|^$/;
const isRole = (name: string): name is LedgerRole => (LEDGER_ROLES as readonly string[]).includes(name);

/** One line of a file: an end of line is not part of a password. */
const readSecret = async (path: string): Promise<string> =>
  (await readFile(path, 'utf8')).replace(/\r?\n$/, '');

/** The logins whose passwords are there. @throws CliFailure naming the file that is of no use */
async function readLogins(folder: string, prefix: string): Promise<readonly RoleLogin[]> {
  const names = (await readdir(folder)).filter((name) => isRole(name));
  if (names.length === 0) {
    throw new CliFailure(
      EXIT.NO_INPUT,
      `--passwords: ${folder} holds no file named after a role; allowed ${LEDGER_ROLES.join(', ')}`,
    );
  }
  return Promise.all(
    names.map(async (role) => {
      const path = join(folder, role);
      const password = await readSecret(path);
      if (!isPlainPassword(password)) {
        throw new CliFailure(
          EXIT.BAD_DATA,
          `${path}: no usable password; allowed 8 to 200 printable ASCII characters without spaces`,
        );
      }
      return { role, name: `${prefix}${role}`, password };
    }),
  );
}

/** The owner's address, with the password of a file where one is named. @throws CliFailure */
async function ownerLocation(options: PrepareOptions, context: CommandContext): Promise<string> {
  const place = parseLedgerPlace(options.ledger, context.folder);
  if (place.kind !== 'server') {
    throw new CliFailure(
      EXIT.USAGE,
      '--ledger: was a folder, whose server has no roles; allowed postgres://owner@host:port/database',
    );
  }
  if (options.ownerPasswordFile === undefined) return place.url;
  const url = new URL(place.url);
  url.password = encodeURIComponent(await readSecret(resolve(context.folder, options.ownerPasswordFile)));
  return url.href;
}

async function prepare(options: PrepareOptions, context: CommandContext): Promise<void> {
  if (!ROLE_PREFIX.test(options.rolePrefix)) {
    throw new CliFailure(
      EXIT.USAGE,
      `--role-prefix: was ${options.rolePrefix}; allowed at most 40 of a-z, 0-9 and _, such as momentum_`,
    );
  }
  const [bot, ...others] = await readBotFiles([options.file], context.folder);
  if (bot === undefined || others.length > 0) {
    throw new CliFailure(
      EXIT.USAGE,
      `${options.file}: holds ${others.length + 1} bots; one at a time is prepared`,
    );
  }
  const logins = await readLogins(resolve(context.folder, options.passwords), options.rolePrefix);
  const identity = ledgerIdentity(bot.settings);
  const { database = databaseName(identity) } = options;
  const server = await openLedgerServer({ location: await ownerLocation(options, context) });
  try {
    await server.prepare({ identity, database, logins });
  } finally {
    await server.close();
  }
  const roles = logins.map(({ name }) => name);
  await show(context, options, {
    json: { bot: identity.bot, database, roles },
    render: () => [
      `${identity.bot}  prepared: database ${database} at ${shownPlace(parseLedgerPlace(options.ledger, context.folder), context.folder)}`,
      `  roles  ${roles.join(', ')}`,
    ],
  });
}

export function addLedgerPrepare(ledger: Command, context: CommandContext): void {
  ledger
    .command('prepare')
    .description(
      "make a server ready for a bot's processes, as its owner: database, tables, one login role a process with only its rights; may be repeated, after an upgrade or to change passwords",
    )
    .requiredOption('-f, --file <file>', 'the TradingBot file')
    .requiredOption('--ledger <url>', 'the server as its owner: postgres://owner@host:port/database')
    .requiredOption('--passwords <dir>', `a file a role with its password: ${LEDGER_ROLES.join(', ')}`)
    .option('--owner-password-file <file>', "the owner's password, instead of in the URL")
    .option('--database <name>', 'another database than the one named after bot and mode')
    .option('--role-prefix <text>', 'before the roles, where several bots share a server', '')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  claire ledger prepare -f bot.yaml --ledger postgres://postgres@127.0.0.1:5432/postgres --passwords secrets/roles',
    )
    .action((options: PrepareOptions) => prepare(options, context));
}
