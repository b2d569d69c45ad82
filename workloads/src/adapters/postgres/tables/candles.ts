/** The closed candles a bot traded on. */
import type { Candle } from '../../../domain/market/candle.ts';
import type { Timestamp } from '../../../domain/time.ts';
import type { CandleRange } from '../../../ports/ledger.ts';
import { amount, integer, moneyIn, priceIn, quantityIn, text } from '../column.ts';
import type { Row, Statements, TransactionStatements } from '../statement.ts';

const PUT = {
  name: 'candles.put',
  text: `INSERT INTO candles (symbol, interval_ms, open_time, open, high, low, close, volume, quote_volume)
         SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::numeric[], $5::numeric[], $6::numeric[],
         $7::numeric[], $8::numeric[], $9::numeric[])
         ON CONFLICT (symbol, interval_ms, open_time) DO UPDATE SET open = excluded.open, high = excluded.high,
         low = excluded.low, close = excluded.close, volume = excluded.volume, quote_volume = excluded.quote_volume`,
};
const READ = {
  name: 'candles.read',
  text: `SELECT * FROM candles WHERE symbol = $1 AND interval_ms = $2 AND open_time >= $3 AND open_time < $4
         ORDER BY open_time LIMIT $5`,
};
const FORGET = {
  name: 'candles.forget',
  text: `WITH forgotten AS (DELETE FROM candles WHERE open_time < $1 RETURNING true)
         SELECT count(*)::int AS forgotten FROM forgotten`,
};

/** The last one given for a window stands: PostgreSQL refuses to update a row twice in one statement. */
export function insertCandles(db: TransactionStatements, candles: readonly Candle[]): void {
  const keyOf = ({ symbol, interval, openTime }: Candle): string => `${symbol} ${interval} ${openTime}`;
  const last = [...new Map(candles.map((candle) => [keyOf(candle), candle])).values()];
  if (last.length === 0) return;
  db.send(PUT, [
    last.map(({ symbol }) => symbol),
    last.map(({ interval }) => interval),
    last.map(({ openTime }) => openTime),
    last.map(({ open }) => amount(open)),
    last.map(({ high }) => amount(high)),
    last.map(({ low }) => amount(low)),
    last.map(({ close }) => amount(close)),
    last.map(({ volume }) => amount(volume)),
    last.map(({ quoteVolume }) => amount(quoteVolume)),
  ]);
}

const candleIn = (row: Row): Candle => ({
  symbol: text(row, 'symbol'),
  interval: integer(row, 'interval_ms'),
  openTime: integer(row, 'open_time'),
  open: priceIn(row, 'open'),
  high: priceIn(row, 'high'),
  low: priceIn(row, 'low'),
  close: priceIn(row, 'close'),
  volume: quantityIn(row, 'volume'),
  quoteVolume: moneyIn(row, 'quote_volume'),
});

export async function readCandles(db: Statements, range: CandleRange): Promise<readonly Candle[]> {
  const { symbol, interval, from, to, limit } = range;
  return (await db.run(READ, [symbol, interval, from, to, limit])).map(candleIn);
}

export async function forgetCandles(db: Statements, before: Timestamp): Promise<number> {
  const [row] = await db.run(FORGET, [before]);
  return row === undefined ? 0 : integer(row, 'forgotten');
}
