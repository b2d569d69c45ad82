import type { Pod } from '../cluster.ts';
import { agreement } from '../ledger.ts';
import { type Context, must, type Step } from '../step.ts';
import { untouched } from '../untouched.ts';
import { installOperator } from './install.ts';
import { tradesOn } from './operator.ts';
import { haltWithPosition, openPositions, PROTECTED, stateIs } from './states.ts';

/** The image of e2e/next: its template differs by one variable. */
const NEXT = ['--set', 'image.tag=next'];
const VARIABLE = 'CLAIRE_TEMPLATE';

const isNew = (pod: Pod): boolean => JSON.stringify(pod.spec.containers).includes(VARIABLE);

async function workloadPods({ bot }: Context): Promise<readonly Pod[]> {
  return [...(await bot.pods()).values()].filter(({ metadata }) => metadata.name.endsWith('-0'));
}

async function pinnedRevision({ bot }: Context): Promise<number | undefined> {
  const { pins } = (await bot.resource())?.status as {
    readonly pins?: { readonly templateRevision: number };
  };
  return pins?.templateRevision;
}

const askForRelease = ({ bot, cluster }: Context, release: string): Promise<string> =>
  cluster.kubectl([
    ...['annotate', 'tradingbot', bot.name, '-n', bot.namespace, '--overwrite'],
    `trading.claire.dev/release=${release}`,
  ]);

/** All pods come from the template that is asked for, and the bot is pinned to its revision. */
async function comesToRun(context: Context, which: 'next' | 'released', revision: number): Promise<void> {
  const { bot, until, say } = context;
  await until(
    `every pod is of the ${which} template`,
    async () => {
      const wrong = (await workloadPods(context)).filter((pod) => isNew(pod) !== (which === 'next'));
      return wrong.length === 0 || wrong.map(({ metadata }) => metadata.name).join(', ');
    },
    600,
  );
  await bot.becomesReady(until, 600);
  await until('it is pinned there', async () => {
    const pinned = await pinnedRevision(context);
    return pinned === revision || `revision ${String(pinned)}`;
  });
  say(`  pinned: pod templates of revision ${revision}`);
}

/** The annotation is the only way there, and it waits for flat. */
async function moveWhenFlat(context: Context, revision: number): Promise<void> {
  const { bot, control, until, say } = context;
  await haltWithPosition(context);
  const ask = async (): Promise<void> => {
    await askForRelease(context, 'next');
    await until('the update waits for the position', bot.has('UpdatePending', 'True', 'WaitingForFlat'), 90);
    say(`  ${(await bot.condition('UpdatePending'))?.message ?? ''}`);
  };
  await untouched(bot, 'asked for with a position open', ask, PROTECTED);
  await bot.patch({ spec: { state: 'ReduceOnly' } });
  await control.ask('risk', 'resume');
  await until('the bot only reduces', stateIs(context, 'ReduceOnly'), 120);
  await until('it is flat', async () => (await openPositions(context)) === 0 || 'positions are open', 300);
  await comesToRun(context, 'next', revision);
}

/** The released operator does not know the revision: it says so, keeps its hands off, and can be told to go back. */
async function goBack(context: Context, revision: number): Promise<void> {
  const { bot, until, say } = context;
  await untouched(bot, 'an older operator', async () => {
    await installOperator(context);
    await until('the older operator says what it does not know', bot.has('Stalled', 'True'), 120);
    say(`  ${(await bot.condition('Stalled'))?.message ?? ''}`);
  });
  await askForRelease(context, 'back');
  await comesToRun(context, 'released', revision);
}

export const upgrade: Step = {
  name: 'upgrade',
  title:
    'an operator whose pod template and default image differ: no pod is touched; asked for, the template comes when the bot is flat; an older operator keeps its hands off',
  level: 'full',
  async run(context) {
    const { bot, books, exchange, until } = context;
    const revision = await pinnedRevision(context);
    must(revision !== undefined, 'the bot is pinned to no revision of its pod templates');
    await untouched(bot, 'an operator with another template and image', async () => {
      await installOperator(context, {
        more: [...NEXT, '--set', 'botImages.workloads=claire/workloads:next'],
      });
      await bot.becomesReady(until);
      await tradesOn(context, 'the bot trades under the new operator');
      must((await pinnedRevision(context)) === revision, 'the pinned revision moved by itself');
    });
    await installOperator(context, { more: NEXT });
    await moveWhenFlat(context, revision + 1);
    await goBack(context, revision);
    await bot.patch({ spec: { state: 'Running' } });
    await until('trading is enabled again', bot.has('TradingEnabled', 'True'), 300);
    await tradesOn(context, 'it trades again');
    await until('ledger and exchange agree', agreement(exchange, books), 60);
  },
};
