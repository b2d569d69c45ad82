/**
 * The archive of a ledger: gzip, one JSON value a line. The first line says what it is and whose; then, table by table,
 * a line with the columns and a line of texts a row (every value as PostgreSQL writes it, so nothing is rounded); the
 * last line has the counts, the journal heads and the SHA-256 of all lines before it.
 */
import { type Hash, createHash } from 'node:crypto';
import { z } from 'zod';
import { LedgerError, type LedgerIdentity } from '../../ports/ledger.ts';
import { text } from './column.ts';
import type { Session } from './session.ts';

export const ARCHIVE_FORMAT = 'claire-ledger';
export const ARCHIVE_VERSION = 1;

/** Every table of a ledger, those first that others refer to, and what its rows are ordered by. */
export const ARCHIVED_TABLES = {
  identity: 'only_row',
  orders: 'sequence',
  fills: 'sequence',
  account: 'only_row',
  positions: 'symbol, dust',
  round_trips: 'sequence',
  equity_snapshots: 'time',
  candles: 'symbol, interval_ms, open_time',
  verdicts: 'sequence',
  reservations: 'sequence',
  demands: 'source',
  causes: 'source',
  commands: 'sequence',
  operations: 'sequence',
  entry_hold: 'only_row',
  instruments: 'symbol',
  journal: 'component, sequence',
  journal_heads: 'component',
  outbox: 'sequence',
  inbox: 'consumer, event_id',
  component_state: 'component',
  replay_cursor: 'only_row',
  writer_epoch: 'only_row',
  opening_balances: 'asset',
  breaks: 'sequence',
} as const;

export type ArchivedTable = keyof typeof ARCHIVED_TABLES;
export const ARCHIVED_TABLE_NAMES = Object.keys(ARCHIVED_TABLES) as readonly ArchivedTable[];

const name = z.string().min(1).max(200);
const count = z.int().nonnegative();

const headerSchema = z.object({
  format: z.literal(ARCHIVE_FORMAT),
  version: z.int().positive(),
  /** How many migrations the ledger had. */
  schema: z.int().positive(),
  identity: z.object({ bot: name, mode: name, venue: name, market: name, account: name, quote: name }),
});
const tableSchema = z.object({ table: z.enum(ARCHIVED_TABLE_NAMES), columns: z.array(name).min(1).max(100) });
const rowSchema = z.array(z.string().nullable()).min(1).max(100);
const trailerSchema = z.object({
  end: z.literal(true),
  counts: z.record(z.string(), count),
  heads: z.record(z.string(), z.object({ count, hash: z.string() })),
  sha256: z.string(),
});

export type ArchiveHeader = z.infer<typeof headerSchema>;
export type ArchiveTrailer = z.infer<typeof trailerSchema>;
const lineSchema = z.union([rowSchema, tableSchema, trailerSchema, headerSchema]);
export type ArchiveLine = z.infer<typeof lineSchema>;

export interface ArchiveSummary {
  readonly database: string;
  readonly identity: LedgerIdentity;
  /** Rows a table. */
  readonly counts: Readonly<Record<string, number>>;
  /** The journal's end, a component: what a later verification can expect. */
  readonly heads: ArchiveTrailer['heads'];
  /** Over all lines but the last. */
  readonly sha256: string;
}

/** One line of an archive. @throws LedgerError LEDGER_ARCHIVE naming the line */
export function parseArchiveLine(line: string, lineNumber: number): ArchiveLine {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw archiveError(`line ${lineNumber} is not JSON: was ${JSON.stringify(line.slice(0, 60))}`);
  }
  const parsed = lineSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw archiveError(
    `line ${lineNumber} is not a line of a ledger archive: was ${JSON.stringify(line.slice(0, 60))}`,
  );
}

/** Takes lines in order and tells their SHA-256: each line and its line feed. */
export function makeLineHash(): { add(line: string): void; digest(): string } {
  const hash: Hash = createHash('sha256');
  return {
    add: (line) => {
      hash.update(line).update('\n');
    },
    digest: () => hash.digest('hex'),
  };
}

export const archiveError = (problem: string, cause?: unknown): LedgerError =>
  new LedgerError('LEDGER_ARCHIVE', `the archive cannot be used: ${problem}; nothing was imported`, {
    retryable: false,
    cause,
  });

export interface ColumnType {
  readonly name: string;
  readonly type: string;
  /** Numbered by the database. */
  readonly generated: boolean;
}

const COLUMNS = {
  name: 'archive.columns',
  text: `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attidentity <> '' AS generated
         FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
};

/** The columns of a table of this ledger. */
export async function readColumns(session: Session, table: ArchivedTable): Promise<readonly ColumnType[]> {
  const rows = await session.run(COLUMNS, [`claire.${table}`]);
  return rows.map((row) => ({
    name: text(row, 'name'),
    type: text(row, 'type'),
    generated: row['generated'] === true,
  }));
}
