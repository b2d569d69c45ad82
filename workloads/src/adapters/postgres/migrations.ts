import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { LedgerError } from '../../ports/ledger.ts';
import { integer, text } from './column.ts';
import type { Session } from './session.ts';

/** Where the numbered SQL files are: `0001_trading.sql`, … */
const SQL_FOLDER = new URL('../../../sql/', import.meta.url);
const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file: an applied migration must never change. */
  readonly hash: string;
}

const CREATE_VERSION_TABLE = `CREATE TABLE IF NOT EXISTS schema_version (
  version integer PRIMARY KEY, name text NOT NULL, hash text NOT NULL, applied_time timestamptz NOT NULL DEFAULT now())`;
const APPLIED = {
  name: 'version.read',
  text: 'SELECT version, name, hash FROM schema_version ORDER BY version',
};
const RECORD = {
  name: 'version.record',
  text: 'INSERT INTO schema_version (version, name, hash) VALUES ($1, $2, $3)',
};

/** The migrations of this program, by number; numbers may be left out. @throws LedgerError LEDGER_BROKEN when one is doubled */
export async function readMigrations(folder: URL = SQL_FOLDER): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => FILE_NAME.test(name)).sort();
  const migrations = await Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, folder), 'utf8');
      return { version: Number(name.slice(0, 4)), name, sql, hash: sha256(sql) };
    }),
  );
  const doubled = migrations.find(({ version }, index) => version === migrations[index - 1]?.version);
  if (doubled === undefined) return migrations;
  throw broken(`two migrations have one number: was ${doubled.name}`);
}

/**
 * Bring the schema up to date, within the caller's transaction and under the caller's lock: all of it or nothing.
 * @throws LedgerError LEDGER_NEWER when the database has a migration this program does not know, LEDGER_BROKEN when an
 *   applied one has changed since
 */
export async function migrate(session: Session, migrations: readonly Migration[]): Promise<void> {
  await session.command('CREATE SCHEMA IF NOT EXISTS claire');
  await session.command(CREATE_VERSION_TABLE);
  const applied = await readApplied(session, migrations);
  for (const migration of migrations.filter(({ version }) => !applied.has(version))) {
    await session.command(migration.sql);
    await session.run(RECORD, [migration.version, migration.name, migration.hash]);
  }
}

/**
 * How many migrations the database has. For readers, which must find them all.
 * @throws LedgerError as `migrate`
 */
export async function checkApplied(session: Session, migrations: readonly Migration[]): Promise<number> {
  return (await readApplied(session, migrations)).size;
}

async function readApplied(session: Session, migrations: readonly Migration[]): Promise<ReadonlySet<number>> {
  const applied = await session.run(APPLIED, []);
  for (const row of applied) {
    const version = integer(row, 'version');
    const known = migrations.find((migration) => migration.version === version);
    if (known === undefined) {
      throw new LedgerError(
        'LEDGER_NEWER',
        `the ledger was written by a newer version of Claire: it has migration ${text(row, 'name')}, ` +
          `the latest this program knows is ${migrations.at(-1)?.name ?? 'none'}; use that version`,
        { retryable: false },
      );
    }
    if (known.hash !== text(row, 'hash')) {
      throw broken(
        `migration ${known.name} has changed since it was applied to this ledger; restore the file`,
      );
    }
  }
  return new Set(applied.map((row) => integer(row, 'version')));
}

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');

const broken = (message: string): LedgerError =>
  new LedgerError('LEDGER_BROKEN', message, { retryable: false });
