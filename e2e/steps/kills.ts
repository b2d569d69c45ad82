import { type PartName, PARTS, podName } from '../bot.ts';
import { isReady } from '../cluster.ts';
import { agreement } from '../ledger.ts';
import { type Context, must, type Step } from '../step.ts';

type Manner = 'killed' | 'restarted';

/** Deletes a pod, at once or as a node does that is drained, and waits for another in its place. */
async function replace(context: Context, part: PartName, manner: Manner): Promise<number> {
  const { bot, cluster, until } = context;
  const name = podName(part);
  const before = (await bot.pods()).get(name)?.metadata.uid;
  const how = manner === 'killed' ? ['--grace-period=0', '--force'] : [];
  await cluster.kubectl(['delete', 'pod', name, '-n', bot.namespace, '--wait=false', ...how]);
  return until(
    `${part} was ${manner} and is back`,
    async () => {
      const pod = (await bot.pods()).get(name);
      if (pod === undefined || pod.metadata.uid === before) return 'not replaced yet';
      return isReady(pod) || `${name} is not ready`;
    },
    240,
  );
}

const settled = (context: Context): Promise<number> =>
  context.until('ledger and exchange agree', agreement(context.exchange, context.books), 120);

/** Seconds until what was harmed is well again, for the report. */
export function noteRecovery({ measured }: Context, what: string, seconds: number): void {
  measured.facts.recovery = [
    ...(measured.facts.recovery ?? []).filter((one) => one.what !== what),
    { what, seconds },
  ];
}

export const kills: Step = {
  name: 'kills',
  title: 'each pod killed once: it comes back, nothing is lost or doubled',
  level: 'short',
  async run(context) {
    const { bot, until } = context;
    for (const part of PARTS) {
      noteRecovery(context, `${part} killed`, await replace(context, part, 'killed'));
    }
    await until('all parts are ready', async () => {
      const pods = await bot.pods();
      const not = PARTS.filter((part) => !isReady(pods.get(podName(part))));
      return not.length === 0 || not.join(', ');
    });
    await bot.becomesReady(until);
    await settled(context);
  },
};

export const databases: Step = {
  name: 'databases',
  title: 'each database restarted twice on existing data, then every pod at once: the data are still there',
  level: 'usual',
  async run(context) {
    const { bot, books, cluster, until, say } = context;
    const before = await books();
    for (const part of ['postgres', 'redis', 'prometheus'] as const) {
      for (const time of ['first', 'second']) {
        noteRecovery(context, `${part} restarted, ${time}`, await replace(context, part, 'restarted'));
      }
    }
    await cluster.kubectl([
      ...['delete', 'pods', '-n', bot.namespace, '-l', `trading.claire.dev/bot=${bot.name}`],
      '--wait=false',
    ]);
    const seconds = await until(
      'every pod was deleted, and all are back',
      async () => {
        const pods = await bot.pods();
        const not = PARTS.filter((part) => !isReady(pods.get(podName(part))));
        return not.length === 0 || not.join(', ');
      },
      300,
    );
    noteRecovery(context, 'all pods deleted', seconds);
    const after = await books();
    const ids = new Set(after.fills.map(({ trade_id: id }) => id));
    must(
      before.fills.every(({ trade_id: id }) => ids.has(id)),
      'fills are gone from the ledger',
    );
    must(after.journal >= before.journal, 'the journal is shorter than before');
    say(`  ${before.fills.length} fills before, ${after.fills.length} after, none missing`);
    await settled(context);
    await until(
      'it trades again',
      async () => (await books()).orders.length > after.orders.length || 'no new order',
      300,
    );
    await settled(context);
  },
};
