/**
 * One symbol's candles in a file of columns: blocks of 8192 slots, then a footer that says where each stands. It is
 * written beside the place and moved there when it is whole, so that a file with the right name is a whole file.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Duration } from '../../domain/time.ts';
import type { SymbolTape } from '../tape/symbol-tape.ts';
import { BLOCK_BYTES, type BlockPlace, packBlock, unpackBlock } from './block.ts';

const MAGIC = 'CLAIRE-CANDLES-1';
const TAIL_BYTES = MAGIC.length + 8;

/** What a store file says of itself. */
export interface StoreFooter {
  readonly symbol: TradingSymbol;
  readonly interval: Duration;
  readonly blocks: readonly BlockPlace[];
  /** Whatever the writer wants to know again. */
  readonly facts: unknown;
}

/** A store file that is not one, or not whole: it is made again from its source. */
export class StoreFileError extends Error {
  readonly code = 'STORE_FILE_WRONG';
  readonly retryable = false;
}

export class StoreWriter {
  readonly #path: string;
  readonly #fd: number;
  readonly #buffer = new Uint8Array(BLOCK_BYTES);
  readonly #blocks: BlockPlace[] = [];
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    this.#fd = openSync(`${path}.partial`, 'w');
  }

  /** Appends the tape's block that begins at `slot`; one without candles takes no room. */
  write(tape: SymbolTape, slot: number, candles: number): void {
    if (candles === 0) return;
    packBlock(tape, slot, this.#buffer);
    writeAll(this.#fd, this.#buffer);
    this.#blocks.push({ slot, offset: this.#offset, scale: tape.scale, candles });
    this.#offset += BLOCK_BYTES;
  }

  finish(footer: Omit<StoreFooter, 'blocks'>): void {
    const text = Buffer.from(JSON.stringify({ ...footer, blocks: this.#blocks }));
    const tail = Buffer.alloc(TAIL_BYTES);
    tail.writeBigUInt64LE(BigInt(text.length), 0);
    tail.write(MAGIC, 8, 'latin1');
    writeAll(this.#fd, Buffer.concat([text, tail]));
    closeSync(this.#fd);
    renameSync(`${this.#path}.partial`, this.#path);
  }

  /** Nothing is left of it. */
  abandon(): void {
    closeSync(this.#fd);
    rmSync(`${this.#path}.partial`, { force: true });
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}

function readAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    const read = readSync(fd, bytes, done, bytes.length - done, position + done);
    if (read === 0) throw new StoreFileError('the file ends too early');
    done += read;
  }
}

export class StoreReader {
  readonly footer: StoreFooter;
  readonly #fd: number;
  readonly #buffer = new Uint8Array(BLOCK_BYTES);
  #next = 0;

  /** @throws StoreFileError; errors of the file system */
  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    try {
      this.footer = readFooter(this.#fd);
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  get candles(): number {
    return this.footer.blocks.reduce((sum, { candles }) => sum + candles, 0);
  }

  /** First slot of the first block and the slot after the last one; undefined when there is none. */
  get firstSlot(): number | undefined {
    return this.footer.blocks[0]?.slot;
  }

  get lastSlot(): number | undefined {
    return this.footer.blocks.at(-1)?.slot;
  }

  /** The first slot from `slot` on that may have candles not read before. */
  nextSlot(): number | undefined {
    return this.footer.blocks[this.#next]?.slot;
  }

  /** Puts the blocks before `end` that were not read yet on the tape. */
  readTo(tape: SymbolTape, end: number): void {
    for (let place = this.footer.blocks[this.#next]; place !== undefined && place.slot < end;) {
      readAll(this.#fd, this.#buffer, place.offset);
      unpackBlock(tape, place, this.#buffer);
      this.#next += 1;
      place = this.footer.blocks[this.#next];
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function readFooter(fd: number): StoreFooter {
  const { size } = fstatSync(fd);
  const tail = Buffer.alloc(TAIL_BYTES);
  if (size < TAIL_BYTES) throw new StoreFileError('the file is too short');
  readAll(fd, tail, size - TAIL_BYTES);
  const length = Number(tail.readBigUInt64LE(0));
  if (tail.toString('latin1', 8) !== MAGIC || length > size - TAIL_BYTES) {
    throw new StoreFileError('the file is no candle store of this version');
  }
  const text = Buffer.alloc(length);
  readAll(fd, text, size - TAIL_BYTES - length);
  return JSON.parse(text.toString('utf8')) as StoreFooter;
}
