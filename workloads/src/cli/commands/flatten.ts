import type { Command as CommanderCommand } from 'commander';
import { sha256 } from '../../domain/journal/chain.ts';
import { EXIT } from '../../process/exit-code.ts';
import type { CommandContext } from '../context.ts';
import { CliFailure } from '../failure.ts';
import { COMPONENTS, type Command, type LedgerReading } from '../../ports/ledger.ts';
import { show } from '../output.ts';
import { type Flattening, renderFlattening } from '../render/flattening.ts';
import { type OpenLedger, type SelectionOptions, withLedger, withSelection } from '../selection.ts';

interface Options extends SelectionOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface Situation {
  readonly positions: number;
  readonly waiting: Command | undefined;
  readonly commandId: string;
}

/**
 * The id is made from how far the journals are: asking twice for the same situation leaves one command, asking again
 * after anything happened leaves another.
 */
async function readSituation(reading: LedgerReading, bot: string): Promise<Situation> {
  const heads: string[] = [];
  for (const component of COMPONENTS) heads.push((await reading.journalHead(component)).hash);
  const commands = await reading.commands();
  return {
    positions: (await reading.account())?.positions.size ?? 0,
    waiting: commands[0],
    commandId: `flatten-${sha256([bot, ...heads].join('\n')).slice(0, 24)}`,
  };
}

async function ask(question: string, options: Options, context: CommandContext): Promise<boolean> {
  if (options.yes === true) return true;
  const answer = await context.confirm(question);
  if (answer !== undefined) return answer;
  throw new CliFailure(
    EXIT.USAGE,
    'flatten: was not confirmed, since there is no terminal to ask on; do: add --yes',
  );
}

async function flattenBot(
  ledger: OpenLedger,
  options: Options,
  context: CommandContext,
): Promise<Flattening> {
  const { view, holder } = ledger;
  const { bot } = ledger.identity;
  const { positions, waiting, commandId } = await view.read((reading) => readSituation(reading, bot));
  const facts = { bot, positions, ...(holder === undefined ? {} : { holder }) };
  if (waiting !== undefined) {
    return {
      ...facts,
      outcome: 'waiting',
      commandId: waiting.commandId,
      requestedTime: waiting.requestedTime,
    };
  }
  if (positions === 0) return { ...facts, outcome: 'flat' };
  const what = positions === 1 ? 'the open position' : `all ${positions} open positions`;
  if (!(await ask(`Sell ${what} of ${bot} at the market?`, options, context))) {
    return { ...facts, outcome: 'declined' };
  }
  const requestedTime = context.now();
  await view.addCommand({ commandId, kind: 'FLATTEN', requestedTime });
  return { ...facts, outcome: 'recorded', commandId, requestedTime };
}

async function flatten(options: Options, context: CommandContext): Promise<void> {
  const flattening = await withLedger(options, context, (ledger) => flattenBot(ledger, options, context));
  await show(context, options, { json: flattening, render: () => renderFlattening(flattening) });
}

export function addFlatten(program: CommanderCommand, context: CommandContext): void {
  withSelection(program.command('flatten'))
    .description(
      'have all open positions of a bot sold: recorded durably, carried out by the process that trades',
    )
    .option('-y, --yes', 'do not ask')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  claire flatten --bot momentum --yes')
    .action((options: Options) => flatten(options, context));
}
