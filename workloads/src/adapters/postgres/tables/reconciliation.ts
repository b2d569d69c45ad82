/** Where ledger and venue disagree, and what the account held before the bot. */
import type { AssetAmount, Break, BreakSighting } from '../../../ports/ledger.ts';
import { amount, integer, oneOf, optional, quantityIn, text } from '../column.ts';
import { BREAK_KINDS } from '../enumerations.ts';
import type { Row, Statements, TransactionStatements } from '../statement.ts';

const OPENING = { name: 'opening.all', text: 'SELECT asset, amount FROM opening_balances ORDER BY asset' };
const PUT_OPENING = {
  name: 'opening.insert',
  text: `INSERT INTO opening_balances (asset, amount, time)
         SELECT asset, amount, $3 FROM unnest($1::text[], $2::numeric[]) AS held (asset, amount)
         ON CONFLICT (asset) DO NOTHING`,
};
const OPEN = {
  name: 'breaks.open',
  text: 'SELECT * FROM breaks WHERE resolved_time IS NULL ORDER BY sequence',
};
const ALL = { name: 'breaks.all', text: 'SELECT * FROM breaks ORDER BY sequence' };
const SEE = {
  name: 'breaks.see',
  text: `INSERT INTO breaks (kind, subject, expected, found, detail, since, last_seen)
         VALUES ($1, $2, $3, $4, $5, $6, $6)
         ON CONFLICT (kind, subject) WHERE resolved_time IS NULL DO UPDATE SET
         expected = excluded.expected, found = excluded.found, detail = excluded.detail, last_seen = excluded.last_seen
         RETURNING (xmax = 0) AS opened`,
};
const RESOLVE = {
  name: 'breaks.resolve',
  text: `UPDATE breaks SET resolved_time = $3, resolution = $4
         WHERE kind = $1 AND subject = $2 AND resolved_time IS NULL`,
};

export async function readOpeningBalances(db: Statements): Promise<readonly AssetAmount[]> {
  const rows = await db.run(OPENING, []);
  return rows.map((row) => ({ asset: text(row, 'asset'), amount: quantityIn(row, 'amount') }));
}

export function insertOpeningBalances(
  db: TransactionStatements,
  held: readonly AssetAmount[],
  time: number,
): void {
  db.send(PUT_OPENING, [held.map(({ asset }) => asset), held.map((one) => amount(one.amount)), time]);
}

function breakIn(row: Row): Break {
  return {
    kind: oneOf(row, 'kind', BREAK_KINDS),
    subject: text(row, 'subject'),
    expected: text(row, 'expected'),
    found: text(row, 'found'),
    detail: text(row, 'detail'),
    since: integer(row, 'since'),
    lastSeen: integer(row, 'last_seen'),
    ...optional(row, { column: 'resolved_time', key: 'resolvedTime' }, integer),
    ...optional(row, { column: 'resolution', key: 'resolution' }, text),
  };
}

export const readBreaks = async (db: Statements, which: 'open' | 'all'): Promise<readonly Break[]> =>
  (await db.run(which === 'open' ? OPEN : ALL, [])).map(breakIn);

export async function seeBreak(db: Statements, sighting: BreakSighting): Promise<boolean> {
  const { kind, subject, expected, found, detail, at } = sighting;
  const [row] = await db.run(SEE, [kind, subject, expected, found, detail, at]);
  return row?.['opened'] === true;
}

export function resolveBreak(
  db: TransactionStatements,
  which: Pick<Break, 'kind' | 'subject'>,
  end: { readonly at: number; readonly resolution: string },
): void {
  db.send(RESOLVE, [which.kind, which.subject, end.at, end.resolution]);
}
