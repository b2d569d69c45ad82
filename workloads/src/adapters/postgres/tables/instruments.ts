/** The trading rules of each symbol. */
import type { Instrument } from '../../../domain/market/instrument.ts';
import { asRatio, RATIO_SCALE, type Ratio, ratioToDecimal } from '../../../domain/money/amounts.ts';
import { parseDecimal, rescale } from '../../../domain/money/decimal.ts';
import { amount, flag, moneyIn, optional, optionalAmount, priceIn, quantityIn, text } from '../column.ts';
import type { Row, Statements, TransactionStatements } from '../statement.ts';

const PUT_INSTRUMENTS = {
  name: 'instruments.put',
  text: `INSERT INTO instruments (symbol, base, quote, tick_size, lot_size, min_quantity, min_notional, max_notional,
           taker_fee, maker_fee, tradable, market_orders)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[],
           $8::numeric[], $9::numeric[], $10::numeric[], $11::boolean[], $12::boolean[])
         ON CONFLICT (symbol) DO UPDATE SET base = excluded.base, quote = excluded.quote, tick_size = excluded.tick_size,
           lot_size = excluded.lot_size, min_quantity = excluded.min_quantity, min_notional = excluded.min_notional,
           max_notional = excluded.max_notional, taker_fee = excluded.taker_fee, maker_fee = excluded.maker_fee,
           tradable = excluded.tradable, market_orders = excluded.market_orders`,
};
const INSTRUMENTS = { name: 'instruments.all', text: 'SELECT * FROM instruments ORDER BY symbol' };
const ratioAmount = (ratio: Ratio | undefined): string | null =>
  optionalAmount(ratio === undefined ? undefined : ratioToDecimal(ratio));

const ratioIn = (row: Row, column: string): Ratio =>
  asRatio(rescale(parseDecimal(text(row, column)), RATIO_SCALE, 'down').units);

export function putInstruments(db: TransactionStatements, instruments: readonly Instrument[]): void {
  const all = [...new Map(instruments.map((instrument) => [instrument.symbol, instrument])).values()];
  if (all.length === 0) return;
  db.send(PUT_INSTRUMENTS, [
    all.map(({ symbol }) => symbol),
    all.map(({ base }) => base),
    all.map(({ quote }) => quote),
    all.map(({ tickSize }) => amount(tickSize)),
    all.map(({ lotSize }) => amount(lotSize)),
    all.map(({ minQuantity }) => amount(minQuantity)),
    all.map(({ minNotional }) => amount(minNotional)),
    all.map(({ maxNotional }) => optionalAmount(maxNotional)),
    all.map(({ takerFeeRatio }) => ratioAmount(takerFeeRatio)),
    all.map(({ makerFeeRatio }) => ratioAmount(makerFeeRatio)),
    all.map(({ tradable }) => String(tradable)),
    all.map(({ marketOrders }) => String(marketOrders)),
  ]);
}

const instrumentIn = (row: Row): Instrument => ({
  symbol: text(row, 'symbol'),
  base: text(row, 'base'),
  quote: text(row, 'quote'),
  tickSize: priceIn(row, 'tick_size'),
  lotSize: quantityIn(row, 'lot_size'),
  minQuantity: quantityIn(row, 'min_quantity'),
  minNotional: moneyIn(row, 'min_notional'),
  ...optional(row, { column: 'max_notional', key: 'maxNotional' }, moneyIn),
  ...optional(row, { column: 'taker_fee', key: 'takerFeeRatio' }, ratioIn),
  ...optional(row, { column: 'maker_fee', key: 'makerFeeRatio' }, ratioIn),
  tradable: flag(row, 'tradable'),
  marketOrders: flag(row, 'market_orders'),
});

export const readInstruments = async (db: Statements): Promise<readonly Instrument[]> =>
  (await db.run(INSTRUMENTS, [])).map(instrumentIn);
