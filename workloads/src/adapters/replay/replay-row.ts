import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import type { Price, Quantity } from '../../domain/money/amounts.ts';
import type { Timestamp } from '../../domain/time.ts';

/** One recorded trade of the market. */
export interface Tick {
  readonly time: Timestamp;
  readonly price: Price;
  readonly quantity: Quantity;
}

/** What a data file gives for one symbol and one interval of the bot. */
export interface ReplayRow {
  readonly candle: Candle;
  /** The trades the candle was made of, by time; absent when the data are candles. */
  readonly ticks: readonly Tick[] | undefined;
}

/** Windows of the bot's interval that were left out because the data did not cover them whole. */
export interface DroppedWindows {
  first: number;
  inner: number;
  last: number;
}

/** What became of a file's rows: nothing is skipped without being counted. */
export interface DataFileCounts {
  /** Read, without the header. */
  rows: number;
  /** Made of them. */
  candles: number;
  /** Rows of symbols that are not asked for. */
  outsideRows: number;
  /** Names of such symbols, the first few. */
  readonly outsideSymbols: Set<TradingSymbol>;
  readonly droppedWindows: DroppedWindows;
  /** Candles of intervals without a trade (trades data): the last price, no volume. */
  flatCandles: number;
  /** Trades within the candles made. */
  ticks: number;
}

/** How many names of other symbols are kept for the report. */
const NAMES = 20;

export function makeCounts(): DataFileCounts {
  const droppedWindows = { first: 0, inner: 0, last: 0 };
  return {
    rows: 0,
    candles: 0,
    outsideRows: 0,
    outsideSymbols: new Set(),
    droppedWindows,
    flatCandles: 0,
    ticks: 0,
  };
}

export function countOutside(counts: DataFileCounts, symbol: TradingSymbol): void {
  counts.outsideRows += 1;
  if (counts.outsideSymbols.size < NAMES) counts.outsideSymbols.add(symbol.slice(0, NAMES));
}
