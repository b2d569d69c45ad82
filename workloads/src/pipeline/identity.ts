import type { BotSettings } from '../contract/index.ts';
import type { LedgerIdentity } from '../ports/ledger.ts';

/**
 * Whose ledger a run on one machine writes. Paper accounts are the bot's own (`paper:<bot>`), so that paper positions
 * never meet a real account.
 */
export function ledgerIdentity(settings: BotSettings): LedgerIdentity {
  const { name, mode, exchange, universe } = settings;
  const account = mode === 'paper' ? `paper:${name}` : `${exchange.venue}:${exchange.account}`;
  return { bot: name, mode, venue: exchange.venue, market: exchange.market, account, quote: universe.quote };
}
