import type { Command } from 'commander';
import type { Position } from '../../domain/account/account.ts';
import type { Order } from '../../domain/orders/order.ts';
import type { CommandContext } from '../context.ts';
import { OPEN_STATES } from '../gather/standing.ts';
import { show } from '../output.ts';
import { type Screen, heading } from '../render/screen.ts';
import { renderOpenOrders, renderPositions, type ShownPosition } from '../render/standing.ts';
import { type OpenLedger, type SelectionOptions, withLedgers, withSelection } from '../selection.ts';

interface Options extends SelectionOptions {
  readonly json?: boolean;
}

interface Holdings {
  readonly bot: string;
  readonly quote: string;
  readonly positions: readonly ShownPosition[];
  readonly orders: readonly Order[];
}

const byTime = (a: Position, b: Position): number =>
  a.entryTime - b.entryTime || (a.symbol < b.symbol ? -1 : 1);

const readHoldings = ({ view, identity }: OpenLedger): Promise<Holdings> =>
  view.read(async (reading) => {
    const account = await reading.account();
    const open = [...(account?.positions.values() ?? [])].toSorted(byTime);
    const dust = [...(account?.dust.values() ?? [])].toSorted(byTime);
    return {
      bot: identity.bot,
      quote: identity.quote,
      positions: [
        ...open.map((position) => ({ position })),
        ...dust.map((position) => ({ position, dust: true })),
      ],
      orders: await reading.orders(OPEN_STATES),
    };
  });

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
    for (const ledger of ledgers) holdings.push(await readHoldings(ledger));
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
