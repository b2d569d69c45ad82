import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import { checkCandle } from '../../domain/market/candle-check.ts';
import type { Duration } from '../../domain/time.ts';
import { readMoney, readPrice, readQuantity } from './venue-decimal.ts';
import type { KlineBody } from './wire/push-frame.ts';
import type { KlineRow } from './wire/rest-fields.ts';
import { WireError } from './wire/wire-error.ts';

const SECONDS = 1_000;

/** Corrupt data is worse than no data: a candle that cannot be is refused. */
function sound(candle: Candle): Candle {
  const problem = checkCandle(candle);
  if (problem === undefined) return candle;
  throw new WireError('FIELD_INVALID', `${candle.symbol}: ${problem.text}`);
}

/** The candle of a kline push; its window may still be open. @throws WireError */
export function readKlinePush(symbol: TradingSymbol, interval: Duration, body: KlineBody): Candle {
  if ((body.windowEnd - body.windowStart) * SECONDS !== interval) {
    throw new WireError(
      'FIELD_INVALID',
      `${symbol}: a kline window of ${interval} ms is expected: was ${body.windowStart} to ${body.windowEnd} s`,
    );
  }
  return sound({
    symbol,
    interval,
    openTime: body.windowStart * SECONDS,
    open: readPrice(body.openingPrice),
    high: readPrice(body.highestPrice),
    low: readPrice(body.lowestPrice),
    close: readPrice(body.closingPrice),
    volume: readQuantity(body.volume),
    quoteVolume: readMoney(body.amount),
  });
}

/** The candle of a row of REST klines; its window may still be open. @throws WireError */
export function readKlineRow(symbol: TradingSymbol, interval: Duration, row: KlineRow): Candle {
  return sound({
    symbol,
    interval,
    openTime: row[0],
    open: readPrice(row[1]),
    high: readPrice(row[2]),
    low: readPrice(row[3]),
    close: readPrice(row[4]),
    volume: readQuantity(row[5]),
    quoteVolume: readMoney(row[7]),
  });
}
