import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { type BotStanding, readStanding } from '../gather/standing.ts';
import { show } from '../output.ts';
import { renderStatus } from '../render/standing.ts';
import { type SelectionOptions, withLedgers, withSelection } from '../selection.ts';

interface Options extends SelectionOptions {
  readonly json?: boolean;
}

async function status(options: Options, context: CommandContext): Promise<void> {
  await withLedgers(options, context, async (ledgers) => {
    const standings: BotStanding[] = [];
    for (const { view, identity, holder } of ledgers) {
      standings.push(await view.read((reading) => readStanding(reading, identity, holder)));
    }
    await show(context, options, {
      json: { bots: standings },
      render: (screen) => renderStatus(standings, screen),
    });
  });
}

export function addStatus(program: Command, context: CommandContext): void {
  withSelection(program.command('status'))
    .description('how the bots stand: state, equity, drawdown, positions, replay; also while they run')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  claire status --bot momentum')
    .action((options: Options) => status(options, context));
}
