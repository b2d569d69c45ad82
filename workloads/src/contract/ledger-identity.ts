import type { BotSettings } from './bot-settings.ts';

/** What a ledger belongs to, as `ports/ledger.ts` has it. */
export interface BotIdentity {
  readonly bot: string;
  readonly mode: BotSettings['mode'];
  readonly venue: BotSettings['exchange']['venue'];
  readonly market: BotSettings['exchange']['market'];
  readonly account: string;
  readonly quote: string;
}

/** Whose ledger a bot writes. Paper accounts are the bot's own (`paper:<bot>`): they never meet a real account. */
export function ledgerIdentity(settings: BotSettings): BotIdentity {
  const { name, mode, exchange, universe } = settings;
  const account = mode === 'paper' ? `paper:${name}` : `${exchange.venue}:${exchange.account}`;
  return { bot: name, mode, venue: exchange.venue, market: exchange.market, account, quote: universe.quote };
}
