/**
 * From CSV files to files of columns. The first back-test over some data reads the CSV once and keeps what it read; the
 * next ones read the columns and start at once. Kept files know what they were made of (path, size and time of change of
 * every source), so that changed data are read again.
 */
import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { candleGroups } from '../../adapters/replay/candle-groups.ts';
import { DataFile } from '../../adapters/replay/data-file.ts';
import { type DataSpec, symbolOf } from '../../adapters/replay/data-spec.ts';
import { systemCodeOf } from '../../adapters/replay/system-code.ts';
import { sha256 } from '../../domain/journal/chain.ts';
import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import { type Duration, formatDuration } from '../../domain/time.ts';
import { SymbolTape } from '../tape/symbol-tape.ts';
import { BLOCK } from './block.ts';
import { type DataQuality, QualityWatch } from './data-quality.ts';
import { StoreFileError, StoreReader, StoreWriter } from './store-file.ts';

export interface StoreRequest {
  readonly data: readonly DataSpec[];
  /** The bot's universe. */
  readonly symbols: readonly TradingSymbol[];
  readonly interval: Duration;
  /** Where kept files are. */
  readonly folder: string;
  readonly onProgress?: (fraction: number) => void;
}

/** Candles of each symbol that has some, ready to be read. */
export interface OpenStore {
  readonly readers: ReadonlyMap<TradingSymbol, StoreReader>;
  readonly quality: readonly DataQuality[];
  /** Whether the columns were there already. */
  readonly kept: boolean;
  close(): void;
}

/** The data are single trades: they are not kept in columns. */
export class TradesGivenError extends Error {}

interface Facts {
  readonly quality: DataQuality;
}

/** What the files are right now: with another text they are other data. */
function fingerprint({ data, symbols, interval }: StoreRequest): string {
  const files = data.map((spec) => {
    const { size, mtimeNs, ino } = statSync(spec.path, { bigint: true });
    return [resolve(spec.path), symbolOf(spec), String(size), String(mtimeNs), String(ino)];
  });
  return sha256(JSON.stringify([files, symbols, interval])).slice(0, 16);
}

const fileOf = (request: StoreRequest, key: string, symbol: TradingSymbol): string =>
  join(request.folder, key, `${symbol}-${formatDuration(request.interval)}.columns`);

/** The index of symbols that a set of files gave: there is one file for each of them. */
function openKept(request: StoreRequest, key: string): OpenStore | undefined {
  const readers = new Map<TradingSymbol, StoreReader>();
  for (const symbol of request.symbols) {
    const reader = openOne(fileOf(request, key, symbol));
    if (reader === undefined) {
      for (const opened of readers.values()) opened.close();
      return undefined;
    }
    readers.set(symbol, reader);
  }
  return storeOf(readers, true);
}

function openOne(path: string): StoreReader | undefined {
  try {
    return new StoreReader(path);
  } catch (error) {
    if (error instanceof StoreFileError || error instanceof SyntaxError) return undefined;
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function storeOf(readers: ReadonlyMap<TradingSymbol, StoreReader>, kept: boolean): OpenStore {
  return {
    readers,
    kept,
    quality: [...readers.values()].map(({ footer }) => (footer.facts as Facts).quality),
    close: () => {
      for (const reader of readers.values()) reader.close();
    },
  };
}

/** Writes one symbol's candles, block by block. */
class SymbolWriter {
  readonly #tape: SymbolTape;
  readonly #writer: StoreWriter;
  readonly #watch: QualityWatch;
  #block = -1;
  #candles = 0;

  constructor(path: string, symbol: TradingSymbol, interval: Duration) {
    this.#tape = new SymbolTape(symbol, interval, 0);
    this.#writer = new StoreWriter(path);
    this.#watch = new QualityWatch(symbol);
  }

  take(candle: Candle): void {
    const slot = candle.openTime / candle.interval;
    const block = slot - (slot % BLOCK);
    if (block !== this.#block) {
      this.#flush();
      this.#block = block;
      this.#tape.clear(block);
    }
    this.#tape.put(candle);
    this.#candles += 1;
    this.#watch.take(candle);
  }

  finish(): void {
    this.#flush();
    const { symbol, interval } = this.#tape;
    const facts: Facts = { quality: this.#watch.report() };
    this.#writer.finish({ symbol, interval, facts });
  }

  abandon(): void {
    this.#writer.abandon();
  }

  #flush(): void {
    if (this.#block >= 0) this.#writer.write(this.#tape, this.#block, this.#candles);
    this.#candles = 0;
  }
}

type Writers = ReadonlyMap<TradingSymbol, SymbolWriter>;

async function build(request: StoreRequest, key: string): Promise<void> {
  const { symbols, interval } = request;
  await mkdir(join(request.folder, key), { recursive: true });
  const writers: Writers = new Map(
    symbols.map((symbol) => [symbol, new SymbolWriter(fileOf(request, key, symbol), symbol, interval)]),
  );
  try {
    await fill(writers, request);
  } catch (error) {
    for (const writer of writers.values()) writer.abandon();
    throw error;
  }
  for (const writer of writers.values()) writer.finish();
}

/** How often the reading says how far it is. */
const PROGRESS_GROUPS = 4_096;

async function fill(writers: Writers, request: StoreRequest): Promise<void> {
  const files: DataFile[] = [];
  for (const spec of request.data) files.push(await DataFile.open(spec, request));
  const sum = (of: (file: DataFile) => number): number => files.reduce((total, file) => total + of(file), 0);
  const total = sum(({ size }) => size);
  let groups = 0;
  for await (const { rows } of candleGroups(files)) {
    for (const { candle, ticks } of rows) {
      if (ticks !== undefined) throw new TradesGivenError('the data are single trades');
      writers.get(candle.symbol)?.take(candle);
    }
    groups += 1;
    if (groups % PROGRESS_GROUPS === 0) request.onProgress?.(sum(({ bytesRead }) => bytesRead) / total);
  }
}

/**
 * Opens the candles of some files: the kept columns, or what is made of the files now.
 * @throws DataFileError where the data are wrong; TradesGivenError when they are single trades; TapeOverflowError
 */
export async function openStore(request: StoreRequest): Promise<OpenStore> {
  // Says properly what is wrong with a file that is not there.
  for (const spec of request.data) await DataFile.open(spec, request);
  const key = fingerprint(request);
  const kept = openKept(request, key);
  if (kept !== undefined) return kept;
  await build(request, key);
  const made = openKept(request, key);
  if (made === undefined) {
    throw new StoreFileError(`${request.folder}: the columns just written cannot be read`);
  }
  return { ...made, kept: false };
}
