import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Timestamp } from '../../domain/time.ts';
import { DataFileError } from './data-file-error.ts';
import type { ReplayRow } from './replay-row.ts';

/** A file as the merge sees it. */
export interface RowSource {
  readonly path: string;
  batches(): AsyncGenerator<readonly ReplayRow[], void>;
}

/** All candles of one open time, by symbol. */
export interface CandleGroup {
  readonly openTime: Timestamp;
  readonly rows: readonly ReplayRow[];
}

/**
 * One source with its next row in reach. An error of the source waits in line behind the rows before it: it is thrown
 * when the next group needs it, so that everything sound is replayed first.
 */
class SourceHead {
  readonly source: RowSource;
  readonly #batches: AsyncGenerator<readonly ReplayRow[], void>;
  #batch: readonly ReplayRow[] = [];
  #next = 0;
  #done = false;
  #failure: { readonly cause: unknown } | undefined;

  constructor(source: RowSource) {
    this.source = source;
    this.#batches = source.batches();
  }

  /** The next row; undefined at the end of the source. Only valid after `fill`. */
  get row(): ReplayRow | undefined {
    return this.#batch[this.#next];
  }

  get needsFill(): boolean {
    return this.#next >= this.#batch.length && !this.#done;
  }

  take(): void {
    this.#next += 1;
  }

  /** Reads on when the batch is used up. */
  async fill(): Promise<void> {
    try {
      const { value, done } = await this.#batches.next();
      this.#batch = done === true ? [] : value;
      this.#done = done === true;
    } catch (cause) {
      this.#failure = { cause };
      this.#batch = [];
      this.#done = true;
    }
    this.#next = 0;
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.cause;
  }

  close(): Promise<unknown> {
    return this.#batches.return();
  }
}

const bySymbol = (a: ReplayRow, b: ReplayRow): number => (a.candle.symbol < b.candle.symbol ? -1 : 1);

const overlap = (row: ReplayRow, file: string, other: string): DataFileError => {
  const { symbol, openTime } = row.candle;
  const problem = `overlaps with ${other} for ${symbol} at ${openTime}; give each period of a symbol once`;
  return new DataFileError('FILES_OVERLAP', problem, { file });
};

/** Which file a symbol's candles come from: another may follow it, but neither go along with it nor give way to it. */
class Owners {
  readonly #current = new Map<TradingSymbol, { readonly file: SourceHead; openTime: Timestamp }>();
  readonly #former = new Map<TradingSymbol, Set<SourceHead>>();

  /** @throws DataFileError */
  claim(row: ReplayRow, file: SourceHead): void {
    const { symbol, openTime } = row.candle;
    const owner = this.#current.get(symbol);
    if (owner?.file === file) {
      owner.openTime = openTime;
      return;
    }
    this.#current.set(symbol, { file, openTime });
    if (owner === undefined) return;
    const former = this.#former.get(symbol) ?? new Set();
    this.#former.set(symbol, former.add(owner.file));
    if (former.has(file) || owner.openTime === openTime) {
      throw overlap(row, file.source.path, owner.file.source.path);
    }
  }
}

/** The rows of one open time, taken from one head after the other. */
class GroupInHand {
  readonly #openTime: Timestamp;
  readonly #owners: Owners;
  readonly #rows: ReplayRow[] = [];

  constructor(openTime: Timestamp, owners: Owners) {
    this.#openTime = openTime;
    this.#owners = owners;
  }

  /** All rows taken, by symbol. */
  sorted(): readonly ReplayRow[] {
    return this.#rows.length > 1 ? this.#rows.sort(bySymbol) : this.#rows;
  }

  /** Takes the head's rows of this time. A promise only where the head must be filled. */
  takeAll(head: SourceHead): Promise<void> | undefined {
    return this.#take(head) ? undefined : head.fill().then(() => this.takeAll(head));
  }

  /** False when the head must be filled before it is known that there are no more. */
  #take(head: SourceHead): boolean {
    for (let row = head.row; row !== undefined; row = head.row) {
      if (row.candle.openTime !== this.#openTime) return true;
      this.#owners.claim(row, head);
      this.#rows.push(row);
      head.take();
    }
    return !head.needsFill;
  }
}

function earliest(heads: readonly SourceHead[]): Timestamp | undefined {
  let first: Timestamp | undefined;
  for (const { row } of heads) {
    if (row !== undefined && (first === undefined || row.candle.openTime < first)) {
      first = row.candle.openTime;
    }
  }
  return first;
}

/** Makes sure that every head shows its next row, its failure or its end. */
async function fillAll(heads: readonly SourceHead[]): Promise<void> {
  for (const head of heads) {
    while (head.needsFill) await head.fill();
  }
}

/**
 * Merges files into groups of the same open time, each sorted by symbol. A few rows a file are in memory at a time.
 * @throws DataFileError of a file, or when two files give the same period of a symbol
 */
export async function* candleGroups(sources: readonly RowSource[]): AsyncGenerator<CandleGroup, void> {
  const heads = sources.map((source) => new SourceHead(source));
  const owners = new Owners();
  try {
    for (;;) {
      if (heads.some((head) => head.needsFill)) await fillAll(heads);
      for (const head of heads) head.throwFailure();
      const openTime = earliest(heads);
      if (openTime === undefined) return;
      const group = new GroupInHand(openTime, owners);
      for (const head of heads) await group.takeAll(head);
      yield { openTime, rows: group.sorted() };
    }
  } finally {
    for (const head of heads) await head.close();
  }
}
