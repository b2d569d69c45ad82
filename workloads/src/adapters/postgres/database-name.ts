import { createHash } from 'node:crypto';
import type { LedgerIdentity } from '../../ports/ledger.ts';

/** PostgreSQL cuts longer names without a word. */
const MAX_NAME = 63;
const PREFIX = 'claire_';
const HASH_LENGTH = 8;

/**
 * The database of a bot in a mode: paper and live are two databases of one server, so they never meet. A bot's name is
 * readable in it; where characters had to be replaced or cut, a hash keeps two bots apart.
 */
export function databaseName(identity: Pick<LedgerIdentity, 'bot' | 'mode'>): string {
  const exact = `${identity.bot}_${identity.mode}`;
  const safe = exact.toLowerCase().replace(/[^a-z0-9_-]/g, '_');
  if (safe === exact && PREFIX.length + safe.length <= MAX_NAME) return `${PREFIX}${safe}`;
  const hash = createHash('sha256').update(exact).digest('hex').slice(0, HASH_LENGTH);
  return `${PREFIX}${safe.slice(0, MAX_NAME - PREFIX.length - HASH_LENGTH - 1)}_${hash}`;
}
