import type { Pod } from '../cluster.ts';
import { agreement } from '../ledger.ts';
import { type Context, must, type Step } from '../step.ts';
import { RELEASE } from './install.ts';

const facts = async ({ bot }: Context): Promise<ReadonlyMap<string, string>> =>
  new Map(
    [...(await bot.pods())].map(([name, { metadata, status }]) => [
      name,
      `${metadata.uid} ${(status.containerStatuses ?? []).map(({ restartCount }) => restartCount).join()}`,
    ]),
  );

export const operator: Step = {
  name: 'operator',
  title:
    'operator killed and kept away: trading goes on, no pod is touched; it comes back and changes nothing',
  level: 'short',
  async run(context) {
    const { bot, books, cluster, config, exchange, until } = context;
    const before = await facts(context);
    const scale = (replicas: number): Promise<string> =>
      cluster.kubectl(['scale', 'deployment', RELEASE, '-n', config.system, `--replicas=${replicas}`]);
    await scale(0);
    await cluster.kubectl([
      ...['delete', 'pods', '-n', config.system, '-l', 'app.kubernetes.io/name=claire'],
      ...['--grace-period=0', '--force'],
    ]);
    try {
      await until('no operator runs', async () => {
        const pods = await cluster.list<Pod>(config.system, 'pods', 'app.kubernetes.io/component=operator');
        return pods.length === 0 || `${pods.length} pods`;
      });
      const { length } = (await books()).orders;
      await until(
        'the bot orders without an operator',
        async () => (await books()).orders.length > length || 'no new order',
        300,
      );
    } finally {
      await scale(2);
    }
    await cluster.kubectl([
      'rollout',
      'status',
      `deployment/${RELEASE}`,
      '-n',
      config.system,
      '--timeout=180s',
    ]);
    await bot.becomesReady(until);
    must(
      JSON.stringify([...(await facts(context))]) === JSON.stringify([...before]),
      'a pod of the bot was replaced or restarted',
    );
    await until('ledger and exchange agree', agreement(exchange, books), 60);
  },
};
