/**
 * What execution tells risk through the ledger (state document `execution`), since they share no memory: whether ledger
 * and venue agree, and how far our clock is from the venue's. Old news counts as none: entries are then denied.
 */
import { z } from 'zod';
import { type Duration, SECOND, type Timestamp } from '../../domain/time.ts';
import type { LedgerReading, LedgerTransaction } from '../../ports/ledger.ts';

const document = z.strictObject({
  reconciled: z.boolean(),
  /** When ledger and venue last agreed; null when they never did. */
  lastReconciliation: z.int().nullable(),
  /** Our clock less the venue's, ms; null while it is not known. */
  clockOffset: z.number().nullable(),
  /** When this was true. */
  time: z.int(),
});
export type ExecutionDocument = Readonly<z.output<typeof document>>;

/** Written every second or so; after this it is no news any more. */
const FRESH_FOR: Duration = 15 * SECOND;

export const writeExecutionDocument = (tx: LedgerTransaction, told: ExecutionDocument): Promise<void> =>
  tx.putState('execution', told);

/** Undefined before the first. @throws ZodError when it is not one of ours (the ledger is broken) */
export async function readExecutionDocument(ledger: LedgerReading): Promise<ExecutionDocument | undefined> {
  const stored = await ledger.state('execution');
  return stored === undefined ? undefined : document.parse(stored);
}

/** The document while it is news. */
export const freshNews = (
  told: ExecutionDocument | undefined,
  now: Timestamp,
): ExecutionDocument | undefined => (told !== undefined && now - told.time <= FRESH_FOR ? told : undefined);
