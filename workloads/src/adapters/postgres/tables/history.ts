/** What a run leaves for its reports: round trips and the equity curve. */
import type { RoundTrip } from '../../../domain/account/account.ts';
import type { EquitySnapshot, Tallies } from '../../../ports/ledger.ts';
import { amount, integer, moneyIn, priceIn, quantityIn, text } from '../column.ts';
import { insertOnce, onceStatements } from '../insert-once.ts';
import type { Row, Statements, TransactionStatements } from '../statement.ts';

const TRIP_COLUMNS = [
  'entry_order_id',
  'exit_order_id',
  'symbol',
  'entry_time',
  'exit_time',
  'quantity',
  'average_entry',
  'average_exit',
  'gross_pnl',
  'fees',
  'reason',
  'adverse_price',
  'favorable_price',
];
const ROUND_TRIPS = onceStatements({
  name: 'round_trips',
  key: ['entry_order_id', 'exit_order_id'],
  columns: TRIP_COLUMNS,
  content: TRIP_COLUMNS,
});
const ALL_TRIPS = { name: 'round_trips.all', text: 'SELECT * FROM round_trips ORDER BY sequence' };
const TALLIES = {
  name: 'history.tallies',
  text: `SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM fills) AS fills,
         (SELECT count(*) FROM round_trips) AS round_trips`,
};
const PUT_EQUITY = {
  name: 'equity.put',
  text: `INSERT INTO equity_snapshots (time, equity, cash, realized_pnl, unrealized_pnl, fees)
         SELECT * FROM unnest($1::bigint[], $2::numeric[], $3::numeric[], $4::numeric[], $5::numeric[], $6::numeric[])
         ON CONFLICT (time) DO UPDATE SET equity = excluded.equity, cash = excluded.cash,
         realized_pnl = excluded.realized_pnl, unrealized_pnl = excluded.unrealized_pnl, fees = excluded.fees`,
};
const ALL_EQUITY = { name: 'equity.all', text: 'SELECT * FROM equity_snapshots ORDER BY time' };

export const insertRoundTrip = (db: Statements, trip: RoundTrip): Promise<boolean> =>
  insertOnce(db, ROUND_TRIPS, {
    entry_order_id: trip.entryOrderId,
    exit_order_id: trip.exitOrderId,
    symbol: trip.symbol,
    entry_time: trip.entryTime,
    exit_time: trip.exitTime,
    quantity: amount(trip.quantity),
    average_entry: amount(trip.averageEntry),
    average_exit: amount(trip.averageExit),
    gross_pnl: amount(trip.grossPnl),
    fees: amount(trip.fees),
    reason: trip.reason,
    adverse_price: amount(trip.adversePrice),
    favorable_price: amount(trip.favorablePrice),
  });

function tripIn(row: Row): RoundTrip {
  return {
    symbol: text(row, 'symbol'),
    entryOrderId: text(row, 'entry_order_id'),
    exitOrderId: text(row, 'exit_order_id'),
    entryTime: integer(row, 'entry_time'),
    exitTime: integer(row, 'exit_time'),
    quantity: quantityIn(row, 'quantity'),
    averageEntry: priceIn(row, 'average_entry'),
    averageExit: priceIn(row, 'average_exit'),
    grossPnl: moneyIn(row, 'gross_pnl'),
    fees: moneyIn(row, 'fees'),
    reason: text(row, 'reason'),
    adversePrice: priceIn(row, 'adverse_price'),
    favorablePrice: priceIn(row, 'favorable_price'),
  };
}

export const readRoundTrips = async (db: Statements): Promise<readonly RoundTrip[]> =>
  (await db.run(ALL_TRIPS, [])).map(tripIn);

/** One a time within the batch too: PostgreSQL refuses to update a row twice in one statement. */
export function insertEquity(db: TransactionStatements, snapshots: readonly EquitySnapshot[]): void {
  const last = [...new Map(snapshots.map((snapshot) => [snapshot.time, snapshot])).values()];
  if (last.length === 0) return;
  db.send(PUT_EQUITY, [
    last.map(({ time }) => time),
    last.map(({ equity }) => amount(equity)),
    last.map(({ cash }) => amount(cash)),
    last.map(({ realizedPnl }) => amount(realizedPnl)),
    last.map(({ unrealizedPnl }) => amount(unrealizedPnl)),
    last.map(({ fees }) => amount(fees)),
  ]);
}

export async function readEquity(db: Statements): Promise<readonly EquitySnapshot[]> {
  const rows = await db.run(ALL_EQUITY, []);
  return rows.map((row) => ({
    time: integer(row, 'time'),
    equity: moneyIn(row, 'equity'),
    cash: moneyIn(row, 'cash'),
    realizedPnl: moneyIn(row, 'realized_pnl'),
    unrealizedPnl: moneyIn(row, 'unrealized_pnl'),
    fees: moneyIn(row, 'fees'),
  }));
}

export async function readTallies(db: Statements): Promise<Tallies> {
  const [row = {}] = await db.run(TALLIES, []);
  return {
    orders: integer(row, 'orders'),
    fills: integer(row, 'fills'),
    roundTrips: integer(row, 'round_trips'),
  };
}
