/** Tables as CSV (RFC 4180): CRLF, a header, quotes only where needed. Amounts are exact; times are ISO 8601 and ms. */
import type { EquitySnapshot } from '../../ports/ledger.ts';
import type { RoundTrip } from '../../domain/account/account.ts';
import { type Decimal, divide, formatDecimal, isZero, subtract } from '../../domain/money/decimal.ts';
import { notional } from '../../domain/money/amounts.ts';
import type { Fill, Order } from '../../domain/orders/order.ts';
import type { Timestamp } from '../../domain/time.ts';

type Value = string | number | undefined;
type Field<Row> = readonly [name: string, read: (row: Row) => Value];

const NEEDS_QUOTES = /[",\r\n]/;
const quote = (value: Value): string => {
  const text = value === undefined ? '' : String(value);
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

function renderCsv<Row>(fields: readonly Field<Row>[], rows: readonly Row[]): string {
  const lines = [fields.map(([name]) => name), ...rows.map((row) => fields.map(([, read]) => read(row)))];
  return lines.map((line) => `${line.map(quote).join(',')}\r\n`).join('');
}

const iso = (at: Timestamp | undefined): Value => (at === undefined ? undefined : new Date(at).toISOString());
const text = (value: Decimal | undefined): Value => (value === undefined ? undefined : formatDecimal(value));

/** Two columns for one time: ISO 8601 and milliseconds. */
function timeFields<Row>(name: string, read: (row: Row) => Timestamp | undefined): readonly Field<Row>[] {
  return [
    [name, (row) => iso(read(row))],
    [`${name}_ms`, read],
  ];
}

/** part / whole × 100 at 6 places; empty when the whole is zero. */
function percentOf(part: Decimal, whole: Decimal): Value {
  if (isZero(whole)) return undefined;
  return formatDecimal(divide({ units: part.units * 100n, scale: part.scale }, whole, 6, 'half-even'));
}

const ORDER_FIELDS: readonly Field<Order>[] = [
  ['order_id', (o) => o.orderId],
  ['venue_order_id', (o) => o.venueOrderId],
  ['account', (o) => o.account],
  ['symbol', (o) => o.symbol],
  ['side', (o) => o.side],
  ['purpose', (o) => o.purpose],
  ['type', (o) => o.type],
  ['state', (o) => o.state],
  ['reason', (o) => o.reason],
  ['quantity', (o) => text(o.quantity)],
  ['limit_price', (o) => text(o.limitPrice)],
  ['reference_price', (o) => text(o.referencePrice)],
  ['filled_quantity', (o) => text(o.filledQuantity)],
  ['filled_notional', (o) => text(o.filledNotional)],
  ['signal_id', (o) => o.signalId],
  ['verdict_id', (o) => o.verdictId],
  ['exit_reason', (o) => o.exitReason],
  ['attempt', (o) => o.attempt],
  ...timeFields<Order>('decided_time', (o) => o.decidedTime),
  ...timeFields<Order>('valid_until', (o) => o.validUntil),
  ...timeFields<Order>('updated_time', (o) => o.updatedTime),
];

const FILL_FIELDS: readonly Field<Fill>[] = [
  ['trade_id', (f) => f.tradeId],
  ['order_id', (f) => f.orderId],
  ['symbol', (f) => f.symbol],
  ['side', (f) => f.side],
  ['price', (f) => text(f.price)],
  ['quantity', (f) => text(f.quantity)],
  ['notional', (f) => text(notional(f.price, f.quantity))],
  ['fee_asset', (f) => f.fee.asset],
  ['fee_amount', (f) => text(f.fee.amount)],
  ['fee_quote_value', (f) => text(f.fee.quoteValue)],
  ['liquidity', (f) => f.liquidity],
  ...timeFields<Fill>('time', (f) => f.time),
];

const EQUITY_FIELDS: readonly Field<EquitySnapshot>[] = [
  ...timeFields<EquitySnapshot>('time', (e) => e.time),
  ['equity', (e) => text(e.equity)],
  ['cash', (e) => text(e.cash)],
  ['realized_pnl', (e) => text(e.realizedPnl)],
  ['unrealized_pnl', (e) => text(e.unrealizedPnl)],
  ['fees', (e) => text(e.fees)],
];

const ROUND_TRIP_FIELDS: readonly Field<RoundTrip>[] = [
  ['symbol', (t) => t.symbol],
  ['entry_order_id', (t) => t.entryOrderId],
  ['exit_order_id', (t) => t.exitOrderId],
  ...timeFields<RoundTrip>('entry_time', (t) => t.entryTime),
  ...timeFields<RoundTrip>('exit_time', (t) => t.exitTime),
  ['holding_ms', (t) => t.exitTime - t.entryTime],
  ['quantity', (t) => text(t.quantity)],
  ['average_entry', (t) => text(t.averageEntry)],
  ['average_exit', (t) => text(t.averageExit)],
  ['gross_pnl', (t) => text(t.grossPnl)],
  ['fees', (t) => text(t.fees)],
  ['net_pnl', (t) => text(subtract(t.grossPnl, t.fees))],
  ['net_percent', (t) => percentOf(subtract(t.grossPnl, t.fees), notional(t.averageEntry, t.quantity))],
  ['reason', (t) => t.reason],
  ['adverse_price', (t) => text(t.adversePrice)],
  ['favorable_price', (t) => text(t.favorablePrice)],
  ['mae_percent', (t) => percentOf(subtract(t.adversePrice, t.averageEntry), t.averageEntry)],
  ['mfe_percent', (t) => percentOf(subtract(t.favorablePrice, t.averageEntry), t.averageEntry)],
];

export const renderOrdersCsv = (rows: readonly Order[]): string => renderCsv(ORDER_FIELDS, rows);
export const renderFillsCsv = (rows: readonly Fill[]): string => renderCsv(FILL_FIELDS, rows);
export const renderEquityCsv = (rows: readonly EquitySnapshot[]): string => renderCsv(EQUITY_FIELDS, rows);
export const renderRoundTripsCsv = (rows: readonly RoundTrip[]): string => renderCsv(ROUND_TRIP_FIELDS, rows);
