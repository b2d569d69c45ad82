import type { Money, Price, Quantity } from '../money/amounts.ts';
import type { Duration, Timestamp } from '../time.ts';

/** An exchange symbol without separator: `BTCUSDT`. */
export type TradingSymbol = string;

/** One closed candle. It covers [openTime, openTime + interval). */
export interface Candle {
  readonly symbol: TradingSymbol;
  readonly interval: Duration;
  readonly openTime: Timestamp;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  readonly volume: Quantity;
  readonly quoteVolume: Money;
}

/** The moment a candle is closed and may be decided upon. */
export const closeTime = (candle: Pick<Candle, 'openTime' | 'interval'>): Timestamp =>
  candle.openTime + candle.interval;
