/** The name of a bot among all bots: what its streams, journal and ledger are called by. */
export const botKey = (bot: { readonly namespace: string; readonly name: string }): string =>
  `${bot.namespace}/${bot.name}`;

/**
 * The Redis key of a stream, `claire:{<namespace>/<bot>}:<stream>[:<shard>]`. The braces keep all keys of a bot on one
 * node of a cluster.
 */
export function streamKey(
  bot: { readonly namespace: string; readonly name: string },
  stream: string,
  shard?: number,
): string {
  return `claire:{${botKey(bot)}}:${stream}${shard === undefined ? '' : `:${shard}`}`;
}

/** The Redis key of what the readers of a stream gave up on. */
export const deadLetterKey = (
  bot: { readonly namespace: string; readonly name: string },
  stream: string,
): string => `${streamKey(bot, 'dead_letters')}:${stream}`;
