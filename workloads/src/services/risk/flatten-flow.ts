/** A person's command to be flat: taken up once, carried out by exits until nothing is held, then removed. */
import type { Timestamp } from '../../domain/time.ts';
import type { LedgerTransaction } from '../../ports/ledger.ts';
import { commandEntry } from '../journal-kinds.ts';
import type { RiskContext } from './risk-context.ts';

/** The ids of the commands that are not done yet; those seen for the first time are journalled. */
export async function takeCommands(tx: LedgerTransaction, at: Timestamp): Promise<readonly string[]> {
  const pending: string[] = [];
  for (const { commandId, kind } of await tx.commands()) {
    pending.push(commandId);
    if (!(await tx.markConsumed('risk', `command-${commandId}`))) continue;
    await tx.appendJournal('risk', [commandEntry({ commandId, kind, step: 'taken' }, { eventTime: at })]);
  }
  return pending;
}

/** Removes the commands once nothing is held; returns those that remain. */
export async function finishCommands(
  { books }: RiskContext,
  tx: LedgerTransaction,
  pending: readonly string[],
  at: Timestamp,
): Promise<readonly string[]> {
  if (pending.length === 0 || (books.account?.positions.size ?? 0) > 0) return pending;
  for (const commandId of pending) {
    await tx.removeCommand(commandId);
    await tx.appendJournal('risk', [
      commandEntry({ commandId, kind: 'FLATTEN', step: 'done' }, { eventTime: at }),
    ]);
  }
  return [];
}
