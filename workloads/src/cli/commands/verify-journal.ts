import type { Command } from 'commander';
import { EXIT } from '../../process/exit-code.ts';
import type { CommandContext } from '../context.ts';
import { parseExpectedHead } from '../gather/expected-head.ts';
import { verifyJournal, type Witnessed } from '../gather/verification.ts';
import { CliFailure } from '../failure.ts';
import { shownPath, witnessPath } from '../ledger-place.ts';
import { show } from '../output.ts';
import { faultLines, renderVerification, type VerifiedJournal } from '../render/verification.ts';
import { type OpenLedger, type SelectionOptions, withLedgers, withSelection } from '../selection.ts';
import { readWitness } from '../witness/witness-file.ts';

interface Options extends SelectionOptions {
  readonly expectHead?: readonly string[];
  readonly json?: boolean;
}

async function verifyLedger(
  ledger: OpenLedger,
  expected: readonly Witnessed[],
  context: CommandContext,
): Promise<VerifiedJournal> {
  const { identity, place, view } = ledger;
  const file = witnessPath(place, identity, context.folder);
  const shownFile = shownPath(file, context.folder);
  // Before the ledger: a run that goes on may write both meanwhile, and a witness is never ahead of what it saw.
  const witness = await readWitness(file);
  const components = await view.read((reading) => verifyJournal(reading, [...witness.lines, ...expected]));
  const problems = witness.problems.map(
    ({ line, was }) =>
      `${shownFile}:${line}: was ${JSON.stringify(was)}; allowed only what 'claire run' writes`,
  );
  return {
    bot: identity.bot,
    ok: problems.length === 0 && components.every(({ ok }) => ok),
    entries: components.reduce((sum, { head }) => sum + head.count, 0),
    components,
    witness: { file: shownFile, lines: witness.lines.length, problems },
  };
}

async function verify(options: Options, context: CommandContext): Promise<void> {
  const expected = (options.expectHead ?? []).map(parseExpectedHead);
  const journals = await withLedgers(options, context, async (ledgers) => {
    if (expected.length > 0 && ledgers.length > 1) {
      throw new CliFailure(EXIT.USAGE, '--expect-head: was given for several bots; do: name one with --bot');
    }
    const verified: VerifiedJournal[] = [];
    for (const ledger of ledgers) verified.push(await verifyLedger(ledger, expected, context));
    return verified;
  });
  await show(context, options, {
    json: { ok: journals.every(({ ok }) => ok), bots: journals },
    render: (screen) => journals.flatMap((journal) => renderVerification(journal, screen)),
  });
  const faults = journals.flatMap(faultLines);
  if (faults.length > 0) throw new CliFailure(EXIT.JOURNAL, faults.join('\n'));
}

export function addVerifyJournal(program: Command, context: CommandContext): void {
  withSelection(program.command('verify-journal'))
    .description(
      'prove that the journal is what was written: every chain, its recorded head, and the witness file',
    )
    .option(
      '--expect-head <component:count:hash...>',
      'a head printed earlier, kept where nobody who can write the ledger can write',
    )
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  claire verify-journal --bot momentum')
    .action((options: Options) => verify(options, context));
}
