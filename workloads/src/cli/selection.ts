import type { Command } from 'commander';
import { EXIT } from '../process/exit-code.ts';
import { readBotFiles } from './bot-files.ts';
import type { CommandContext } from './context.ts';
import { CliFailure } from './failure.ts';
import type { OpenView } from './ledger-access.ts';
import { DEFAULT_LEDGER, type LedgerPlace, parseLedgerPlace, shownPlace } from './ledger-place.ts';

/** Which ledger is meant: the options every command that reads one has. */
export interface SelectionOptions {
  readonly file?: readonly string[];
  readonly bot?: string;
  readonly ledger: string;
}

export function withSelection(command: Command): Command {
  return command
    .option('-f, --file <file...>', 'the bots of these TradingBot files')
    .option('--bot <name>', 'the bot of this name')
    .option('--ledger <dir|url>', 'where the ledgers are kept', DEFAULT_LEDGER);
}

export interface Selection {
  readonly place: LedgerPlace;
  /** Never empty. */
  readonly bots: readonly string[];
}

async function namedBots(options: SelectionOptions, folder: string): Promise<readonly string[]> {
  const fromFiles = options.file === undefined ? [] : await readBotFiles(options.file, folder);
  const names = fromFiles.map((bot) => bot.settings.name);
  if (options.bot === undefined) return names;
  if (options.file === undefined || names.includes(options.bot)) return [options.bot];
  throw new CliFailure(
    EXIT.USAGE,
    `--bot: was ${options.bot}; allowed, by the files given: ${names.join(', ')}`,
  );
}

/** The bots meant: those named, else all that have a ledger here. @throws CliFailure */
export async function selectBots(options: SelectionOptions, context: CommandContext): Promise<Selection> {
  const place = parseLedgerPlace(options.ledger, context.folder);
  const named = await namedBots(options, context.folder);
  if (named.length > 0) return { place, bots: named };
  const bots = await context.ledgers.bots(place);
  if (bots.length > 0) return { place, bots };
  throw new CliFailure(
    EXIT.NO_INPUT,
    `${shownPlace(place, context.folder)}: no bot has a ledger here; do: 'claire run -f FILE' first, or name another place with --ledger`,
  );
}

/** The one bot meant. @throws CliFailure when there are several */
export async function selectBot(
  options: SelectionOptions,
  context: CommandContext,
): Promise<{ readonly place: LedgerPlace; readonly bot: string }> {
  const { place, bots } = await selectBots(options, context);
  const [bot] = bots;
  if (bot === undefined || bots.length > 1) {
    throw new CliFailure(
      EXIT.USAGE,
      `--bot: was not given; allowed ${bots.join(', ')} (this command takes one bot)`,
    );
  }
  return { place, bot };
}

/** Open a ledger for reading, use it, close it. */
export async function withView<T>(
  selected: { readonly place: LedgerPlace; readonly bot: string },
  context: CommandContext,
  use: (view: OpenView) => Promise<T>,
): Promise<T> {
  const view = await context.ledgers.view(selected.place, selected.bot);
  try {
    return await use(view);
  } finally {
    await view.close();
  }
}
