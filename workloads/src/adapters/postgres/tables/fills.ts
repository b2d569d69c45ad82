import type { Fill } from '../../../domain/orders/order.ts';
import { amount, integer, moneyIn, oneOf, priceIn, quantityIn, text } from '../column.ts';
import { LIQUIDITIES, SIDES } from '../enumerations.ts';
import { insertOnce, onceStatements } from '../insert-once.ts';
import type { Row, Statements } from '../statement.ts';

const COLUMNS = [
  'account',
  'trade_id',
  'order_id',
  'symbol',
  'side',
  'price',
  'quantity',
  'fee_asset',
  'fee_amount',
  'fee_quote_value',
  'liquidity',
  'time',
];
const FILLS = onceStatements({
  name: 'fills',
  key: ['account', 'trade_id'],
  columns: COLUMNS,
  content: COLUMNS,
});
const ALL = { name: 'fills.all', text: 'SELECT * FROM fills ORDER BY sequence' };
const OF_ORDER = {
  name: 'fills.of-order',
  text: 'SELECT * FROM fills WHERE order_id = $1 ORDER BY sequence',
};

function fillIn(row: Row): Fill {
  return {
    tradeId: text(row, 'trade_id'),
    orderId: text(row, 'order_id'),
    symbol: text(row, 'symbol'),
    side: oneOf(row, 'side', SIDES),
    price: priceIn(row, 'price'),
    quantity: quantityIn(row, 'quantity'),
    fee: {
      asset: text(row, 'fee_asset'),
      amount: quantityIn(row, 'fee_amount'),
      quoteValue: moneyIn(row, 'fee_quote_value'),
    },
    liquidity: oneOf(row, 'liquidity', LIQUIDITIES),
    time: integer(row, 'time'),
  };
}

export const insertFill = (db: Statements, account: string, fill: Fill): Promise<boolean> =>
  insertOnce(db, FILLS, {
    account,
    trade_id: fill.tradeId,
    order_id: fill.orderId,
    symbol: fill.symbol,
    side: fill.side,
    price: amount(fill.price),
    quantity: amount(fill.quantity),
    fee_asset: fill.fee.asset,
    fee_amount: amount(fill.fee.amount),
    fee_quote_value: amount(fill.fee.quoteValue),
    liquidity: fill.liquidity,
    time: fill.time,
  });

export async function readFills(db: Statements, orderId?: string): Promise<readonly Fill[]> {
  const rows = await (orderId === undefined ? db.run(ALL, []) : db.run(OF_ORDER, [orderId]));
  return rows.map(fillIn);
}
