import type { Account, Position } from '../../../domain/account/account.ts';
import type { TradingSymbol } from '../../../domain/market/candle.ts';
import { amount, flag, integer, moneyIn, quantityIn, text } from '../column.ts';
import type { Row, Statements, TransactionStatements } from '../statement.ts';

const PUT_TOTALS = {
  name: 'account.put',
  text: `INSERT INTO account (capital, cash, realized_pnl, fees) VALUES ($1, $2, $3, $4)
         ON CONFLICT (only_row) DO UPDATE SET capital = excluded.capital, cash = excluded.cash,
         realized_pnl = excluded.realized_pnl, fees = excluded.fees`,
};
const PUT_POSITION = {
  name: 'positions.put',
  text: `INSERT INTO positions (symbol, dust, quantity, total_cost, realized_pnl, fees, entry_time, bought_quantity,
         bought_notional, sold_quantity, sold_notional) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (symbol, dust) DO UPDATE SET quantity = excluded.quantity, total_cost = excluded.total_cost,
         realized_pnl = excluded.realized_pnl, fees = excluded.fees, entry_time = excluded.entry_time,
         bought_quantity = excluded.bought_quantity, bought_notional = excluded.bought_notional,
         sold_quantity = excluded.sold_quantity, sold_notional = excluded.sold_notional`,
};
const REMOVE_POSITION = {
  name: 'positions.remove',
  text: 'DELETE FROM positions WHERE symbol = $1 AND dust = $2',
};
const TOTALS = { name: 'account.read', text: 'SELECT * FROM account' };
const POSITIONS = { name: 'positions.all', text: 'SELECT * FROM positions ORDER BY symbol' };
const OPEN_POSITION = {
  name: 'positions.open',
  text: 'SELECT * FROM positions WHERE symbol = $1 AND NOT dust',
};

function positionIn(row: Row): Position {
  return {
    symbol: text(row, 'symbol'),
    quantity: quantityIn(row, 'quantity'),
    totalCost: moneyIn(row, 'total_cost'),
    realizedPnl: moneyIn(row, 'realized_pnl'),
    fees: moneyIn(row, 'fees'),
    entryTime: integer(row, 'entry_time'),
    boughtQuantity: quantityIn(row, 'bought_quantity'),
    boughtNotional: moneyIn(row, 'bought_notional'),
    soldQuantity: quantityIn(row, 'sold_quantity'),
    soldNotional: moneyIn(row, 'sold_notional'),
  };
}

function putPosition(
  db: TransactionStatements,
  key: { readonly symbol: TradingSymbol; readonly dust: boolean },
  position: Position | undefined,
): void {
  if (position === undefined) {
    db.send(REMOVE_POSITION, [key.symbol, key.dust]);
    return;
  }
  db.send(PUT_POSITION, [
    key.symbol,
    key.dust,
    amount(position.quantity),
    amount(position.totalCost),
    amount(position.realizedPnl),
    amount(position.fees),
    position.entryTime,
    amount(position.boughtQuantity),
    amount(position.boughtNotional),
    amount(position.soldQuantity),
    amount(position.soldNotional),
  ]);
}

export function putAccount(
  db: TransactionStatements,
  account: Account,
  changed: TradingSymbol | undefined,
): void {
  db.send(PUT_TOTALS, [account.capital, account.cash, account.realizedPnl, account.fees].map(amount));
  if (changed === undefined) return;
  putPosition(db, { symbol: changed, dust: false }, account.positions.get(changed));
  putPosition(db, { symbol: changed, dust: true }, account.dust.get(changed));
}

export async function readAccount(db: Statements): Promise<Account | undefined> {
  const [[totals], held] = await Promise.all([db.run(TOTALS, []), db.run(POSITIONS, [])]);
  if (totals === undefined) return undefined;
  const open = held.filter((row) => !flag(row, 'dust')).map(positionIn);
  const dust = held.filter((row) => flag(row, 'dust')).map(positionIn);
  return {
    capital: moneyIn(totals, 'capital'),
    cash: moneyIn(totals, 'cash'),
    realizedPnl: moneyIn(totals, 'realized_pnl'),
    fees: moneyIn(totals, 'fees'),
    positions: new Map(open.map((position) => [position.symbol, position])),
    dust: new Map(dust.map((position) => [position.symbol, position])),
  };
}

export async function readPosition(db: Statements, symbol: TradingSymbol): Promise<Position | undefined> {
  const [row] = await db.run(OPEN_POSITION, [symbol]);
  return row === undefined ? undefined : positionIn(row);
}
