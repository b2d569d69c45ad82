import { LedgerError, type LedgerIdentity } from '../../ports/ledger.ts';
import { text } from './column.ts';
import type { Row, Statements } from './statement.ts';

const READ = { name: 'identity.read', text: 'SELECT * FROM identity' };
const WRITE = {
  name: 'identity.write',
  text: 'INSERT INTO identity (bot, mode, venue, market, account, quote) VALUES ($1, $2, $3, $4, $5, $6)',
};

/** In the order they are compared and named. */
const FIELDS = [
  'bot',
  'mode',
  'venue',
  'market',
  'account',
  'quote',
] as const satisfies readonly (keyof LedgerIdentity)[];

const identityIn = (row: Row): LedgerIdentity => ({
  bot: text(row, 'bot'),
  mode: text(row, 'mode'),
  venue: text(row, 'venue'),
  market: text(row, 'market'),
  account: text(row, 'account'),
  quote: text(row, 'quote'),
});

export async function readIdentity(db: Statements): Promise<LedgerIdentity | undefined> {
  const [row] = await db.run(READ, []);
  return row === undefined ? undefined : identityIn(row);
}

/**
 * Make a new ledger ours, or make sure that an old one is.
 * @throws LedgerError LEDGER_IDENTITY naming the first field that differs and both its values
 */
export async function claimIdentity(db: Statements, identity: LedgerIdentity): Promise<void> {
  const stored = await readIdentity(db);
  if (stored === undefined) {
    await db.run(
      WRITE,
      FIELDS.map((field) => identity[field]),
    );
    return;
  }
  demandSameIdentity(stored, identity);
}

/** @throws LedgerError LEDGER_IDENTITY naming the first field that differs and both its values */
export function demandSameIdentity(stored: LedgerIdentity, identity: LedgerIdentity): void {
  const field = FIELDS.find((name) => stored[name] !== identity[name]);
  if (field === undefined) return;
  throw new LedgerError(
    'LEDGER_IDENTITY',
    `the ledger belongs to another ${field}: was ${identity[field]}, the ledger's is ${stored[field]}; ` +
      'name another ledger, or restore the setting',
    { retryable: false },
  );
}
