import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exportLedger } from '../../adapters/postgres/archive-export.ts';
import type { ArchiveSummary } from '../../adapters/postgres/archive-format.ts';
import { importLedger } from '../../adapters/postgres/archive-import.ts';
import type { LedgerServer } from '../../adapters/postgres/ledger-server.ts';
import { openLedgerServer } from '../../adapters/postgres/open-ledger.ts';
import { makeWholeFile } from '../atomic-file.ts';
import type { CommandContext } from '../context.ts';
import { COMPONENTS } from '../../ports/ledger.ts';
import { DEFAULT_LEDGER, type LedgerPlace, parseLedgerPlace, witnessPath } from '../ledger-place.ts';
import { show } from '../output.ts';
import { locationOf } from '../postgres-shelf.ts';
import { renderArchive } from '../render/archive.ts';
import { addLedgerPrepare } from './ledger-prepare.ts';
import { type SelectionOptions, withLedger, withSelection } from '../selection.ts';
import { openWitness, retireWitness } from '../witness/witness-file.ts';

interface ExportOptions extends SelectionOptions {
  readonly out: string;
  readonly json?: boolean;
}

interface ImportOptions {
  readonly ledger: string;
  readonly json?: boolean;
}

async function withServer<T>(
  place: LedgerPlace,
  mustExist: boolean,
  use: (server: LedgerServer) => Promise<T>,
): Promise<T> {
  const server = await openLedgerServer({ location: locationOf(place), mustExist });
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

async function exportTo(options: ExportOptions, context: CommandContext): Promise<void> {
  const path = resolve(context.folder, options.out);
  const summary = await withLedger(options, context, ({ place, database }) =>
    withServer(place, true, (server) =>
      makeWholeFile(path, async (temporary) => {
        // Opened here: a stream that cannot open its file would fail before anybody listens.
        const file = await open(temporary, 'w');
        return exportLedger(server, database, file.createWriteStream());
      }),
    ),
  );
  await show(context, options, {
    json: summary,
    render: (screen) => renderArchive(options.out, summary, screen),
  });
}

/** What was verified while it was imported is the first thing witnessed of the new ledger. */
async function witnessImport(
  place: LedgerPlace,
  summary: ArchiveSummary,
  context: CommandContext,
): Promise<void> {
  const file = witnessPath(place, summary.identity, context.folder);
  const time = context.now();
  await retireWitness(file, time);
  const witness = await openWitness(file);
  const heads = COMPONENTS.flatMap((component) => {
    const head = summary.heads[component];
    return head === undefined || head.count === 0 ? [] : [{ time, component, ...head }];
  });
  await witness.append(heads);
}

async function importFrom(file: string, options: ImportOptions, context: CommandContext): Promise<void> {
  const place = parseLedgerPlace(options.ledger, context.folder);
  // Opened first: a file that is not there must not leave a new ledger folder behind.
  const archive = await open(resolve(context.folder, file));
  const summary = await withServer(place, false, (server) =>
    importLedger(server, archive.createReadStream()),
  );
  await witnessImport(place, summary, context);
  await show(context, options, {
    json: summary,
    render: (screen) => renderArchive(options.ledger, summary, screen),
  });
}

export function addLedger(program: Command, context: CommandContext): void {
  const ledger = program
    .command('ledger')
    .description(
      'take a whole ledger elsewhere as one verified archive; prepare a server for the processes of a bot',
    )
    .addHelpText('after', '\nExample:\n  claire ledger export --bot momentum --out momentum.claire.gz');
  addLedgerPrepare(ledger, context);
  withSelection(ledger.command('export'))
    .description("write a bot's ledger as one archive, as it is at one moment; also while it runs")
    .requiredOption('--out <file>', 'the archive, written whole or not at all')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  claire ledger export --bot momentum --out momentum.claire.gz')
    .action((options: ExportOptions) => exportTo(options, context));
  ledger
    .command('import')
    .description(
      'bring an archive into a place that has no ledger of that bot: all of it, verified, or nothing',
    )
    .argument('<file>', 'what `claire ledger export` wrote')
    .option('--ledger <dir|url>', 'where the ledger is to be kept', DEFAULT_LEDGER)
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  claire ledger import momentum.claire.gz --ledger build/copy')
    .action((file: string, options: ImportOptions) => importFrom(file, options, context));
}
