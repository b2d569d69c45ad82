import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { type Holdings, readHoldings } from '../gather/holdings.ts';
import { show } from '../output.ts';
import { type Screen, heading } from '../render/screen.ts';
import { renderOpenOrders, renderPositions } from '../render/standing.ts';
import { type SelectionOptions, withLedgers, withSelection } from '../selection.ts';

interface Options extends SelectionOptions {
  readonly json?: boolean;
}

const renderHoldings = (holdings: readonly Holdings[], screen: Screen): string[] =>
  holdings.flatMap((one, index) => [
    ...(index === 0 ? [] : ['']),
    ...(holdings.length === 1 ? [] : [heading(screen, one.bot)]),
    ...renderPositions(one.positions, one.quote, screen),
    ...(one.orders.length === 0 ? [] : ['', ...renderOpenOrders(one.orders, screen)]),
  ]);

async function positions(options: Options, context: CommandContext): Promise<void> {
  await withLedgers(options, context, async (ledgers) => {
    const holdings: Holdings[] = [];
    for (const { view, identity } of ledgers) {
      holdings.push(await view.read((reading) => readHoldings(reading, identity)));
    }
    await show(context, options, {
      json: { bots: holdings },
      render: (screen) => renderHoldings(holdings, screen),
    });
  });
}

export function addPositions(program: Command, context: CommandContext): void {
  withSelection(program.command('positions'))
    .description('open positions and orders that are not done; also while a bot runs')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  claire positions --bot momentum')
    .action((options: Options) => positions(options, context));
}
