/** Who may trade for the account: the fencing epoch. */
import { LedgerError, type WriterEpoch } from '../../../ports/ledger.ts';
import { integer, text } from '../column.ts';
import type { Statements } from '../statement.ts';

const READ = { name: 'epoch.read', text: 'SELECT epoch, holder, lease_until FROM writer_epoch' };
const FIRST = {
  name: 'epoch.first',
  text: `INSERT INTO writer_epoch (epoch, holder, lease_until) VALUES ($1, $2, $3)
         ON CONFLICT (only_row) DO NOTHING RETURNING true AS put`,
};
const NEXT = {
  name: 'epoch.next',
  text: `UPDATE writer_epoch SET epoch = $1, holder = $2, lease_until = $3 WHERE epoch = $4 RETURNING true AS put`,
};

export async function readEpoch(db: Statements): Promise<WriterEpoch | undefined> {
  const [row] = await db.run(READ, []);
  if (row === undefined) return undefined;
  return {
    epoch: integer(row, 'epoch'),
    holder: text(row, 'holder'),
    leaseUntil: integer(row, 'lease_until'),
  };
}

/** @throws LedgerError LEDGER_CONFLICT when the stored epoch is not `after` (undefined: none is stored) */
export async function putEpoch(db: Statements, next: WriterEpoch, after: number | undefined): Promise<void> {
  const { epoch, holder, leaseUntil } = next;
  const values = [epoch, holder, leaseUntil];
  const put = await (after === undefined ? db.run(FIRST, values) : db.run(NEXT, [...values, after]));
  if (put.length > 0) return;
  const stored = await readEpoch(db);
  const found = stored === undefined ? 'none' : `${stored.epoch} of ${stored.holder}`;
  throw new LedgerError(
    'LEDGER_CONFLICT',
    `epoch ${epoch} of ${holder} cannot follow ${after ?? 'none'}: stored is ${found}`,
    { retryable: false },
  );
}
