import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Candle } from '../../domain/market/candle.ts';
import { formatDecimal } from '../../domain/money/decimal.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';

const HEADER = 'open_time,open,high,low,close,volume,quote_volume';

/** What a file must hold: candles of one interval that open within [from, to). */
export interface CandleSpan {
  readonly interval: Duration;
  readonly from: Timestamp;
  readonly to: Timestamp;
}

/** Somebody else writes the same file. */
export class SharedPartError extends Error {
  readonly code = 'SHARED_PART';
  readonly retryable = false;
  constructor(path: string) {
    super(
      `${path}: is written by another process as well; do: end one of them, delete the file and start again`,
    );
    this.name = 'SharedPartError';
  }
}

/** What is in a file so far. */
export interface Filled {
  readonly candles: number;
  readonly first: Timestamp | undefined;
  readonly last: Timestamp | undefined;
  /** Candles missing between the first and the last. */
  readonly missing: number;
  /** The longest run of them. */
  readonly longestGap: number;
}

/** An unfinished file that this command has not written. */
export class ForeignPartError extends Error {
  readonly code = 'FOREIGN_PART';
  readonly retryable = false;
  constructor(path: string, line: number) {
    super(`${path}:${line}: is no candle of an earlier start; do: delete the file and start again`);
    this.name = 'ForeignPartError';
  }
}

const EMPTY: Filled = { candles: 0, first: undefined, last: undefined, missing: 0, longestGap: 0 };

/** One candle more. */
function extend(filled: Filled, openTime: Timestamp, interval: Duration): Filled {
  const { first = openTime, last } = filled;
  const gap = last === undefined ? 0 : (openTime - last) / interval - 1;
  return {
    candles: filled.candles + 1,
    first,
    last: openTime,
    missing: filled.missing + gap,
    longestGap: Math.max(filled.longestGap, gap),
  };
}

const rowOf = (candle: Candle): string =>
  [
    candle.openTime,
    ...[candle.open, candle.high, candle.low, candle.close, candle.volume, candle.quoteVolume].map(
      formatDecimal,
    ),
  ].join(',');

const ROW = /^\d{1,16}(,\d+(\.\d+)?){6}$/;

/**
 * A file of candles that is being made. It is called `….part` until it is whole, so that nothing takes it for what it is
 * not; a second start goes on behind its last whole row, and comes to the same bytes as one that was never cut.
 */
export class CandleFile {
  readonly path: string;
  readonly #span: CandleSpan;
  readonly #handle: FileHandle;
  #filled: Filled;
  /** Of what this object knows to be there. */
  #bytes: number;

  private constructor(
    path: string,
    span: CandleSpan,
    begun: { readonly handle: FileHandle; readonly filled: Filled; readonly bytes: number },
  ) {
    this.path = path;
    this.#span = span;
    this.#handle = begun.handle;
    this.#filled = begun.filled;
    this.#bytes = begun.bytes;
  }

  /** Goes on with what an earlier start left, or begins. @throws ForeignPartError, errors of the file system */
  static async open(path: string, span: CandleSpan): Promise<CandleFile> {
    const part = `${path}.part`;
    const handle = await open(part, 'a+');
    try {
      const { filled, bytes } = await readPart(part, span);
      await handle.truncate(bytes);
      const file = new CandleFile(path, span, { handle, filled, bytes });
      if (bytes === 0) await file.#write(`${HEADER}\n`);
      return file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get filled(): Filled {
    return this.#filled;
  }

  /** Open time of the first candle that is still wanted. */
  get next(): Timestamp {
    const { last } = this.#filled;
    return last === undefined ? this.#span.from : last + this.#span.interval;
  }

  /** Candles behind those that are there, oldest first. */
  async append(candles: readonly Candle[]): Promise<void> {
    if (candles.length === 0) return;
    await this.#write(`${candles.map(rowOf).join('\n')}\n`);
    for (const { openTime } of candles) this.#filled = extend(this.#filled, openTime, this.#span.interval);
  }

  async #write(text: string): Promise<void> {
    await this.#handle.appendFile(text);
    this.#bytes += Buffer.byteLength(text);
    const { size } = await this.#handle.stat();
    if (size !== this.#bytes) throw new SharedPartError(`${this.path}.part`);
  }

  /** It is whole: on the disk, and under its name. */
  async finish(): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    await rename(`${this.path}.part`, this.path);
  }

  /** Leaves it for a later start. */
  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** The open time of a row that this command may have written behind `last`; undefined for any other text. */
function openTimeOf(text: string, last: Timestamp | undefined, span: CandleSpan): Timestamp | undefined {
  const time = Number(text.slice(0, text.indexOf(',')));
  const isWanted = time % span.interval === 0 && time >= span.from && time < span.to;
  return ROW.test(text) && isWanted && time > (last ?? -1) ? time : undefined;
}

/** What an earlier start left, and how many bytes of it are whole rows. */
async function readPart(
  part: string,
  span: CandleSpan,
): Promise<{ readonly filled: Filled; readonly bytes: number }> {
  let filled = EMPTY;
  let [bytes, line] = [0, 0];
  const { size } = await stat(part);
  for await (const text of createInterface({ input: createReadStream(part) })) {
    const end = bytes + Buffer.byteLength(text) + 1;
    // Without its end of line it was cut while it was written.
    if (end > size) break;
    line += 1;
    const time = line === 1 ? undefined : openTimeOf(text, filled.last, span);
    if (line === 1 ? text !== HEADER : time === undefined) throw new ForeignPartError(part, line);
    if (time !== undefined) filled = extend(filled, time, span.interval);
    bytes = end;
  }
  return { filled, bytes };
}

/** The whole file in gzip beside it, which then takes its place. */
export async function compress(path: string): Promise<void> {
  const part = `${path}.gz.part`;
  await pipeline(createReadStream(path), createGzip(), createWriteStream(part));
  const file = await open(part, 'r+');
  await file.sync().finally(() => file.close());
  await rename(part, `${path}.gz`);
  await rm(path);
}
