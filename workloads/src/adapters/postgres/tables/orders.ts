import type { TradingSymbol } from '../../../domain/market/candle.ts';
import type { Order, OrderState } from '../../../domain/orders/order.ts';
import { OPEN_STATES } from '../../../domain/orders/order-machine.ts';
import { LedgerError } from '../../../ports/ledger.ts';
import type { OrderChanges } from '../../../ports/order-changes.ts';
import { amount, integer, moneyIn, oneOf, optional, quantityIn, text } from '../column.ts';
import { ORDER_STATES } from '../enumerations.ts';
import { insertOnce, onceStatements } from '../insert-once.ts';
import type { Row, Statements, Value } from '../statement.ts';
import { INTENT_COLUMNS, intentIn, intentRow } from './intent-columns.ts';

const PROGRESS_COLUMNS = [
  'state',
  'filled_quantity',
  'filled_notional',
  'venue_order_id',
  'reason',
  'updated_time',
] as const;

const ORDERS = onceStatements({
  name: 'orders',
  key: ['order_id'],
  columns: [...INTENT_COLUMNS, ...PROGRESS_COLUMNS],
  content: INTENT_COLUMNS,
});
const UPDATE = {
  name: 'orders.update',
  text: `UPDATE orders SET state = $3, filled_quantity = $4, filled_notional = $5, venue_order_id = $6, reason = $7,
         updated_time = $8, revision = DEFAULT WHERE order_id = $1 AND state = $2 RETURNING true AS updated`,
};
const ONE = { name: 'orders.one', text: 'SELECT * FROM orders WHERE order_id = $1' };
const ALL = { name: 'orders.all', text: 'SELECT * FROM orders ORDER BY sequence' };
const BY_STATE = {
  name: 'orders.by-state',
  text: 'SELECT * FROM orders WHERE state = ANY($1::text[]) ORDER BY sequence',
};

/** Both ends are given: for an open one a plan made for every value expects a third of the table, and reads all of it. */
const CHANGED = {
  name: 'orders.changed',
  text: 'SELECT * FROM orders WHERE revision > $1 AND revision <= $2 ORDER BY revision',
};
const REVISION = {
  name: 'orders.revision',
  text: 'SELECT coalesce(max(revision), 0) AS revision FROM orders',
};
const SINCE_ENTRY = {
  name: 'orders.since-entry',
  text: `SELECT * FROM orders WHERE symbol = $1 AND sequence >= coalesce((SELECT max(sequence) FROM orders
         WHERE symbol = $1 AND purpose = 'ENTRY' AND filled_quantity > 0), 0) ORDER BY sequence`,
};
const LAST_ENTRIES = {
  name: 'orders.last-entries',
  text: `SELECT fills.symbol, max(fills.time) AS time FROM fills JOIN orders USING (order_id)
         WHERE orders.purpose = 'ENTRY' GROUP BY fills.symbol ORDER BY fills.symbol`,
};

function progressRow(order: Order): Record<(typeof PROGRESS_COLUMNS)[number], Value> {
  return {
    state: order.state,
    filled_quantity: amount(order.filledQuantity),
    filled_notional: amount(order.filledNotional),
    venue_order_id: order.venueOrderId ?? null,
    reason: order.reason ?? null,
    updated_time: order.updatedTime,
  };
}

function orderIn(row: Row): Order {
  return {
    ...intentIn(row),
    state: oneOf(row, 'state', ORDER_STATES),
    filledQuantity: quantityIn(row, 'filled_quantity'),
    filledNotional: moneyIn(row, 'filled_notional'),
    ...optional(row, { column: 'venue_order_id', key: 'venueOrderId' }, text),
    ...optional(row, { column: 'reason', key: 'reason' }, text),
    updatedTime: integer(row, 'updated_time'),
  };
}

export const insertOrder = (db: Statements, order: Order): Promise<boolean> =>
  insertOnce(db, ORDERS, { ...intentRow(order), ...progressRow(order) });

/** @throws LedgerError LEDGER_CONFLICT when the stored state is another, naming it */
export async function updateOrder(db: Statements, order: Order, from: OrderState): Promise<void> {
  const progress = progressRow(order);
  const values = PROGRESS_COLUMNS.map((column) => progress[column]);
  const updated = await db.run(UPDATE, [order.orderId, from, ...values]);
  if (updated.length > 0) return;
  const stored = await readOrder(db, order.orderId);
  const found = stored === undefined ? 'is not in the ledger' : `is ${stored.state} there`;
  throw new LedgerError(
    'LEDGER_CONFLICT',
    `order ${order.orderId} cannot go from ${from} to ${order.state}: it ${found}`,
    { retryable: false },
  );
}

export async function readOrder(db: Statements, orderId: string): Promise<Order | undefined> {
  const [row] = await db.run(ONE, [orderId]);
  return row === undefined ? undefined : orderIn(row);
}

export async function readOrders(db: Statements, states?: readonly OrderState[]): Promise<readonly Order[]> {
  const rows = await (states === undefined ? db.run(ALL, []) : db.run(BY_STATE, [states]));
  return rows.map(orderIn);
}

export async function readOrderChanges(db: Statements, revision: number | undefined): Promise<OrderChanges> {
  if (revision === undefined) {
    const [[newest = {}], orders] = await Promise.all([db.run(REVISION, []), readOrders(db, OPEN_STATES)]);
    return { orders, revision: integer(newest, 'revision') };
  }
  const rows = await db.run(CHANGED, [revision, Number.MAX_SAFE_INTEGER]);
  const last = rows.at(-1);
  return { orders: rows.map(orderIn), revision: last === undefined ? revision : integer(last, 'revision') };
}

export async function readOrdersSinceEntry(db: Statements, symbol: TradingSymbol): Promise<readonly Order[]> {
  return (await db.run(SINCE_ENTRY, [symbol])).map(orderIn);
}

export async function readLastEntryTimes(db: Statements): Promise<ReadonlyMap<TradingSymbol, number>> {
  const rows = await db.run(LAST_ENTRIES, []);
  return new Map(rows.map((row) => [text(row, 'symbol'), integer(row, 'time')]));
}
