import type { DayMark } from '../../domain/account/drawdown.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { LedgerTransaction } from '../../ports/ledger.ts';
import { dayChangeEntry } from '../journal-kinds.ts';
import type { RiskContext } from './risk-context.ts';

/** Journals that a UTC day began, whatever event was its first. `before` is the day mark that ended, if one did. */
export async function tellDayChange(
  { books }: RiskContext,
  tx: LedgerTransaction,
  before: DayMark | undefined,
  at: Timestamp,
): Promise<void> {
  const { dayMark } = books.document;
  if (before === undefined || dayMark === undefined) return;
  await tx.appendJournal('risk', [dayChangeEntry(before, dayMark, { eventTime: at })]);
}
