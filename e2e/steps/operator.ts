import type { Pod } from '../cluster.ts';
import { agreement } from '../ledger.ts';
import { type Context, type Step } from '../step.ts';
import { untouched } from '../untouched.ts';
import { operatorIsUp, RELEASE } from './install.ts';

/** No operator runs any more, and nobody starts one. */
export async function operatorIsGone({ cluster, config, until }: Context): Promise<void> {
  await until('no operator runs', async () => {
    const pods = await cluster.list<Pod>(config.system, 'pods', 'app.kubernetes.io/component=operator');
    return pods.length === 0 || `${pods.length} pods`;
  });
}

/** A new order reaches the ledger. */
export async function tradesOn({ books, until }: Context, what: string): Promise<void> {
  const { length } = (await books()).orders;
  await until(what, async () => (await books()).orders.length > length || 'no new order', 300);
}

async function killAndReturn(context: Context): Promise<void> {
  const { bot, cluster, config, until } = context;
  const scale = (replicas: number): Promise<string> =>
    cluster.kubectl(['scale', 'deployment', RELEASE, '-n', config.system, `--replicas=${replicas}`]);
  await scale(0);
  await cluster.kubectl([
    ...['delete', 'pods', '-n', config.system, '-l', 'app.kubernetes.io/name=claire'],
    ...['--grace-period=0', '--force'],
  ]);
  try {
    await operatorIsGone(context);
    await tradesOn(context, 'the bot orders without an operator');
  } finally {
    await scale(2);
  }
  await operatorIsUp(context, RELEASE);
  await bot.becomesReady(until);
}

export const operator: Step = {
  name: 'operator',
  title:
    'operator killed and kept away: trading goes on, no pod is touched; it comes back and changes nothing',
  level: 'short',
  async run(context) {
    const { bot, books, exchange, until } = context;
    await untouched(bot, 'without an operator', () => killAndReturn(context));
    await until('ledger and exchange agree', agreement(exchange, books), 60);
  },
};
