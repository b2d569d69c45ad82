/** A person's command to be flat: taken up once, carried out by exits until nothing is held, then removed. */
import { OPEN_STATES } from '../../domain/orders/order-machine.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { LedgerTransaction } from '../../ports/ledger.ts';
import { commandEntry } from '../journal-kinds.ts';
import { type RiskContext, stateNow, tellState } from './risk-context.ts';

/**
 * The ids of the commands that are not done yet; those seen for the first time are journalled, and execution is told to
 * cancel the entries that work.
 */
export async function takeCommands(
  context: RiskContext,
  tx: LedgerTransaction,
  at: Timestamp,
): Promise<readonly string[]> {
  const pending: string[] = [];
  let isNew = false;
  for (const { commandId, kind } of await tx.commands()) {
    pending.push(commandId);
    if (!(await tx.markConsumed('risk', `command-${commandId}`))) continue;
    await tx.appendJournal('risk', [commandEntry({ commandId, kind, step: 'taken' }, { eventTime: at })]);
    isNew = true;
  }
  if (isNew) await tellCommandState(context, tx, at);
  return pending;
}

const tellCommandState = async (context: RiskContext, tx: LedgerTransaction, at: Timestamp): Promise<void> =>
  tellState(context, tx, { state: await stateNow(context, tx), reason: 'command:FLATTEN', eventTime: at });

/** Removes the commands once nothing is held and no entry can be filled any more; returns those that remain. */
export async function finishCommands(
  context: RiskContext,
  tx: LedgerTransaction,
  pending: readonly string[],
  at: Timestamp,
): Promise<readonly string[]> {
  if (pending.length === 0 || (context.books.account?.positions.size ?? 0) > 0) return pending;
  if ((await tx.orders(OPEN_STATES)).some((order) => order.purpose === 'ENTRY')) return pending;
  for (const commandId of pending) {
    await tx.removeCommand(commandId);
    await tx.appendJournal('risk', [
      commandEntry({ commandId, kind: 'FLATTEN', step: 'done' }, { eventTime: at }),
    ]);
  }
  await tellCommandState(context, tx, at);
  return [];
}
