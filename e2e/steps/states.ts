import { podName } from '../bot.ts';
import { agreement, contradictions, missingFills } from '../ledger.ts';
import { type Context, must, type Step } from '../step.ts';
import type { Look } from '../wait.ts';

export const stateIs =
  ({ bot }: Context, wanted: string): Look =>
  async () => {
    const found = (await bot.resource())?.status.effectiveState;
    return found === wanted || `effectiveState is ${String(found)}`;
  };
/** @throws Error while risk does not know */
export async function openPositions({ control }: Context): Promise<number> {
  const { body } = await control.state('risk');
  const count = (body as { readonly openPositions?: number | null }).openPositions;
  if (typeof count !== 'number') throw new Error('risk does not say what is open');
  return count;
}
/** Halted by a person, with a position open: it stays open, since what is halted sells nothing. */
export async function haltWithPosition(context: Context): Promise<number> {
  const { control, until } = context;
  let open = 0;
  await until(
    'the bot is halted with a position open',
    async () => {
      await until('a position is open', async () => (await openPositions(context)) > 0 || 'none', 300);
      await control.ask('risk', 'halt');
      await until('the bot is halted', stateIs(context, 'Halted'), 120);
      open = await openPositions(context);
      if (open > 0) return true;
      await control.ask('risk', 'resume');
      return 'it was closed just before';
    },
    900,
  );
  return open;
}

const uidsOf = async ({ bot }: Context): Promise<ReadonlyMap<string, string>> =>
  new Map([...(await bot.pods())].map(([name, { metadata }]) => [name, metadata.uid]));

/** Parts whose restart could prevent an exit. */
export const PROTECTED = ['postgres', 'redis', 'ws', 'rest', 'risk', 'execution'] as const;

/** An update asked for while a position is open: nothing moves but the condition. */
async function updateWaits(context: Context): Promise<ReadonlyMap<string, string>> {
  const { bot, until, say } = context;
  const before = await uidsOf(context);
  await bot.patch({ spec: { template: { resources: { risk: { requests: { cpu: '60m' } } } } } });
  await until('the update waits for the position', bot.has('UpdatePending', 'True', 'WaitingForFlat'), 90);
  say(`    ${(await bot.condition('UpdatePending'))?.message ?? ''}`);
  must((await bot.condition('Ready'))?.status === 'True', 'a held update must leave the bot Ready');
  const after = await uidsOf(context);
  for (const part of PROTECTED) {
    must(
      after.get(podName(part)) === before.get(podName(part)),
      `${podName(part)} was replaced with a position open`,
    );
  }
  return before;
}

async function exactlyEqual(context: Context): Promise<void> {
  const { books, exchange, until, say } = context;
  await until('ledger and exchange agree', agreement(exchange, books), 60);
  const truth = await exchange.truth();
  const booked = await books();
  const wrong = [
    ...contradictions(truth, booked),
    ...missingFills(truth, booked).map((id) => `fill ${id} is missing`),
  ];
  must(wrong.length === 0, wrong.join('; '));
  must(
    truth.fills.length === booked.fills.length,
    `fills: exchange ${truth.fills.length}, ledger ${booked.fills.length}`,
  );
  say(
    `  at rest: ${truth.fills.length} fills and ${truth.orders.size} orders at the exchange, the same in the ledger`,
  );
}

export const states: Step = {
  name: 'states',
  title: 'Halted, ReduceOnly, Stopped and back; a held update waits for flat and then happens',
  level: 'short',
  async run(context) {
    const { bot, books, control, exchange, until, say } = context;
    await until('a position is open', async () => (await openPositions(context)) > 0 || 'none is open', 300);
    await bot.patch({ spec: { state: 'Halted' } });
    await until('the bot is halted', stateIs(context, 'Halted'), 120);
    must(
      (await control.state('execution')).body.effectiveState === 'Halted',
      'execution does not say Halted',
    );
    const count = (await exchange.truth()).orders.size;
    const open = await openPositions(context);
    // When the last position was closed just before the halt, there is nothing an update could wait for.
    must(open > 0, `positions when halted: were ${open}; the step needs one, run it again`);
    const before = await updateWaits(context);
    must((await exchange.truth()).orders.size === count, 'an order went out while halted');

    await bot.patch({ spec: { state: 'ReduceOnly' } });
    await until('the bot only reduces', stateIs(context, 'ReduceOnly'), 120);
    await until('it is flat', async () => (await openPositions(context)) === 0 || 'positions are open', 300);
    await until('the update happened', bot.has('UpdatePending', 'False'), 180);
    must(
      (await uidsOf(context)).get(podName('risk')) !== before.get(podName('risk')),
      'the risk pod was not replaced',
    );
    await bot.becomesReady(until);
    await exactlyEqual(context);

    await bot.patch({ spec: { state: 'Stopped' } });
    await until('no process of the bot runs', async () => {
      const names = [...(await bot.pods()).values()]
        .filter(({ status }) => status.phase === 'Running')
        .map(({ metadata }) => metadata.name);
      const processes = names.filter((name) => /-(ws|rest|signal|risk|execution)-0$/.test(name));
      return processes.length === 0 || processes.join(', ');
    });
    const claims = await context.cluster.list(bot.namespace, 'persistentvolumeclaims');
    must(
      claims.every(({ status }) => status?.['phase'] === 'Bound'),
      'a volume was let go while stopped',
    );
    say(`  stopped; ${claims.length} volumes kept`);

    await bot.patch({ spec: { state: 'Running' } });
    await until('trading is enabled again', bot.has('TradingEnabled', 'True'), 300);
    await bot.becomesReady(until);
    const known = (await books()).orders.length;
    await until('it trades again', async () => (await books()).orders.length > known || 'no new order', 300);
  },
};
