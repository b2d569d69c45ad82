import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { LedgerIdentity } from '../../ports/ledger.ts';
import {
  ARCHIVED_TABLES,
  ARCHIVED_TABLE_NAMES,
  ARCHIVE_FORMAT,
  ARCHIVE_VERSION,
  type ArchiveHeader,
  type ArchiveSummary,
  type ArchiveTrailer,
  type ArchivedTable,
  makeLineHash,
  readColumns,
} from './archive-format.ts';
import { integer, text } from './column.ts';
import type { LedgerServer } from './ledger-server.ts';
import type { Session } from './session.ts';

const PAGE = 1_000;
const FETCH = { name: 'archive.fetch', text: `FETCH ${PAGE} FROM part` };
const HEADS = {
  name: 'archive.heads',
  text: 'SELECT component, count, hash FROM journal_heads ORDER BY component',
};

/**
 * Write a ledger as one archive, as it is at one moment, also while a run writes it. `sink` is ended.
 * @throws LedgerError what `LedgerServer.view` throws; what `sink` fails with
 */
export async function exportLedger(
  server: LedgerServer,
  database: string,
  sink: Writable,
): Promise<ArchiveSummary> {
  const { session, identity, schema } = await server.connect(database);
  try {
    await session.command('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const header: ArchiveHeader = { format: ARCHIVE_FORMAT, version: ARCHIVE_VERSION, schema, identity };
    const trailer = await readTrailer(session);
    await pipeline(Readable.from(archiveLines(session, header, trailer)), createGzip(), sink);
    return summaryOf(database, identity, trailer);
  } finally {
    await session.close();
  }
}

/** Filled while the lines are made. */
type OpenTrailer = { -readonly [Key in keyof ArchiveTrailer]: ArchiveTrailer[Key] };

async function readTrailer(session: Session): Promise<OpenTrailer> {
  const rows = await session.run(HEADS, []);
  const heads = rows.map((row) => [
    text(row, 'component'),
    { count: integer(row, 'count'), hash: text(row, 'hash') },
  ]);
  return { end: true, counts: {}, heads: Object.fromEntries(heads) as ArchiveTrailer['heads'], sha256: '' };
}

const summaryOf = (database: string, identity: LedgerIdentity, trailer: ArchiveTrailer): ArchiveSummary => ({
  database,
  identity,
  counts: trailer.counts,
  heads: trailer.heads,
  sha256: trailer.sha256,
});

async function* archiveLines(
  session: Session,
  header: ArchiveHeader,
  trailer: OpenTrailer,
): AsyncGenerator<string> {
  const hash = makeLineHash();
  const hashed = (line: string): string => {
    hash.add(line);
    return `${line}\n`;
  };
  yield hashed(JSON.stringify(header));
  for (const table of ARCHIVED_TABLE_NAMES) {
    const columns = await readColumns(session, table);
    const names = columns.map((column) => column.name);
    yield hashed(JSON.stringify({ table, columns: names }));
    let rows = 0;
    for await (const line of tableRows(session, table, names)) {
      rows += 1;
      yield hashed(line);
    }
    trailer.counts[table] = rows;
  }
  trailer.sha256 = hash.digest();
  yield `${JSON.stringify(trailer)}\n`;
}

/** Page by page: a journal may be longer than the memory is large. */
async function* tableRows(
  session: Session,
  table: ArchivedTable,
  columns: readonly string[],
): AsyncGenerator<string> {
  const values = columns.map((column) => `${column}::text`).join(', ');
  await session.command(
    `DECLARE part NO SCROLL CURSOR FOR SELECT json_build_array(${values})::text AS line
     FROM ${table} ORDER BY ${ARCHIVED_TABLES[table]}`,
  );
  for (;;) {
    const rows = await session.run(FETCH, []);
    for (const row of rows) yield text(row, 'line');
    if (rows.length < PAGE) break;
  }
  await session.command('CLOSE part');
}
