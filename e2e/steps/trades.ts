import { agreement } from '../ledger.ts';
import type { Step } from '../step.ts';

export const trades: Step = {
  name: 'trades',
  title: 'real trades: fills of the exchange are in the bot’s Postgres, each once',
  level: 'short',
  async run({ books, exchange, until, say }) {
    await until(
      'the bot has bought and sold',
      async () => {
        const { fills, orders } = await books();
        const sides = new Set(fills.map(({ side }) => side));
        return sides.size === 2 || `${orders.length} orders, ${fills.length} fills`;
      },
      420,
    );
    await until('the ledger and the exchange’s own log agree', agreement(exchange, books), 60);
    const { fills, orders, journal } = await books();
    say(`  ${orders.length} orders, ${fills.length} fills, ${journal} entries in the journal`);
  },
};
