import type { Timestamp } from '../../domain/time.ts';
import type { LedgerTransaction } from '../../ports/ledger.ts';
import { raiseAlert } from '../alert-event.ts';
import { unprotectedEntry } from '../journal-kinds.ts';
import { allowsOrder } from '../state-gate.ts';
import { type RiskContext, stateNow } from './risk-context.ts';

/** Tells, once, that positions are open and the state lets no exit out; and notes when that has passed. */
export async function watchProtection(
  context: RiskContext,
  tx: LedgerTransaction,
  at: Timestamp,
): Promise<void> {
  const { books } = context;
  const symbols = [...(books.account?.positions.keys() ?? [])];
  const unprotected = symbols.length > 0 && !allowsOrder(await stateNow(context, tx), 'EXIT');
  if (unprotected === books.document.unprotected) return;
  books.update({ unprotected });
  if (!unprotected) return;
  await tx.appendJournal('risk', [unprotectedEntry(symbols, { eventTime: at })]);
  await raiseAlert(context, tx, {
    name: 'TradingPositionsUnprotected',
    about: [at, ...symbols],
    message: `${symbols.join(', ')} is held and the state lets no exit out: resume or flatten`,
    context: { symbols: symbols.join(',') },
    eventTime: at,
  });
}
