import type { Truth } from '../exchange.ts';
import { contradictions, type LedgerOrder, missingFills } from '../ledger.ts';
import { must, type Step } from '../step.ts';

/** What rounding may leave of everything that was bought: below what the exchange takes as an order. */
const DUST = 0.001;

function heldBy({ fills }: Truth): ReadonlyMap<string, { readonly bought: number; readonly sold: number }> {
  const held = new Map<string, { bought: number; sold: number }>();
  for (const { symbol, side, quantity } of fills) {
    const one = held.get(symbol) ?? { bought: 0, sold: 0 };
    one[side === 'BUY' ? 'bought' : 'sold'] += Number(quantity);
    held.set(symbol, one);
  }
  return held;
}

export const deletion: Step = {
  name: 'delete',
  title:
    'deleted with onDelete: Flatten: flat at the exchange before it goes; volumes and their secrets stay',
  level: 'short',
  async run({ bot, books, cluster, exchange, until, say }) {
    await bot.patch({ spec: { execution: { onDelete: 'Flatten' } } });
    await bot.becomesReady(until);
    const before = await books();
    await cluster.kubectl([
      'delete',
      'tradingbot',
      bot.name,
      '-n',
      bot.namespace,
      '--cascade=foreground',
      '--wait=false',
    ]);
    await until(
      'the bot is gone',
      async () => (await bot.resource()) === undefined || (await lastWord(bot)),
      300,
    );
    const truth = await exchange.truth();
    const known = new Set(truth.fills.map(({ tradeId }) => tradeId));
    must(
      before.fills.every(({ trade_id: id }) => known.has(id)),
      'the ledger had fills that never happened',
    );
    const open = [...heldBy(truth)].filter(([, { bought, sold }]) => Math.abs(bought - sold) > DUST * bought);
    must(
      open.length === 0,
      `positions left: ${open.map(([symbol, { bought, sold }]) => `${symbol} ${bought - sold}`).join(', ')}`,
    );
    const accounts = (await exchange.admin('GET', 'accounts')) as readonly {
      readonly openOrders: readonly unknown[];
    }[];
    must(
      accounts.every(({ openOrders }) => openOrders.length === 0),
      'orders still work at the exchange',
    );
    const pods = await bot.pods();
    must(
      [...pods.values()].every(({ metadata }) => metadata.deletionTimestamp !== undefined),
      'pods were left behind',
    );
    const claims = await cluster.list(bot.namespace, 'persistentvolumeclaims');
    const secrets = await cluster.list(bot.namespace, 'secrets', `trading.claire.dev/bot=${bot.name}`);
    const kept = claims.map(({ metadata }) => metadata.name).toSorted();
    const wanted = ['postgres', 'redis'].map((part) => `data-${bot.name}-${part}-0`);
    must(kept.join() === wanted.join(), `volumes: were ${kept.join(', ')}; must be ${wanted.join(', ')}`);
    must(
      secrets.some(({ metadata }) => metadata.name === `${bot.name}-postgres`),
      'the password of a kept volume is gone',
    );
    must(
      contradictions(truth, {
        ...before,
        orders: [...before.orders, ...[...truth.orders.values()].map(asKnown)],
      }).length === 0,
      'an order is doubled',
    );
    say(
      `  ${missingFills(truth, before).length} fills closed the positions; ${claims.length} volumes and ${secrets.length} secrets stay`,
    );
  },
};

const asKnown = ({ clientOrderId }: { readonly clientOrderId: string }): LedgerOrder => ({
  order_id: clientOrderId,
  state: '',
  venue_order_id: null,
});

const lastWord = async (bot: Parameters<Step['run']>[0]['bot']): Promise<string> => {
  const found = await bot.condition('Stalled');
  return found === undefined ? 'not yet looked at' : `${found.reason ?? ''}: ${found.message ?? ''}`;
};
