/**
 * The hash chain of the journal (trading-rules: journal and digest). Each entry's hash covers the previous hash and the
 * exact text of its body, so that editing, removing, inserting or swapping entries breaks the chain at a nameable place.
 * The body is stored as the text that was hashed: nothing is re-serialised to verify it.
 */
import { hash } from 'node:crypto';
import type { Timestamp } from '../time.ts';

/** The hash before the first entry. */
export const GENESIS_HASH = '0'.repeat(64);

/** What a component wants to record. */
export interface JournalDraft {
  /** Enumerated kind, e.g. `verdict`, `fill`, `day-change`. */
  readonly kind: string;
  readonly eventTime: Timestamp;
  /** Event id of the cause. */
  readonly cause?: string;
  /** JSON-serialisable facts; money as strings. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface JournalEntry {
  /** 1 for the first entry of a component. */
  readonly sequence: number;
  readonly previousHash: string;
  readonly hash: string;
  /** The hashed text. */
  readonly body: string;
}

/** The end of a chain: how many entries and the last hash. */
export interface JournalHead {
  readonly count: number;
  readonly hash: string;
}

export const EMPTY_HEAD: JournalHead = { count: 0, hash: GENESIS_HASH };

export const sha256 = (text: string): string => hash('sha256', text);

/** The hash of an entry, from the hash before it, its number and its body. */
export const entryHash = (previousHash: string, sequence: number, body: string): string =>
  sha256(`${previousHash}\n${sequence}\n${body}`);

/** Append drafts to a chain: the new entries and the new head. */
export function appendToChain(
  head: JournalHead,
  drafts: readonly JournalDraft[],
): { readonly entries: readonly JournalEntry[]; readonly head: JournalHead } {
  const entries: JournalEntry[] = [];
  let { count, hash } = head;
  for (const draft of drafts) {
    const body = JSON.stringify({
      kind: draft.kind,
      eventTime: draft.eventTime,
      ...(draft.cause === undefined ? {} : { cause: draft.cause }),
      facts: draft.facts,
    });
    const previousHash = hash;
    count += 1;
    hash = entryHash(previousHash, count, body);
    entries.push({ sequence: count, previousHash, hash, body });
  }
  return { entries, head: { count, hash } };
}
