import type { Money, Price, Ratio } from '../money/amounts.ts';
import type { TradingSymbol } from '../market/candle.ts';
import type { Timestamp } from '../time.ts';

/** A wish to enter, made by a strategy on a closed candle. Exits are risk's. */
export interface Signal {
  /** hash(bot, strategy, symbol, candle, side): the same candle never makes two. */
  readonly signalId: string;
  readonly strategy: string;
  readonly symbol: TradingSymbol;
  readonly side: 'BUY';
  /** The close decided upon. */
  readonly price: Price;
  readonly changeRatio: Ratio;
  readonly quoteVolume: Money;
  /** min(change / 10 %, 1): scales the size, is no probability. */
  readonly confidenceRatio: Ratio;
  readonly candleOpenTime: Timestamp;
  /** The candle's close time: the event time of the signal. */
  readonly decidedTime: Timestamp;
}

/** Why a strategy did not signal; counted, not journalled one by one. */
export type SignalRejection =
  'WARMUP' | 'GAP' | 'BACKFILL' | 'BELOW_THRESHOLD' | 'LOW_VOLUME' | 'COOLDOWN' | 'POSITION_OPEN';
