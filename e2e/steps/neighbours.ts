import { letGo, startBeside } from '../beside.ts';
import { podName } from '../bot.ts';
import type { Pod, Thing } from '../cluster.ts';
import { agreement } from '../ledger.ts';
import { type Context, must, type Step } from '../step.ts';
import { untouched } from '../untouched.ts';
import { installOperator, makeNamespace } from './install.ts';
import { answering } from './network.ts';
import { tradesOn } from './operator.ts';

interface Volume extends Thing {
  readonly spec: {
    readonly claimRef?: { readonly namespace: string };
    readonly persistentVolumeReclaimPolicy: 'Delete' | 'Retain';
  };
}

const label = ({ bot }: Context): string => `${bot.namespace}/${bot.name}`;

/**
 * Each bot's ledger has what its own exchange's log has, and nothing else. (Ids of orders follow from account, name and
 * candle: bots of one name have the same ones, at an exchange each.)
 */
async function noCrosstalk(all: readonly Context[]): Promise<void> {
  for (const one of all) {
    await one.until(`${label(one)} and its exchange agree`, agreement(one.exchange, one.books), 120);
    const { orders, fills } = await one.exchange.truth();
    one.say(`  ${label(one)}: ${orders.size} orders and ${fills.length} fills, all its own`);
  }
}

const SERVED = [
  ['postgres', 5432],
  ['redis', 6379],
  ['risk', 9463],
] as const;

/** What may connect to the parts of its own bot reaches none of another. */
async function reachesOnlyItsOwn(from: Context, others: readonly Context[]): Promise<void> {
  const addresses = async ({ cluster, bot }: Context): Promise<readonly string[]> => {
    const pods = await cluster.list<Pod>(bot.namespace, 'pods', `trading.claire.dev/bot=${bot.name}`);
    const ipOf = (name: string): string =>
      pods.find(({ metadata }) => metadata.name === name)?.status.podIP ?? '';
    return SERVED.map(([part, port]) => `${ipOf(podName(part, bot.name))}:${port}`);
  };
  const own = await addresses(from);
  const foreign = (await Promise.all(others.map(addresses))).flat();
  const pod = podName('execution', from.bot.name);
  const answered = await answering(from.cluster, { namespace: from.bot.namespace, pod }, [
    ...own,
    ...foreign,
  ]);
  must(answered.has(own[0] ?? '') && answered.has(own[1] ?? ''), `${label(from)} cannot reach its own parts`);
  if (from.measured.facts.policies?.startsWith('This cluster does not enforce') === true) return;
  const wrong = foreign.filter((address) => answered.has(address));
  must(wrong.length === 0, `${label(from)} reaches parts of another bot: ${wrong.join(', ')}`);
  from.say(`  ${label(from)}: ${foreign.length} addresses of other bots tried, none answers`);
}

/** The namespace goes with all that is in it; volumes go as their reclaim policy says. */
async function deleteNamespace({ cluster, config: { elsewhere }, until, say }: Context): Promise<void> {
  const volumesOf = async (): Promise<readonly Volume[]> =>
    (await cluster.list<Volume>('', 'persistentvolumes')).filter(
      ({ spec }) => spec.claimRef?.namespace === elsewhere,
    );
  const before = await volumesOf();
  must(before.length === 3, `volumes of ${elsewhere}: were ${before.length}, must be 3`);
  await cluster.kubectl(['delete', 'namespace', elsewhere, '--wait=false']);
  await until(
    'the namespace is gone, its bot with it',
    async () => {
      const found = await cluster.get('', 'namespace', elsewhere);
      return found === undefined || JSON.stringify(found.status?.['conditions'] ?? 'it is still there');
    },
    300,
  );
  await until('its volumes went as their reclaim policies say', async () => {
    const left = await volumesOf();
    const wrong = left.filter(
      ({ spec, status }) =>
        spec.persistentVolumeReclaimPolicy === 'Delete' || status?.['phase'] !== 'Released',
    );
    return wrong.length === 0 || wrong.map(({ metadata }) => metadata.name).join(', ');
  });
  say(`  ${before.length - (await volumesOf()).length} of ${before.length} volumes removed`);
}

export const neighbours: Step = {
  name: 'neighbours',
  title:
    'a second bot in the namespace and one of the same name in another, an exchange each: no crosstalk; a namespace deleted with its bot',
  level: 'full',
  async run(context) {
    const { bot, config, until } = context;
    await makeNamespace(context, config.elsewhere);
    await untouched(bot, 'neighbours', async () => {
      await installOperator(context, { namespaces: [config.namespace, config.elsewhere] });
      const same = await startBeside(context, {
        ...{ namespace: config.namespace, bot: 'second', exchange: 'exchange-two' },
      });
      const other = await startBeside(context, {
        ...{ namespace: config.elsewhere, bot: bot.name, exchange: 'exchange' },
      });
      const all = [context, same, other];
      for (const one of [same, other]) await one.bot.becomesReady(until, 900);
      await Promise.all(all.map((one) => tradesOn(one, `${label(one)} trades`)));
      await noCrosstalk(all);
      for (const one of all) {
        await reachesOnlyItsOwn(
          one,
          all.filter((each) => each !== one),
        );
      }
      await deleteNamespace(context);
      await installOperator(context);
      await letGo(same, 'exchange-two');
      await tradesOn(context, 'the first bot trades on');
      await noCrosstalk([context]);
    });
    await bot.becomesReady(until);
  },
};
