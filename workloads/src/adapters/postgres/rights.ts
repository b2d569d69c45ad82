/**
 * Who may change what in a ledger. Everybody in the group reads everything; beyond that a role has what is named here
 * and nothing else. The journal is only ever inserted into. The owner, who prepares the ledger, is no service.
 */

/** The group of all login roles: connects and reads. */
export const GROUP_ROLE = 'cdb_user';

/** The login roles of a bot: one a process, and one for dashboards. */
export const LEDGER_ROLES = [
  'screener_ws',
  'screener_rest',
  'signal',
  'risk',
  'execution',
  'reader',
] as const;
export type LedgerRole = (typeof LEDGER_ROLES)[number];

/** Privileges as SQL names them, some of them on columns only. */
type Rights = Readonly<Partial<Record<LedgerRole, readonly string[]>>>;

const WRITERS = ['screener_ws', 'screener_rest', 'signal', 'risk', 'execution'] as const;
const all = (...privileges: string[]): Rights =>
  Object.fromEntries(WRITERS.map((role) => [role, privileges]));

/** What becomes of an order; its intent is never changed. */
const PROGRESS =
  'UPDATE (state, filled_quantity, filled_notional, venue_order_id, reason, updated_time, revision)';

/** Every table of the schema. */
export const TABLE_RIGHTS: Readonly<Record<string, Rights>> = {
  schema_version: {},
  identity: {},
  orders: { risk: ['INSERT'], execution: [PROGRESS] },
  fills: { execution: ['INSERT'] },
  account: { risk: ['INSERT', 'UPDATE'], execution: ['INSERT', 'UPDATE'] },
  positions: { risk: ['INSERT', 'UPDATE', 'DELETE'], execution: ['INSERT', 'UPDATE', 'DELETE'] },
  round_trips: { risk: ['INSERT'] },
  equity_snapshots: { risk: ['INSERT', 'UPDATE', 'DELETE'] },
  candles: { screener_ws: ['INSERT', 'UPDATE', 'DELETE'] },
  verdicts: { risk: ['INSERT'] },
  reservations: { risk: ['INSERT'], execution: ['DELETE'] },
  demands: { risk: ['INSERT', 'UPDATE', 'DELETE'], execution: ['INSERT', 'UPDATE', 'DELETE'] },
  operations: { risk: ['INSERT'], execution: ['INSERT'] },
  entry_hold: { risk: ['INSERT', 'UPDATE', 'DELETE'], execution: ['INSERT', 'UPDATE', 'DELETE'] },
  causes: { risk: ['INSERT', 'UPDATE', 'DELETE'] },
  commands: { risk: ['INSERT', 'DELETE'], execution: ['INSERT', 'DELETE'] },
  writer_epoch: { execution: ['INSERT', 'UPDATE'] },
  opening_balances: { execution: ['INSERT'] },
  breaks: { execution: ['INSERT', 'UPDATE'] },
  instruments: { screener_rest: ['INSERT', 'UPDATE'] },
  journal: all('INSERT'),
  journal_heads: all('INSERT', 'UPDATE'),
  outbox: all('INSERT', 'DELETE'),
  inbox: { ...all('INSERT'), risk: ['INSERT', 'DELETE'] },
  component_state: all('INSERT', 'UPDATE'),
  replay_cursor: {},
};
