import { Argument, type Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { LedgerReading } from '../../ports/ledger.ts';
import { makeWholeFile } from '../atomic-file.ts';
import type { CommandContext } from '../context.ts';
import { renderEquityCsv, renderFillsCsv, renderOrdersCsv, renderRoundTripsCsv } from '../render/csv.ts';
import { type SelectionOptions, withLedger, withSelection } from '../selection.ts';

interface Options extends SelectionOptions {
  readonly out?: string;
}

const TABLES = {
  orders: async (reading: LedgerReading) => renderOrdersCsv(await reading.orders()),
  fills: async (reading: LedgerReading) => renderFillsCsv(await reading.fills()),
  equity: async (reading: LedgerReading) => renderEquityCsv(await reading.equity()),
  'round-trips': async (reading: LedgerReading) => renderRoundTripsCsv(await reading.roundTrips()),
} as const satisfies Readonly<Record<string, (reading: LedgerReading) => Promise<string>>>;

const lineCount = (csv: string): number => csv.split('\r\n').length - 2;

async function exportTable(
  table: keyof typeof TABLES,
  options: Options,
  context: CommandContext,
): Promise<void> {
  const { csv, bot } = await withLedger(options, context, async ({ view, identity }) => ({
    csv: await view.read(TABLES[table]),
    bot: identity.bot,
  }));
  if (options.out === undefined) {
    await context.terminal.out.write(csv);
    return;
  }
  await makeWholeFile(resolve(context.folder, options.out), (temporary) => writeFile(temporary, csv));
  await context.terminal.err.lines([`${options.out}: ${lineCount(csv)} ${table} of ${bot}`]);
}

export function addExport(program: Command, context: CommandContext): void {
  withSelection(program.command('export'))
    .description('a table as CSV (RFC 4180): exact amounts, times as ISO 8601 and in milliseconds, UTC')
    .addArgument(new Argument('<table>', 'what to write').choices(Object.keys(TABLES)))
    .option('--out <file>', 'write this file, whole or not at all, instead of printing')
    .addHelpText('after', '\nExample:\n  claire export round-trips --out build/round-trips.csv')
    .action((table: keyof typeof TABLES, options: Options) => exportTable(table, options, context));
}
