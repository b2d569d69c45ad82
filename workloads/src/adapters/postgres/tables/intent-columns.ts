import type { OrderIntent } from '../../../domain/orders/order.ts';
import { amount, integer, oneOf, optional, optionalAmount, priceIn, quantityIn, text } from '../column.ts';
import { EXIT_REASONS, ORDER_TYPES, PURPOSES, SIDES } from '../enumerations.ts';
import type { Row } from '../statement.ts';

/** The columns of an order that never change. */
export const INTENT_COLUMNS = [
  'order_id',
  'account',
  'symbol',
  'side',
  'purpose',
  'type',
  'quantity',
  'limit_price',
  'reference_price',
  'verdict_id',
  'signal_id',
  'exit_reason',
  'attempt',
  'decided_time',
  'valid_until',
] as const;

export type IntentRow = Record<(typeof INTENT_COLUMNS)[number], string | number | null>;

/** An intent as a flat row: a row of `orders`, or the JSON beside a verdict. Amounts are canonical text. */
export function intentRow(order: OrderIntent): IntentRow {
  return {
    order_id: order.orderId,
    account: order.account,
    symbol: order.symbol,
    side: order.side,
    purpose: order.purpose,
    type: order.type,
    quantity: amount(order.quantity),
    limit_price: optionalAmount(order.limitPrice),
    reference_price: amount(order.referencePrice),
    verdict_id: order.verdictId,
    signal_id: order.signalId ?? null,
    exit_reason: order.exitReason ?? null,
    attempt: order.attempt,
    decided_time: order.decidedTime,
    valid_until: order.validUntil ?? null,
  };
}

/** @throws LedgerError LEDGER_BROKEN */
export function intentIn(row: Row): OrderIntent {
  return {
    orderId: text(row, 'order_id'),
    account: text(row, 'account'),
    symbol: text(row, 'symbol'),
    side: oneOf(row, 'side', SIDES),
    purpose: oneOf(row, 'purpose', PURPOSES),
    type: oneOf(row, 'type', ORDER_TYPES),
    quantity: quantityIn(row, 'quantity'),
    ...optional(row, { column: 'limit_price', key: 'limitPrice' }, priceIn),
    referencePrice: priceIn(row, 'reference_price'),
    verdictId: text(row, 'verdict_id'),
    ...optional(row, { column: 'signal_id', key: 'signalId' }, text),
    ...optional(row, { column: 'exit_reason', key: 'exitReason' }, (from, column) =>
      oneOf(from, column, EXIT_REASONS),
    ),
    attempt: integer(row, 'attempt'),
    decidedTime: integer(row, 'decided_time'),
    ...optional(row, { column: 'valid_until', key: 'validUntil' }, integer),
  };
}
