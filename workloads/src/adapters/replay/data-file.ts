import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Duration } from '../../domain/time.ts';
import { fileSize, readText } from './byte-source.ts';
import { CandleRows, type RowReader } from './candle-rows.ts';
import { type CsvHeader, parseHeader } from './csv-header.ts';
import { DataFileError } from './data-file-error.ts';
import { type DataSpec, symbolOf } from './data-spec.ts';
import { detectInterval } from './interval.ts';
import { lineBlocks } from './line-blocks.ts';
import { type DataFileCounts, makeCounts, type ReplayRow } from './replay-row.ts';
import { RowScanner } from './row-scanner.ts';
import { TradeRows } from './trade-rows.ts';

export interface DataRequest {
  /** The bot's universe. */
  readonly symbols: readonly TradingSymbol[];
  /** The bot's interval. */
  readonly interval: Duration;
}

/** What one block of lines gave. */
interface Step {
  readonly rows: readonly ReplayRow[];
  readonly failure?: DataFileError;
  readonly done: boolean;
}

const NEWLINE = 0x0a;
/** Few, so that candles are garbage soon after they were made: what lives longer is moved and collected at more cost. */
const ROWS_AT_ONCE = 32;

/**
 * One `--data` file: candles or single trades as CSV, plain or gzip. Read as a stream, so its size does not matter.
 * Fails closed: the first row that is not sound ends it with an error; the rows before it were delivered.
 */
export class DataFile {
  readonly path: string;
  readonly counts: DataFileCounts = makeCounts();
  /** On disk. */
  readonly size: number;
  readonly #spec: DataSpec;
  readonly #request: DataRequest;
  #bytesRead = 0;
  /** Whether the block in hand has rows left. */
  #isUnread = false;
  /** Set once the header was read. */
  #rows: { readonly scanner: RowScanner; readonly reader: RowReader } | undefined;

  private constructor(spec: DataSpec, request: DataRequest, size: number) {
    this.path = spec.path;
    this.size = size;
    this.#spec = spec;
    this.#request = request;
  }

  /** @throws DataFileError when the file is missing or cannot be read */
  static async open(spec: DataSpec, request: DataRequest): Promise<DataFile> {
    return new DataFile(spec, request, await fileSize(spec.path));
  }

  /** Of `size`. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /**
   * The candles of the bot's interval, by open time, in batches. Can be read once.
   * @throws DataFileError
   */
  async *batches(): AsyncGenerator<readonly ReplayRow[], void> {
    const onRead = (bytes: number): void => {
      this.#bytesRead += bytes;
    };
    const place = { file: this.path, linesSoFar: () => this.#rows?.scanner.line ?? 0 };
    const blocks = lineBlocks(readText(this.path, onRead), place);
    try {
      for (;;) {
        const step = await this.#step(blocks);
        if (step.rows.length > 0) yield step.rows;
        if (step.failure !== undefined) throw step.failure;
        if (step.done) return;
      }
    } finally {
      await blocks.return();
    }
  }

  async #step(blocks: AsyncGenerator<Buffer, void>): Promise<Step> {
    try {
      const block = this.#isUnread ? undefined : await blocks.next();
      if (block?.done === true) this.#finish();
      else this.#read(block?.value);
      return { rows: this.#take(), done: block?.done === true };
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** What was sound before the error goes out first. */
  #fail(error: unknown): Step {
    if (!(error instanceof DataFileError)) throw error;
    return { rows: this.#take(), failure: this.#placed(error), done: true };
  }

  /** Errors of the unpacking know no line: the last one read is named. */
  #placed(error: DataFileError): DataFileError {
    const line = error.line ?? this.#rows?.scanner.line;
    if (!error.code.startsWith('GZIP_') || line === undefined) return error;
    const { file, cause } = error;
    return new DataFileError(error.code, `${error.problem}; this is the last whole line`, {
      file,
      line,
      cause,
    });
  }

  #take(): readonly ReplayRow[] {
    const reader = this.#rows?.reader;
    if (reader === undefined) return [];
    const rows = reader.out;
    reader.out = [];
    return rows;
  }

  /** Some rows of a new block, or the next ones of the block in hand. */
  #read(block: Buffer | undefined): void {
    if (block !== undefined) {
      this.#rows?.scanner.load(block);
      this.#rows ??= this.#begin(block);
    }
    for (let count = 0; count < ROWS_AT_ONCE; count += 1) {
      this.#isUnread = this.#rows?.scanner.next() === true;
      if (!this.#isUnread) return;
      this.#rows?.reader.read(this.#rows.scanner);
    }
  }

  #begin(block: Buffer): { readonly scanner: RowScanner; readonly reader: RowReader } {
    const header = parseHeader(block.toString('latin1', 0, block.indexOf(NEWLINE)), this.path);
    const context = {
      file: this.path,
      ...this.#symbols(header),
      interval: this.#request.interval,
      counts: this.counts,
    };
    const makeScanner = (): RowScanner => {
      const scanner = new RowScanner(this.path, header.columns);
      scanner.load(block);
      scanner.skipLine();
      return scanner;
    };
    if (header.content === 'trades') return { scanner: makeScanner(), reader: new TradeRows(context) };
    const interval = detectInterval(makeScanner(), context);
    return { scanner: makeScanner(), reader: new CandleRows(context, interval) };
  }

  /** Which symbols to take, and which one every row is about where no column says so. */
  #symbols(header: CsvHeader): {
    readonly symbol: TradingSymbol | undefined;
    readonly symbols: Set<TradingSymbol>;
  } {
    const universe = new Set(this.#request.symbols);
    const symbol = header.hasSymbol ? this.#spec.symbol : symbolOf(this.#spec);
    if (symbol !== undefined) {
      if (!universe.has(symbol)) throw this.#outside(`its symbol ${symbol} is`);
      return { symbol: header.hasSymbol ? undefined : symbol, symbols: new Set([symbol]) };
    }
    if (header.hasSymbol) return { symbol, symbols: universe };
    throw new DataFileError(
      'SYMBOL_UNKNOWN',
      'has no symbol column and no symbol at the start of its name; name it: --data SYMBOL=FILE',
      { file: this.path },
    );
  }

  #finish(): void {
    this.#rows?.reader.end();
    const { rows, outsideRows, outsideSymbols } = this.counts;
    if (rows === 0) {
      const text = this.#rows === undefined ? 'is empty' : 'has a header and no rows';
      throw new DataFileError('FILE_EMPTY', text, { file: this.path });
    }
    if (rows === outsideRows) throw this.#outside(`its symbols (${[...outsideSymbols].join(', ')}) are`);
  }

  #outside(what: string): DataFileError {
    const text = `${what} not in the universe of the bot (${this.#request.symbols.join(', ')})`;
    return new DataFileError('SYMBOL_OUTSIDE_UNIVERSE', text, { file: this.path });
  }
}
