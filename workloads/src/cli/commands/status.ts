import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { type BotStanding, readStanding } from '../gather/standing.ts';
import { show } from '../output.ts';
import { renderStatus } from '../render/standing.ts';
import { type SelectionOptions, selectBots, withSelection, withView } from '../selection.ts';

interface Options extends SelectionOptions {
  readonly json?: boolean;
}

async function status(options: Options, context: CommandContext): Promise<void> {
  const { place, bots } = await selectBots(options, context);
  const standings: BotStanding[] = [];
  for (const bot of bots) {
    standings.push(
      await withView({ place, bot }, context, async (view) => {
        const holder = await view.holder();
        return view.read((reading) => readStanding(reading, view.identity, holder));
      }),
    );
  }
  await show(context, options, {
    json: { bots: standings },
    render: (screen) => renderStatus(standings, screen),
  });
}

export function addStatus(program: Command, context: CommandContext): void {
  withSelection(program.command('status'))
    .description('how the bots stand: state, equity, drawdown, positions, replay; also while they run')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  claire status --bot momentum')
    .action((options: Options) => status(options, context));
}
