import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { makeChainVerifier } from '../../domain/journal/verify.ts';
import { LedgerError } from '../../ports/ledger.ts';
import {
  ARCHIVED_TABLE_NAMES,
  ARCHIVE_VERSION,
  type ArchiveHeader,
  type ArchiveLine,
  type ArchiveSummary,
  type ArchiveTrailer,
  type ArchivedTable,
  archiveError,
  makeLineHash,
  parseArchiveLine,
  readColumns,
} from './archive-format.ts';
import { integer, text } from './column.ts';
import { databaseName } from './database-name.ts';
import type { LedgerServer } from './ledger-server.ts';
import { type Migration, migrate, readMigrations } from './migrations.ts';
import type { Session } from './session.ts';
import type { Statement } from './statement.ts';

const PAGE = 500;
/** One order's checks are a few kilobytes: longer lines are no archive of ours. */
const MAX_LINE_CHARACTERS = 16 * 1024 * 1024;
const JOURNAL_PAGE = {
  name: 'archive.journal',
  text: `SELECT component, sequence, previous_hash, hash, body FROM journal
         WHERE component = $1 AND sequence > $2 ORDER BY sequence LIMIT ${PAGE}`,
};
const COMPONENTS = {
  name: 'archive.components',
  text: 'SELECT component FROM journal_heads UNION SELECT DISTINCT component FROM journal ORDER BY 1',
};

/**
 * Bring an archive into an empty ledger of the bot and mode it was taken from: all of it or nothing. Counts, the hash
 * over the lines and every journal chain are verified before anything is committed.
 * @throws LedgerError LEDGER_ARCHIVE when it is truncated, altered or no archive; LEDGER_CONFLICT when the ledger is not
 *   empty; LEDGER_NEWER when it is of a newer version; LEDGER_LOCKED and what `LedgerServer.open` throws
 */
export async function importLedger(server: LedgerServer, source: Readable): Promise<ArchiveSummary> {
  const migrations = await readMigrations();
  const reader = new ArchiveImport(server, migrations);
  try {
    await pipeline(source, createGunzip(), (chunks: AsyncIterable<Buffer>) => reader.read(chunks));
    return await reader.finish();
  } catch (error) {
    // A pipeline may report its own abortion instead of what the reader threw.
    throw reader.failure ?? gzipError(error);
  } finally {
    await reader.close();
  }
}

/** What zlib says about a file that is cut or no gzip; everything else passes. */
function gzipError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') {
    return archiveError('it is truncated (the gzip stream ends in the middle)', error);
  }
  if (code?.startsWith('Z_') === true) return archiveError('it is no gzip file, or damaged', error);
  return error;
}

class ArchiveImport {
  readonly #server: LedgerServer;
  readonly #migrations: readonly Migration[];
  readonly #hash = makeLineHash();
  readonly #counts: Record<string, number> = {};
  #session: Session | undefined;
  #header: ArchiveHeader | undefined;
  #trailer: ArchiveTrailer | undefined;
  #insert:
    { readonly table: ArchivedTable; readonly statement: Statement; readonly width: number } | undefined;
  #page: string[] = [];
  #lineNumber = 0;
  #failure: unknown;

  constructor(server: LedgerServer, migrations: readonly Migration[]) {
    this.#server = server;
    this.#migrations = migrations;
  }

  /** What the reading was given up for. */
  get failure(): unknown {
    return this.#failure;
  }

  async read(chunks: AsyncIterable<Buffer>): Promise<void> {
    for await (const line of splitLines(chunks)) {
      this.#lineNumber += 1;
      try {
        await this.#take(parseArchiveLine(line, this.#lineNumber), line);
      } catch (error) {
        this.#failure = error;
        throw error;
      }
    }
  }

  async finish(): Promise<ArchiveSummary> {
    const [header, trailer, session] = [this.#header, this.#trailer, this.#session];
    if (header === undefined || trailer === undefined || session === undefined) {
      throw archiveError(`it is truncated (its last line is missing after line ${this.#lineNumber})`);
    }
    await this.#flush();
    this.#checkSums(trailer);
    for (const table of ARCHIVED_TABLE_NAMES) await continueNumbering(session, table);
    await verifyJournal(session, trailer);
    await migrate(session, this.#migrations);
    await session.command('COMMIT');
    const { identity } = header;
    return { database: databaseName(identity), identity, ...trailer };
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }

  async #take(content: ArchiveLine, line: string): Promise<void> {
    if (this.#trailer !== undefined) {
      throw archiveError(`line ${this.#lineNumber} stands behind the last one`);
    }
    if ('end' in content) {
      this.#trailer = content;
      return;
    }
    this.#hash.add(line);
    if ('format' in content) {
      await this.#begin(content);
    } else if ('table' in content) {
      await this.#beginTable(content.table, content.columns);
    } else {
      await this.#addRow(content.length, line);
    }
  }

  async #begin(header: ArchiveHeader): Promise<void> {
    if (this.#lineNumber !== 1) throw archiveError(`line ${this.#lineNumber} begins another archive`);
    if (header.version > ARCHIVE_VERSION || header.schema > this.#migrations.length) {
      throw new LedgerError(
        'LEDGER_NEWER',
        `the archive is of a newer version of Claire (format ${header.version}, schema ${header.schema}; this program ` +
          `knows ${ARCHIVE_VERSION} and ${this.#migrations.length}): use that version`,
        { retryable: false },
      );
    }
    this.#header = header;
    this.#session = await this.#server.connectForWriting(header.identity);
    await demandEmpty(this.#session);
    await this.#session.command('BEGIN; DROP SCHEMA IF EXISTS claire CASCADE');
    await migrate(this.#session, this.#migrations.slice(0, header.schema));
  }

  async #beginTable(table: ArchivedTable, columns: readonly string[]): Promise<void> {
    const session = this.#session;
    if (session === undefined) throw archiveError('its first line does not say what it is');
    if (table in this.#counts) throw archiveError(`line ${this.#lineNumber}: ${table} comes twice`);
    await this.#flush();
    this.#counts[table] = 0;
    const known = await readColumns(session, table);
    const types = columns.map((column) => known.find(({ name }) => name === column)?.type);
    if (types.includes(undefined)) {
      throw archiveError(`line ${this.#lineNumber}: ${table} has no such columns: was ${columns.join(', ')}`);
    }
    const values = types.map((type, index) => `(line ->> ${index})::${type ?? ''}`);
    this.#insert = {
      table,
      width: columns.length,
      statement: {
        name: `archive.insert.${table}`,
        text: `INSERT INTO ${table} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE
               SELECT ${values.join(', ')} FROM (SELECT unnest($1::text[])::json AS line) AS page`,
      },
    };
  }

  async #addRow(width: number, line: string): Promise<void> {
    if (this.#insert?.width !== width) {
      throw archiveError(`line ${this.#lineNumber} does not have the columns of its table`);
    }
    this.#page.push(line);
    this.#counts[this.#insert.table] = (this.#counts[this.#insert.table] ?? 0) + 1;
    if (this.#page.length >= PAGE) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#insert === undefined || this.#page.length === 0) return;
    const { statement, table } = this.#insert;
    try {
      await this.#session?.run(statement, [this.#page]);
    } catch (error) {
      if (error instanceof LedgerError && error.retryable) throw error;
      throw archiveError(
        `${table} before line ${this.#lineNumber} holds what the table does not take`,
        error,
      );
    }
    this.#page = [];
  }

  #checkSums(trailer: ArchiveTrailer): void {
    const sum = this.#hash.digest();
    if (sum !== trailer.sha256) {
      throw archiveError(`its lines were altered: their hash is ${sum}, not ${trailer.sha256}`);
    }
    const wrong = ARCHIVED_TABLE_NAMES.find((table) => this.#counts[table] !== trailer.counts[table]);
    if (wrong === undefined) return;
    throw archiveError(`${wrong} has ${this.#counts[wrong] ?? 0} rows, not ${trailer.counts[wrong] ?? 0}`);
  }
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > MAX_LINE_CHARACTERS) {
      throw archiveError(`a line has more than ${MAX_LINE_CHARACTERS} characters`);
    }
  }
  if (rest !== '') yield rest;
}

/** @throws LedgerError LEDGER_CONFLICT naming a table that has rows. A ledger that was only opened counts as empty. */
async function demandEmpty(session: Session): Promise<void> {
  for (const table of ARCHIVED_TABLE_NAMES) {
    if (table === 'identity' || !(await exists(session, table))) continue;
    const rows = await session.run(
      { name: `archive.any.${table}`, text: `SELECT 1 FROM ${table} LIMIT 1` },
      [],
    );
    if (rows.length === 0) continue;
    throw new LedgerError(
      'LEDGER_CONFLICT',
      `the ledger ${session.target.name} is not empty (${table} has rows): import into a new folder or server`,
      { retryable: false },
    );
  }
}

async function exists(session: Session, table: ArchivedTable): Promise<boolean> {
  const statement = { name: 'archive.exists', text: 'SELECT to_regclass($1) IS NOT NULL AS there' };
  const [row] = await session.run(statement, [`claire.${table}`]);
  return row?.['there'] === true;
}

/** New rows are numbered behind the imported ones. */
async function continueNumbering(session: Session, table: ArchivedTable): Promise<void> {
  for (const { name, generated } of await readColumns(session, table)) {
    if (!generated) continue;
    await session.command(
      `SELECT setval(pg_get_serial_sequence('claire.${table}', '${name}'), coalesce(max(${name}), 1), count(*) > 0)
       FROM ${table}`,
    );
  }
}

/** @throws LedgerError LEDGER_ARCHIVE naming the first entry that does not fit */
async function verifyJournal(session: Session, trailer: ArchiveTrailer): Promise<void> {
  for (const row of await session.run(COMPONENTS, [])) {
    const component = text(row, 'component');
    const head = trailer.heads[component];
    if (head === undefined) {
      throw archiveError(`its last line does not name the journal head of ${component}`);
    }
    const verifier = makeChainVerifier({ component, head });
    for (let after = 0; ;) {
      const page = await session.run(JOURNAL_PAGE, [component, after]);
      for (const entry of page) {
        after = integer(entry, 'sequence');
        const previousHash = text(entry, 'previous_hash');
        verifier.add({ sequence: after, previousHash, hash: text(entry, 'hash'), body: text(entry, 'body') });
      }
      if (page.length < PAGE) break;
    }
    const fault = verifier.finish().faults[0];
    if (fault !== undefined) {
      throw archiveError(`the journal of ${component} does not verify: ${fault.message}`);
    }
  }
}
