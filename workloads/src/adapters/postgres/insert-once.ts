import { LedgerError } from '../../ports/ledger.ts';
import type { Statement, Statements, Value } from './statement.ts';

/** A table whose rows are inserted once and recognised when they come again. */
export interface OnceTable {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  /** The columns that must be equal when the key comes again. */
  readonly content: readonly string[];
}

export interface OnceStatements {
  readonly table: OnceTable;
  readonly insert: Statement;
  readonly compare: Statement;
}

/** The two statements of a table, made once. */
export function onceStatements(table: OnceTable): OnceStatements {
  const places = table.columns.map((_, index) => `$${index + 1}`);
  const key = table.key.map((column, index) => `${column} = $${index + 1}`);
  return {
    table,
    insert: {
      name: `${table.name}.insert`,
      text: `INSERT INTO ${table.name} (${table.columns.join(', ')}) VALUES (${places.join(', ')})
             ON CONFLICT (${table.key.join(', ')}) DO NOTHING RETURNING true AS inserted`,
    },
    compare: {
      name: `${table.name}.compare`,
      text: `SELECT ${table.content.map((column) => `${column}::text`).join(', ')}
             FROM ${table.name} WHERE ${key.join(' AND ')}`,
    },
  };
}

/**
 * Insert a row; false when the same row is there already.
 * @throws LedgerError LEDGER_CONFLICT when the key is there with another content, naming the first column that differs
 */
export async function insertOnce(
  db: Statements,
  statements: OnceStatements,
  row: Readonly<Record<string, Value>>,
): Promise<boolean> {
  const { table, insert, compare } = statements;
  const inserted = await db.run(
    insert,
    table.columns.map((column) => row[column] ?? null),
  );
  if (inserted.length > 0) return true;
  const keys = table.key.map((column) => row[column] ?? null);
  const [stored = {}] = (await db.run(compare, keys)) as readonly StoredText[];
  const differing = table.content.find((column) => asText(row[column]) !== stored[column]);
  if (differing === undefined) return false;
  throw new LedgerError(
    'LEDGER_CONFLICT',
    `${table.name} ${keys.join(' ')} is in the ledger with another ${differing}: ` +
      `was ${asText(row[differing]) ?? 'absent'}, stored is ${stored[differing] ?? 'absent'}`,
    { retryable: false },
  );
}

type StoredText = Readonly<Record<string, string | null>>;

/** As PostgreSQL writes it with `::text`; every amount is canonical on both sides. */
function asText(value: Value | undefined): string | null {
  return value === undefined || value === null ? null : String(value);
}
