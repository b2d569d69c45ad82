import type { JournalEntry } from '../../domain/journal/chain.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { Component, LedgerReading } from '../../ports/ledger.ts';

/** Entries read at a time: bounds memory on a long journal. */
const PAGE = 1_000;

/** What an entry says, for showing: verifying uses the text as it stands. */
export interface JournalFacts {
  readonly sequence: number;
  readonly kind: string;
  readonly eventTime: Timestamp;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** All entries of a component's journal, oldest first. */
export async function* readJournal(
  tx: Pick<LedgerReading, 'journal'>,
  component: Component,
): AsyncGenerator<JournalEntry> {
  let after = 0;
  for (;;) {
    const page = await tx.journal(component, after, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.sequence;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Undefined for a body that is no journal body: `verify-journal` is the one to report that. */
export function readFacts(entry: JournalEntry): JournalFacts | undefined {
  let body: unknown;
  try {
    body = JSON.parse(entry.body);
  } catch {
    return undefined;
  }
  if (!isRecord(body) || !isRecord(body['facts'])) return undefined;
  const { kind, eventTime, facts } = body;
  if (typeof kind !== 'string' || typeof eventTime !== 'number') return undefined;
  return { sequence: entry.sequence, kind, eventTime, facts };
}
