import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import { checkCandle } from '../../domain/market/candle-check.ts';
import { asMoney, asPrice, asQuantity } from '../../domain/money/amounts.ts';
import type { Duration } from '../../domain/time.ts';
import { readDecimal } from './venue-decimal.ts';
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
    open: asPrice(readDecimal(body.openingPrice)),
    high: asPrice(readDecimal(body.highestPrice)),
    low: asPrice(readDecimal(body.lowestPrice)),
    close: asPrice(readDecimal(body.closingPrice)),
    volume: asQuantity(readDecimal(body.volume)),
    quoteVolume: asMoney(readDecimal(body.amount)),
  });
}

/** The candle of a row of REST klines; its window may still be open. @throws WireError */
export function readKlineRow(symbol: TradingSymbol, interval: Duration, row: KlineRow): Candle {
  return sound({
    symbol,
    interval,
    openTime: row[0],
    open: asPrice(readDecimal(row[1])),
    high: asPrice(readDecimal(row[2])),
    low: asPrice(readDecimal(row[3])),
    close: asPrice(readDecimal(row[4])),
    volume: asQuantity(readDecimal(row[5])),
    quoteVolume: asMoney(readDecimal(row[7])),
  });
}
