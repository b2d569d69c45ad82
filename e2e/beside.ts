/** A further bot beside the first one, with an exchange of its own. */
import { eagerBot, exchangeObjects, makeBot, SYMBOLS } from './bot.ts';
import { makeExchange } from './exchange.ts';
import { makeBooks } from './ledger.ts';
import type { Context } from './step.ts';
import { exchangeIsUp } from './steps/install.ts';

interface Names {
  readonly namespace: string;
  readonly bot: string;
  readonly exchange: string;
  readonly symbols?: readonly string[];
}

/** Removes what is retained of a bot that is gone, and its exchange with all it remembers. */
async function forget({ bot, cluster }: Context, exchange: string): Promise<void> {
  const ofBot = ['-n', bot.namespace, '-l', `trading.claire.dev/bot=${bot.name}`];
  await cluster.kubectl(['delete', 'persistentvolumeclaims,secrets', ...ofBot]);
  const objects = [`deployment/${exchange}`, `service/${exchange}`, `secret/${exchange}-keys`];
  await cluster.kubectl(['delete', ...objects, '-n', bot.namespace, '--ignore-not-found']);
}

/** Applies exchange and bot; gives the context in which the words of the steps are about them. */
export async function startBeside(
  context: Context,
  { namespace, bot, exchange, symbols = SYMBOLS }: Names,
): Promise<Context> {
  const { cluster } = context;
  const beside = {
    ...context,
    bot: makeBot(cluster, namespace, bot),
    exchange: makeExchange(cluster, namespace, exchange),
    books: makeBooks(cluster, namespace, bot),
  };
  // What a run that was broken off left would wait to be adopted, and its exchange knows orders of another ledger.
  if ((await beside.bot.resource()) === undefined) await forget(beside, exchange);
  await cluster.apply(namespace, exchangeObjects({ name: exchange, bot, symbols }));
  await exchangeIsUp(beside);
  // Several bots with their usual requests ask for more than two processors.
  await cluster.apply(namespace, [eagerBot(bot, { exchange, small: true, symbols })]);
  return beside;
}

/** Deletes bot and exchange, and what of the bot is retained. */
export async function letGo(context: Context, exchange: string): Promise<void> {
  const { name, namespace } = context.bot;
  await context.cluster.kubectl(['delete', 'tradingbot', name, '-n', namespace, '--timeout=300s']);
  await forget(context, exchange);
}
