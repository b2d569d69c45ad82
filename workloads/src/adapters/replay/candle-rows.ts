import { checkCandle } from '../../domain/market/candle-check.ts';
import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import type { Money, Price, Quantity } from '../../domain/money/amounts.ts';
import { equals } from '../../domain/money/decimal.ts';
import { type Duration, formatDuration, type Timestamp } from '../../domain/time.ts';
import { CandleAggregator } from './candle-aggregator.ts';
import { DataFileError } from './data-file-error.ts';
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
  /** Brings out what is complete, before an error ends the file or at its end. @throws DataFileError */
  flush(): void;
  /** The file ended here. */
  end(): void;
}

/** A candle whose interval is not known yet, with the line it stands in. */
interface PendingCandle {
  readonly candle: Candle;
  readonly line: number;
}

/** So many rows are looked at before the file's interval is settled. */
const DETECTION_ROWS = 1_024;

const AMOUNTS = ['open', 'high', 'low', 'close', 'volume', 'quoteVolume'] as const;

const sameCandle = (a: Candle, b: Candle): boolean => AMOUNTS.every((field) => equals(a[field], b[field]));

/** The most frequent distance, of equally frequent ones the shortest: holes and a stray row do not change it. */
function commonest(distances: ReadonlyMap<Duration, number>): Duration | undefined {
  const [first] = [...distances].sort(([a, timesA], [b, timesB]) => timesB - timesA || a - b);
  return first?.[0];
}

/** Reads candle rows: order, duplicates, the file's interval, soundness; finer candles are aggregated. */
export class CandleRows implements RowReader {
  out: ReplayRow[] = [];
  readonly #context: RowContext;
  readonly #aggregator: CandleAggregator;
  readonly #last = new Map<TradingSymbol, Candle>();
  #lastTime: Timestamp = 0;
  #pending: PendingCandle[] = [];
  /** Of the file; 0 until detected. */
  #interval: Duration = 0;
  /** Between neighbouring candles of a symbol, and how often each was seen, until the interval is known. */
  readonly #distances = new Map<Duration, number>();

  constructor(context: RowContext) {
    this.#context = context;
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
    if (this.#interval > 0) this.#emit(candle, row.line);
    else this.#collect(candle, row.line);
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    this.#interval = this.#detect(this.#pending[0]?.line);
    const pending = this.#pending;
    this.#pending = [];
    for (const { candle, line } of pending) this.#emit({ ...candle, interval: this.#interval }, line);
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
    const distance = candle.openTime - last.openTime;
    if (distance === 0) {
      const what = `${candle.symbol} at ${candle.openTime}`;
      throw sameCandle(last, candle)
        ? row.fail('ROW_DUPLICATED', `${what} is there twice; each candle is allowed once`, String(row.time))
        : row.fail('ROW_CONFLICTING', `${what} is there twice with different values`, String(row.time));
    }
    if (this.#interval === 0) this.#distances.set(distance, (this.#distances.get(distance) ?? 0) + 1);
  }

  #collect(candle: Candle, line: number): void {
    this.#pending.push({ candle, line });
    if (this.#pending.length >= DETECTION_ROWS) this.flush();
  }

  /** The file's interval. One candle a symbol shows none: then it is taken to be the bot's. */
  #detect(line: number | undefined): Duration {
    const wanted = this.#context.interval;
    const found = commonest(this.#distances) ?? wanted;
    if (wanted % found === 0) return found;
    const relation = found > wanted ? 'coarser than' : 'no whole part of';
    throw new DataFileError(
      'INTERVAL_WRONG',
      `the candles are ${formatDuration(found)} apart, ${relation} the interval of the bot, ${formatDuration(wanted)}`,
      { file: this.#context.file, line, value: formatDuration(found) },
    );
  }

  #emit(candle: Candle, line: number): void {
    const problem = checkCandle(candle);
    if (problem !== undefined) {
      const code = problem.code === 'OPEN_TIME_MISALIGNED' ? 'INTERVAL_WRONG' : 'CANDLE_WRONG';
      throw new DataFileError(code, problem.text, { file: this.#context.file, line });
    }
    const isFiner = candle.interval < this.#context.interval;
    const whole = isFiner ? this.#aggregator.add(candle) : candle;
    if (whole === undefined) return;
    this.#context.counts.candles += 1;
    this.out.push({ candle: whole, ticks: undefined });
  }
}
