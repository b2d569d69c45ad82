import type { Command as CommanderCommand } from 'commander';
import { sha256 } from '../../domain/journal/chain.ts';
import { EXIT } from '../../process/exit-code.ts';
import type { Command, LedgerReading } from '../../ports/ledger.ts';
import type { CommandContext } from '../context.ts';
import { CliFailure } from '../failure.ts';
import { COMPONENTS } from '../components.ts';
import type { OpenView } from '../ledger-access.ts';
import { show } from '../output.ts';
import { type Flattening, renderFlattening } from '../render/flattening.ts';
import { type SelectionOptions, selectBots, withSelection, withView } from '../selection.ts';

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
    waiting: commands.find((command) => command.kind === 'FLATTEN'),
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

async function flattenBot(view: OpenView, options: Options, context: CommandContext): Promise<Flattening> {
  const { bot } = view.identity;
  const { positions, waiting, commandId } = await view.read((reading) => readSituation(reading, bot));
  const holder = await view.holder();
  const by = holder === undefined ? {} : { holder };
  if (waiting !== undefined) {
    return {
      bot,
      outcome: 'waiting',
      positions,
      ...by,
      commandId: waiting.commandId,
      requestedTime: waiting.requestedTime,
    };
  }
  if (positions === 0) return { bot, outcome: 'flat', positions, ...by };
  const question = `Sell ${positions === 1 ? 'the open position' : `all ${positions} open positions`} of ${bot} at the market?`;
  if (!(await ask(question, options, context))) return { bot, outcome: 'declined', positions, ...by };
  const requestedTime = context.now();
  await view.addCommand({ commandId, kind: 'FLATTEN', requestedTime });
  return { bot, outcome: 'recorded', positions, ...by, commandId, requestedTime };
}

async function flatten(options: Options, context: CommandContext): Promise<void> {
  const { place, bots } = await selectBots(options, context);
  if (bots.length > 1 && options.bot === undefined && options.file === undefined) {
    throw new CliFailure(
      EXIT.USAGE,
      `--bot: was not given; allowed ${bots.join(', ')}, or name the files with -f`,
    );
  }
  const flattenings: Flattening[] = [];
  for (const bot of bots) {
    flattenings.push(await withView({ place, bot }, context, (view) => flattenBot(view, options, context)));
  }
  await show(context, options, {
    json: { bots: flattenings },
    render: (screen) => renderFlattening(flattenings, screen),
  });
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
