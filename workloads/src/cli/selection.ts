/** Which ledgers are meant: the options that every command which reads them has. */
import type { Command } from 'commander';
import { EXIT } from '../process/exit-code.ts';
import type { Ledger, LedgerView } from '../ports/ledger.ts';
import { readBotFiles } from './bot-files.ts';
import type { CommandContext } from './context.ts';
import { CliFailure } from './failure.ts';
import type { LedgerListing, LedgerShelf } from './ledger-access.ts';
import { DEFAULT_LEDGER, type LedgerPlace, parseLedgerPlace, shownPlace } from './ledger-place.ts';

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

/** A ledger open for reading. */
export interface OpenLedger extends LedgerListing {
  readonly place: LedgerPlace;
  readonly view: LedgerView;
  /** Opens it for what people ask, uses it, closes it. */
  readonly control: <T>(use: (ledger: Ledger) => Promise<T>) => Promise<T>;
}

/** What a ledger must be to be meant. */
interface Wanted {
  readonly bot: string;
  readonly mode?: string;
}

async function readWanted(options: SelectionOptions, folder: string): Promise<readonly Wanted[]> {
  const fromFiles = options.file === undefined ? [] : await readBotFiles(options.file, folder);
  const wanted = fromFiles.map(({ settings }): Wanted => ({ bot: settings.name, mode: settings.mode }));
  if (options.bot === undefined) return wanted;
  if (options.file === undefined) return [{ bot: options.bot }];
  const named = wanted.filter(({ bot }) => bot === options.bot);
  if (named.length > 0) return named;
  const names = wanted.map(({ bot }) => bot).join(', ');
  throw new CliFailure(EXIT.USAGE, `--bot: was ${options.bot}; allowed, by the files given: ${names}`);
}

const fits = ({ identity }: LedgerListing, { bot, mode }: Wanted): boolean =>
  identity.bot === bot && (mode === undefined || identity.mode === mode);

const describe = ({ identity }: LedgerListing): string => `${identity.bot} (${identity.mode})`;

/** The listings meant: those wanted, else all. @throws CliFailure when there is none, or one is missing */
function pick(
  listings: readonly LedgerListing[],
  wanted: readonly Wanted[],
  place: string,
): readonly LedgerListing[] {
  if (listings.length === 0) {
    throw new CliFailure(
      EXIT.NO_INPUT,
      `${place}: holds no ledger yet; do: 'claire run -f FILE' first, or name another place with --ledger`,
    );
  }
  const missing = wanted.find((one) => !listings.some((listing) => fits(listing, one)));
  if (missing !== undefined) {
    throw new CliFailure(
      EXIT.NO_INPUT,
      `${place}: holds no ledger of ${missing.bot}; allowed ${listings.map(describe).join(', ')}; do: run the bot first`,
    );
  }
  if (wanted.length === 0) return listings;
  return listings.filter((listing) => wanted.some((one) => fits(listing, one)));
}

async function openAll(
  shelf: LedgerShelf,
  listings: readonly LedgerListing[],
  place: LedgerPlace,
): Promise<readonly OpenLedger[]> {
  const open: OpenLedger[] = [];
  for (const listing of listings) {
    const view = await shelf.view(listing.database);
    open.push({ ...listing, place, view, control: (use) => withControl(shelf, listing, use) });
  }
  return open;
}

async function withControl<T>(
  shelf: LedgerShelf,
  listing: LedgerListing,
  use: (ledger: Ledger) => Promise<T>,
): Promise<T> {
  const ledger = await shelf.control(listing);
  try {
    return await use(ledger);
  } finally {
    await ledger.close();
  }
}

/** Open the ledgers meant, use them, close them. @throws CliFailure, LedgerError */
export async function withLedgers<T>(
  options: SelectionOptions,
  context: CommandContext,
  use: (ledgers: readonly OpenLedger[]) => Promise<T>,
): Promise<T> {
  const wanted = await readWanted(options, context.folder);
  const place = parseLedgerPlace(options.ledger, context.folder);
  const shelf = await context.openShelf(place);
  try {
    const listings = pick(await shelf.list(), wanted, shownPlace(place, context.folder));
    const ledgers = await openAll(shelf, listings, place);
    try {
      return await use(ledgers);
    } finally {
      for (const ledger of ledgers) await ledger.view.close();
    }
  } finally {
    await shelf.close();
  }
}

/** The same for commands that take one ledger. @throws CliFailure when several could be meant */
export async function withLedger<T>(
  options: SelectionOptions,
  context: CommandContext,
  use: (ledger: OpenLedger) => Promise<T>,
): Promise<T> {
  return withLedgers(options, context, async (ledgers) => {
    const [ledger, ...others] = ledgers;
    if (ledger !== undefined && others.length === 0) return use(ledger);
    throw new CliFailure(
      EXIT.USAGE,
      `this command takes one bot: was none named; allowed ${ledgers.map(describe).join(', ')}; do: add --bot NAME or -f FILE`,
    );
  });
}
