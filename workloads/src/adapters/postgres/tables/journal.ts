import {
  EMPTY_HEAD,
  type JournalDraft,
  type JournalEntry,
  type JournalHead,
  appendToChain,
} from '../../../domain/journal/chain.ts';
import type { Component } from '../../../ports/ledger.ts';
import { integer, text } from '../column.ts';
import type { Row, Statements, TransactionStatements } from '../statement.ts';

const HEAD = { name: 'journal.head', text: 'SELECT count, hash FROM journal_heads WHERE component = $1' };
const LOCK_HEAD = { name: 'journal.lock-head', text: `${HEAD.text} FOR UPDATE` };
/** Entries and the new end of their chain. */
const APPEND = {
  name: 'journal.append',
  text: `WITH added AS (INSERT INTO journal (component, sequence, previous_hash, hash, body)
         SELECT $1, entry.* FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) AS entry)
         INSERT INTO journal_heads (component, count, hash) VALUES ($1, $6, $7)
         ON CONFLICT (component) DO UPDATE SET count = excluded.count, hash = excluded.hash`,
};
const READ = {
  name: 'journal.read',
  text: `SELECT sequence, previous_hash, hash, body FROM journal
         WHERE component = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
};

const headIn = (row: Row | undefined): JournalHead =>
  row === undefined ? EMPTY_HEAD : { count: integer(row, 'count'), hash: text(row, 'hash') };

/** The ends of the chains that one transaction appends to, each locked and read once. */
export class JournalEnds {
  readonly #db: TransactionStatements;
  readonly #ends = new Map<Component, Promise<JournalHead>>();

  constructor(db: TransactionStatements) {
    this.#db = db;
  }

  /** Locked, so that the chain has one end even when two write; their keys would clash otherwise. */
  hold(component: Component): Promise<JournalHead> {
    const held = this.#ends.get(component) ?? this.#lock(component);
    this.#ends.set(component, held);
    return held;
  }

  append(component: Component, drafts: readonly JournalDraft[]): Promise<JournalHead> {
    const end = this.hold(component).then((head) => this.#write(component, head, drafts));
    this.#ends.set(component, end);
    return end;
  }

  async #lock(component: Component): Promise<JournalHead> {
    const [stored] = await this.#db.run(LOCK_HEAD, [component]);
    return headIn(stored);
  }

  #write(component: Component, before: JournalHead, drafts: readonly JournalDraft[]): JournalHead {
    if (drafts.length === 0) return before;
    const { entries, head } = appendToChain(before, drafts);
    const columns = [
      entries.map(({ sequence }) => sequence),
      entries.map(({ previousHash }) => previousHash),
      entries.map(({ hash }) => hash),
      entries.map(({ body }) => body),
    ];
    this.#db.send(APPEND, [component, ...columns, head.count, head.hash]);
    return head;
  }
}

export async function readJournalHead(db: Statements, component: Component): Promise<JournalHead> {
  const [row] = await db.run(HEAD, [component]);
  return headIn(row);
}

export async function readJournal(
  db: Statements,
  component: Component,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly JournalEntry[]> {
  const rows = await db.run(READ, [component, page.after, page.limit]);
  return rows.map((row) => ({
    sequence: integer(row, 'sequence'),
    previousHash: text(row, 'previous_hash'),
    hash: text(row, 'hash'),
    body: text(row, 'body'),
  }));
}
