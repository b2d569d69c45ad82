/** Where things go on after a restart: component documents, the replay's cursor, and a person's commands. */
import { type Command, type Component, LedgerError, type ReplayCursor } from '../../../ports/ledger.ts';
import { flag, integer, oneOf, text } from '../column.ts';
import { COMMAND_KINDS } from '../enumerations.ts';
import { insertOnce, onceStatements } from '../insert-once.ts';
import type { Row, Statements, TransactionStatements } from '../statement.ts';

const STATE = { name: 'state.read', text: 'SELECT state FROM component_state WHERE component = $1' };
const PUT_STATE = {
  name: 'state.put',
  text: `INSERT INTO component_state (component, state) VALUES ($1, $2)
         ON CONFLICT (component) DO UPDATE SET state = excluded.state`,
};
const CURSOR = { name: 'cursor.read', text: 'SELECT * FROM replay_cursor' };
/** Another data or settings hash updates nothing. */
const PUT_CURSOR = {
  name: 'cursor.put',
  text: `INSERT INTO replay_cursor (data_hash, settings_hash, candles, time, finished) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (only_row) DO UPDATE SET candles = excluded.candles, time = excluded.time,
         finished = excluded.finished
         WHERE replay_cursor.data_hash = excluded.data_hash AND replay_cursor.settings_hash = excluded.settings_hash
         RETURNING true AS put`,
};
const COMMAND_COLUMNS = ['command_id', 'kind', 'requested_time'];
const COMMANDS = onceStatements({
  name: 'commands',
  key: ['command_id'],
  columns: COMMAND_COLUMNS,
  content: COMMAND_COLUMNS,
});
const ALL_COMMANDS = { name: 'commands.all', text: 'SELECT * FROM commands ORDER BY sequence' };
const REMOVE_COMMAND = { name: 'commands.remove', text: 'DELETE FROM commands WHERE command_id = $1' };

export async function readState(db: Statements, component: Component): Promise<unknown> {
  const [row] = await db.run(STATE, [component]);
  return row?.['state'];
}

/** @throws LedgerError LEDGER_BROKEN when the state is no JSON value */
export function putState(db: TransactionStatements, component: Component, state: unknown): void {
  const document = JSON.stringify(state) as string | undefined;
  if (document === undefined) {
    throw new LedgerError(
      'LEDGER_BROKEN',
      `the state of ${component} is no JSON value: was ${typeof state}`,
      {
        retryable: false,
      },
    );
  }
  db.send(PUT_STATE, [component, document]);
}

function cursorIn(row: Row): ReplayCursor {
  return {
    dataHash: text(row, 'data_hash'),
    settingsHash: text(row, 'settings_hash'),
    candles: integer(row, 'candles'),
    time: integer(row, 'time'),
    finished: flag(row, 'finished'),
  };
}

export async function readCursor(db: Statements): Promise<ReplayCursor | undefined> {
  const [row] = await db.run(CURSOR, []);
  return row === undefined ? undefined : cursorIn(row);
}

/** @throws LedgerError LEDGER_CONFLICT when another replay's cursor is there */
export async function putCursor(db: Statements, cursor: ReplayCursor): Promise<void> {
  const { dataHash, settingsHash, candles, time, finished } = cursor;
  const put = await db.run(PUT_CURSOR, [dataHash, settingsHash, candles, time, finished]);
  if (put.length > 0) return;
  throw new LedgerError(
    'LEDGER_CONFLICT',
    `this ledger belongs to a replay of other data or settings: was data ${dataHash}, settings ${settingsHash}`,
    { retryable: false },
  );
}

export const addCommand = (db: Statements, command: Command): Promise<boolean> =>
  insertOnce(db, COMMANDS, {
    command_id: command.commandId,
    kind: command.kind,
    requested_time: command.requestedTime,
  });

export async function readCommands(db: Statements): Promise<readonly Command[]> {
  const rows = await db.run(ALL_COMMANDS, []);
  return rows.map((row) => ({
    commandId: text(row, 'command_id'),
    kind: oneOf(row, 'kind', COMMAND_KINDS),
    requestedTime: integer(row, 'requested_time'),
  }));
}

export function removeCommand(db: TransactionStatements, commandId: string): void {
  db.send(REMOVE_COMMAND, [commandId]);
}
