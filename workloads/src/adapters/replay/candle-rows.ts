import { checkCandle } from '../../domain/market/candle-check.ts';
import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import type { Money, Price, Quantity } from '../../domain/money/amounts.ts';
import { equals } from '../../domain/money/decimal.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import { CandleAggregator } from './candle-aggregator.ts';
import { countOutside, type DataFileCounts, type ReplayRow } from './replay-row.ts';
import type { RowScanner } from './row-scanner.ts';

/** What the reader of a file's rows is told. */
export interface RowContext {
  readonly file: string;
  /** The symbols asked for. */
  readonly symbols: ReadonlySet<TradingSymbol>;
  /** The symbol of every row, where the file has no symbol column. */
  readonly symbol: TradingSymbol | undefined;
  /** The bot's. */
  readonly interval: Duration;
  readonly counts: DataFileCounts;
}

/** Turns rows into what is replayed. `out` is emptied by the caller after each block. */
export interface RowReader {
  out: ReplayRow[];
  /** Takes over the row in hand. @throws DataFileError */
  read(row: RowScanner): void;
  /** The file ended here. */
  end(): void;
}

const AMOUNTS = ['open', 'high', 'low', 'close', 'volume', 'quoteVolume'] as const;

const sameCandle = (a: Candle, b: Candle): boolean => AMOUNTS.every((field) => equals(a[field], b[field]));

/** Reads candle rows: order, duplicates, soundness; finer candles are aggregated. */
export class CandleRows implements RowReader {
  out: ReplayRow[] = [];
  readonly #context: RowContext;
  readonly #aggregator: CandleAggregator;
  readonly #last = new Map<TradingSymbol, Candle>();
  #lastTime: Timestamp = 0;
  /** Of the file: the bot's or a part of it. */
  readonly #interval: Duration;

  constructor(context: RowContext, interval: Duration) {
    this.#context = context;
    this.#interval = interval;
    this.#aggregator = new CandleAggregator(context.interval, context.counts.droppedWindows);
  }

  read(row: RowScanner): void {
    this.#context.counts.rows += 1;
    if (row.time < this.#lastTime) {
      const text = `open_time was ${row.time} after ${this.#lastTime}; rows must be sorted by time`;
      throw row.fail('ROW_OUT_OF_ORDER', text, String(row.time));
    }
    this.#lastTime = row.time;
    const symbol = this.#context.symbol ?? row.symbol;
    if (!this.#context.symbols.has(symbol)) {
      countOutside(this.#context.counts, symbol);
      return;
    }
    const candle = this.#candle(row, symbol);
    this.#follow(row, candle);
    const problem = checkCandle(candle);
    if (problem !== undefined) {
      throw row.fail(
        problem.code === 'OPEN_TIME_MISALIGNED' ? 'INTERVAL_WRONG' : 'CANDLE_WRONG',
        problem.text,
      );
    }
    this.#emit(candle);
  }

  end(): void {
    this.#aggregator.end();
  }

  #candle(row: RowScanner, symbol: TradingSymbol): Candle {
    const [open, high, low, close, volume, quoteVolume] = row.amounts;
    return {
      symbol,
      interval: this.#interval,
      openTime: row.time,
      open: open as Price,
      high: high as Price,
      low: low as Price,
      close: close as Price,
      volume: volume as Quantity,
      quoteVolume: quoteVolume as Money,
    };
  }

  /** What the row before of the same symbol demands. */
  #follow(row: RowScanner, candle: Candle): void {
    const last = this.#last.get(candle.symbol);
    this.#last.set(candle.symbol, candle);
    if (last === undefined) return;
    if (candle.openTime === last.openTime) {
      const what = `${candle.symbol} at ${candle.openTime}`;
      throw sameCandle(last, candle)
        ? row.fail('ROW_DUPLICATED', `${what} is there twice; each candle is allowed once`, String(row.time))
        : row.fail('ROW_CONFLICTING', `${what} is there twice with different values`, String(row.time));
    }
  }

  #emit(candle: Candle): void {
    const isFiner = this.#interval < this.#context.interval;
    const whole = isFiner ? this.#aggregator.add(candle) : candle;
    if (whole === undefined) return;
    this.#context.counts.candles += 1;
    this.out.push({ candle: whole, ticks: undefined });
  }
}
