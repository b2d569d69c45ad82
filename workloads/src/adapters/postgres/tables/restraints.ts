/** What holds trading back: reservations of working orders, and demands for a stricter state. */
import type { LatchedDemand, RecoverableCause, Reservation } from '../../../ports/ledger.ts';
import { amount, integer, moneyIn, oneOf, quantityIn, text } from '../column.ts';
import { DEMANDED_STATES, SIDES } from '../enumerations.ts';
import { insertOnce, onceStatements } from '../insert-once.ts';
import type { Row, Statements, TransactionStatements } from '../statement.ts';

const RESERVATION_COLUMNS = ['order_id', 'symbol', 'side', 'quote', 'quantity'];
const RESERVATIONS = onceStatements({
  name: 'reservations',
  key: ['order_id'],
  columns: RESERVATION_COLUMNS,
  content: RESERVATION_COLUMNS,
});
const RELEASE = { name: 'reservations.release', text: 'DELETE FROM reservations WHERE order_id = $1' };
const ALL_RESERVATIONS = { name: 'reservations.all', text: 'SELECT * FROM reservations ORDER BY sequence' };

/** A looser demand of the same source changes nothing. */
const LATCH = {
  name: 'demands.latch',
  text: `INSERT INTO demands (source, state, severity, reason, evidence, since) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (source) DO UPDATE SET state = excluded.state, severity = excluded.severity,
         reason = excluded.reason, evidence = excluded.evidence, since = excluded.since
         WHERE excluded.severity >= demands.severity`,
};
const CLEAR = { name: 'demands.clear', text: 'DELETE FROM demands WHERE source = $1' };
const ALL_DEMANDS = { name: 'demands.all', text: 'SELECT * FROM demands ORDER BY source' };

const CAUSES = { name: 'causes.all', text: 'SELECT * FROM causes ORDER BY source' };
/** In one statement: those that are gone leave, the others are written. */
const PUT_CAUSES = {
  name: 'causes.put',
  text: `WITH gone AS (DELETE FROM causes WHERE source <> ALL($1::text[]))
         INSERT INTO causes (source, reason, since) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
         ON CONFLICT (source) DO UPDATE SET reason = excluded.reason, since = excluded.since`,
};

const SEVERITY: Readonly<Record<LatchedDemand['state'], number>> = { ReduceOnly: 1, Halted: 2, Stopped: 3 };

export const insertReservation = (db: Statements, reservation: Reservation): Promise<boolean> =>
  insertOnce(db, RESERVATIONS, {
    order_id: reservation.orderId,
    symbol: reservation.symbol,
    side: reservation.side,
    quote: amount(reservation.quote),
    quantity: amount(reservation.quantity),
  });

export function releaseReservation(db: TransactionStatements, orderId: string): void {
  db.send(RELEASE, [orderId]);
}

export async function readReservations(db: Statements): Promise<readonly Reservation[]> {
  const rows = await db.run(ALL_RESERVATIONS, []);
  return rows.map((row) => ({
    orderId: text(row, 'order_id'),
    symbol: text(row, 'symbol'),
    side: oneOf(row, 'side', SIDES),
    quote: moneyIn(row, 'quote'),
    quantity: quantityIn(row, 'quantity'),
  }));
}

export function latchDemand(db: TransactionStatements, demand: LatchedDemand): void {
  db.send(LATCH, [
    demand.source,
    demand.state,
    SEVERITY[demand.state],
    demand.reason,
    JSON.stringify(demand.evidence),
    demand.since,
  ]);
}

export function clearDemand(db: TransactionStatements, source: string): void {
  db.send(CLEAR, [source]);
}

function demandIn(row: Row): LatchedDemand {
  return {
    source: text(row, 'source'),
    state: oneOf(row, 'state', DEMANDED_STATES),
    reason: text(row, 'reason'),
    evidence: row['evidence'] as LatchedDemand['evidence'],
    since: integer(row, 'since'),
  };
}

export const readDemands = async (db: Statements): Promise<readonly LatchedDemand[]> =>
  (await db.run(ALL_DEMANDS, [])).map(demandIn);

export async function readCauses(db: Statements): Promise<readonly RecoverableCause[]> {
  const rows = await db.run(CAUSES, []);
  return rows.map((row) => ({
    source: text(row, 'source'),
    reason: text(row, 'reason'),
    since: integer(row, 'since'),
  }));
}

export function putCauses(db: TransactionStatements, causes: readonly RecoverableCause[]): void {
  db.send(PUT_CAUSES, [
    causes.map(({ source }) => source),
    causes.map(({ reason }) => reason),
    causes.map(({ since }) => since),
  ]);
}
