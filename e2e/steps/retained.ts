import { eagerBot, podName } from '../bot.ts';
import type { Thing } from '../cluster.ts';
import { agreement, type Books } from '../ledger.ts';
import { type Context, must, type Step } from '../step.ts';
import { haltWithPosition } from './states.ts';
import { tradesOn } from './operator.ts';

interface Manner {
  readonly onDelete: 'Hold' | 'CancelOrders';
  readonly cascade: 'background' | 'orphan';
}
interface Event extends Thing {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly uid?: string };
}

/** Deletes the resource, and waits until nothing of it runs. */
async function deleteBot({ bot, cluster, until }: Context, { onDelete, cascade }: Manner): Promise<void> {
  await cluster.kubectl([
    ...['delete', 'tradingbot', bot.name, '-n', bot.namespace],
    ...[`--cascade=${cascade}`, '--wait=false'],
  ]);
  await until(
    `the bot is gone (${onDelete}, ${cascade})`,
    async () => {
      const found = await bot.resource();
      if (found === undefined) return true;
      return found.status.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
    },
    300,
  );
  await until('its pods are gone', async () => {
    const left = [...(await bot.pods()).keys()];
    return left.length === 0 || left.join(', ');
  });
}

/** With a position open every volume stays, and the Secret that opens the ledger; an event says what is left to do. */
async function checkKept({ bot, cluster, until, say }: Context, uid: string): Promise<void> {
  const ofBot = `trading.claire.dev/bot=${bot.name}`;
  const claims = await cluster.list(bot.namespace, 'persistentvolumeclaims', ofBot);
  const kept = claims.map(({ metadata }) => metadata.name).toSorted();
  const wanted = ['postgres', 'prometheus', 'redis'].map((part) => `data-${bot.name}-${part}-0`);
  must(kept.join() === wanted.join(), `volumes: were ${kept.join(', ')}; must be ${wanted.join(', ')}`);
  const secrets = (await cluster.list(bot.namespace, 'secrets', ofBot)).map(({ metadata }) => metadata.name);
  must(
    secrets.join() === `${bot.name}-postgres`,
    `secrets: were ${secrets.join(', ')}; must be the ledger's`,
  );
  const sets = await cluster.list(bot.namespace, 'statefulsets,services,configmaps,jobs', ofBot);
  must(
    sets.length === 0,
    `left behind: ${sets.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join()}`,
  );
  let told = '';
  // Events are sent a moment later.
  await until('an event says what is left to a person', async () => {
    const events = await cluster.list<Event>(bot.namespace, 'events');
    const ofIt = events.filter(({ involvedObject }) => involvedObject.uid === uid);
    told = ofIt.find(({ reason }) => reason === 'ExposureOpen')?.message ?? '';
    return (
      told.includes('yours to look after') || `its events: ${ofIt.map(({ reason }) => reason).join(', ')}`
    );
  });
  say(`  kept: ${[...kept, ...secrets].join(', ')}`);
  say(`  event: ${told}`);
}

async function remove(context: Context, manner: Manner): Promise<void> {
  const { bot, exchange, say } = context;
  await bot.patch({ spec: { execution: { onDelete: manner.onDelete } } });
  const uid = (await bot.resource())?.metadata.uid ?? '';
  const open = await haltWithPosition(context);
  const { fills } = await exchange.truth();
  say(`  ${open} positions open`);
  await deleteBot(context, manner);
  const after = await exchange.truth();
  must(after.fills.length === fills.length, 'something was traded while it was deleted');
  const accounts = (await exchange.admin('GET', 'accounts')) as readonly {
    readonly openOrders: readonly unknown[];
  }[];
  must(
    accounts.every(({ openOrders }) => openOrders.length === 0),
    'orders still work at the exchange',
  );
  await checkKept(context, uid);
}

/** The UID that the condition names; a person reads it there. */
async function ownerOf({ bot, until }: Context): Promise<string> {
  let owner: string | undefined;
  await until('the bot says whose volumes are there', async () => {
    const stalled = await bot.condition('Stalled');
    owner = /adopt-volumes-of: ([0-9a-f-]{36})/.exec(stalled?.message ?? '')?.[1];
    return owner !== undefined || `${stalled?.status ?? 'no condition'}: ${stalled?.message ?? ''}`;
  });
  return owner ?? '';
}

/** A new bot of the name takes the volumes over when it is told to, not before. */
async function adopt(context: Context): Promise<void> {
  const { bot, cluster, control, until } = context;
  await cluster.apply(bot.namespace, [eagerBot()]);
  const annotation = `trading.claire.dev/adopt-volumes-of=${await ownerOf(context)}`;
  must(!(await bot.pods()).has(podName('postgres')), 'it opened the volume before it was told to');
  await cluster.kubectl(['annotate', 'tradingbot', bot.name, '-n', bot.namespace, annotation]);
  await bot.becomesReady(until, 600);
  must(
    (await control.state('risk')).body.effectiveState === 'Halted',
    'what was halted when it was deleted must stay halted until a person resumes',
  );
  await control.ask('risk', 'resume');
  await until('trading is enabled', bot.has('TradingEnabled', 'True'), 180);
}

/** All that stood in the ledger before stands there. */
function mustContinue(before: Books, after: Books): void {
  const fills = new Set(after.fills.map(({ trade_id: id }) => id));
  const orders = new Set(after.orders.map(({ order_id: id }) => id));
  must(
    before.fills.every(({ trade_id: id }) => fills.has(id)) &&
      before.orders.every(({ order_id: id }) => orders.has(id)),
    'fills or orders are gone from the ledger',
  );
  must(after.journal >= before.journal, 'the journal is shorter than before');
}

export const retained: Step = {
  name: 'retained',
  title:
    'deleted with a position open, with Hold in the background and with CancelOrders orphaning: volumes stay, a new bot adopts them and trades on from its ledger',
  level: 'full',
  async run(context) {
    const { books, exchange, until, say } = context;
    for (const manner of [
      { onDelete: 'Hold', cascade: 'background' },
      { onDelete: 'CancelOrders', cascade: 'orphan' },
    ] as const) {
      const before = await books();
      await remove(context, manner);
      await adopt(context);
      const after = await books();
      mustContinue(before, after);
      say(`  adopted: ${before.fills.length} fills before, ${after.fills.length} now`);
      await tradesOn(context, 'it trades again');
      await until('ledger and exchange agree', agreement(exchange, books), 120);
    }
  },
};
