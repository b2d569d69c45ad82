/** What was asked of the control API, and until when entries are held. */
import type { ControlOperation, EntryHold } from '../../../ports/ledger.ts';
import { integer, oneOf, optional, text } from '../column.ts';
import { BOT_STATES, CONTROL_ACTION_NAMES, CONTROL_RESULTS } from '../enumerations.ts';
import { insertOnce, onceStatements } from '../insert-once.ts';
import type { Row, Statements, TransactionStatements } from '../statement.ts';

const COLUMNS = ['operation_id', 'action', 'actor', 'reason', 'result', 'code', 'message', 'state', 'time'];
const OPERATIONS = onceStatements({
  name: 'operations',
  key: ['operation_id'],
  columns: COLUMNS,
  content: COLUMNS,
});
const ONE_OPERATION = { name: 'operations.one', text: 'SELECT * FROM operations WHERE operation_id = $1' };
const HOLD = { name: 'hold.read', text: 'SELECT * FROM entry_hold' };
const PUT_HOLD = {
  name: 'hold.put',
  text: `INSERT INTO entry_hold (operation_id, held_until) VALUES ($1, $2)
         ON CONFLICT (only_row) DO UPDATE SET operation_id = excluded.operation_id, held_until = excluded.held_until`,
};
const END_HOLD = { name: 'hold.end', text: 'DELETE FROM entry_hold' };

export const insertOperation = (db: Statements, operation: ControlOperation): Promise<boolean> =>
  insertOnce(db, OPERATIONS, {
    operation_id: operation.operationId,
    action: operation.action,
    actor: operation.actor,
    reason: operation.reason,
    result: operation.result,
    code: operation.code ?? null,
    message: operation.message,
    state: operation.state,
    time: operation.time,
  });

function operationIn(row: Row): ControlOperation {
  return {
    operationId: text(row, 'operation_id'),
    action: oneOf(row, 'action', CONTROL_ACTION_NAMES),
    actor: text(row, 'actor'),
    reason: text(row, 'reason'),
    result: oneOf(row, 'result', CONTROL_RESULTS),
    ...optional(row, { column: 'code', key: 'code' }, text),
    message: text(row, 'message'),
    state: oneOf(row, 'state', BOT_STATES),
    time: integer(row, 'time'),
  };
}

export async function readOperation(
  db: Statements,
  operationId: string,
): Promise<ControlOperation | undefined> {
  const [row] = await db.run(ONE_OPERATION, [operationId]);
  return row === undefined ? undefined : operationIn(row);
}

export async function readEntryHold(db: Statements): Promise<EntryHold | undefined> {
  const [row] = await db.run(HOLD, []);
  return row === undefined
    ? undefined
    : { operationId: text(row, 'operation_id'), until: integer(row, 'held_until') };
}

export function putEntryHold(db: TransactionStatements, hold: EntryHold | undefined): void {
  if (hold === undefined) db.send(END_HOLD, []);
  else db.send(PUT_HOLD, [hold.operationId, hold.until]);
}
