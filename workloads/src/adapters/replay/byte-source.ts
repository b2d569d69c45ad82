import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { DataFileError } from './data-file-error.ts';
import { systemCodeOf } from './system-code.ts';

/** Bytes read at once. Also bounds what one read can unpack to (gzip packs 1 : 1032 at most). */
const MAX_CHUNK = 64 * 1024;
const MIN_CHUNK = 4 * 1024;
/** Small files are read in so many chunks, so that their progress can be shown. */
const CHUNKS = 64;
const UNPACKED_CHUNK = 256 * 1024;

function unreadable(file: string, cause: unknown): DataFileError {
  const code = systemCodeOf(cause);
  return code === 'ENOENT'
    ? new DataFileError('FILE_MISSING', 'no such file', { file, cause })
    : new DataFileError('FILE_UNREADABLE', `cannot be read (${code}); a readable file is needed`, {
        file,
        cause,
      });
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** The file's bytes as they are, in chunks that are the caller's to keep. @throws DataFileError */
export async function* readChunks(file: string): AsyncGenerator<Buffer, void> {
  const handle = await openFile(file);
  try {
    const { size } = await handle.stat();
    const length = Math.min(MAX_CHUNK, Math.max(MIN_CHUNK, Math.ceil(size / CHUNKS)));
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(length));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (cause) {
    throw unreadable(file, cause);
  } finally {
    await handle.close();
  }
}

/** @throws DataFileError */
export async function fileSize(file: string): Promise<number> {
  const handle = await openFile(file);
  try {
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

const isGzip = (start: Buffer): boolean => start[0] === 0x1f && start[1] === 0x8b;

/** Unpacks chunk by chunk: what is in a chunk comes out before the next is asked for, so that memory stays bounded. */
class Unpacker {
  readonly #file: string;
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: UNPACKED_CHUNK });
  #unpacked: Buffer[] = [];

  private constructor(file: string) {
    this.#file = file;
    this.#gunzip.on('data', (chunk: Buffer) => this.#unpacked.push(chunk));
  }

  /** Resolves when the stream flows: only then does what it unpacks come out before an error does. */
  static async make(file: string): Promise<Unpacker> {
    const unpacker = new Unpacker(file);
    await once(unpacker.#gunzip, 'resume');
    return unpacker;
  }

  /** What the chunk gives, before the error it ends with. @throws DataFileError */
  async *unpack(chunk: Buffer): AsyncGenerator<Buffer, void> {
    yield* this.#step((done) => this.#gunzip.write(chunk, done));
  }

  /** Checks that the data are complete. @throws DataFileError */
  async *end(): AsyncGenerator<Buffer, void> {
    yield* this.#step(() => this.#gunzip.end());
  }

  close(): void {
    this.#gunzip.destroy();
  }

  #take(): readonly Buffer[] {
    const taken = this.#unpacked;
    this.#unpacked = [];
    return taken;
  }

  async *#step(run: (done: () => void) => void): AsyncGenerator<Buffer, void> {
    // Nobody ended the stream yet: it ends by itself when bytes follow that are no gzip data.
    if (this.#gunzip.readableEnded) {
      throw new DataFileError('GZIP_CORRUPT', 'has bytes after the end of its gzip data', {
        file: this.#file,
      });
    }
    const failure = await this.#outcome(run);
    yield* this.#take();
    if (failure !== undefined) throw this.#placed(failure);
  }

  /** The stream calls back, ends or fails: after one of them no other comes. */
  async #outcome(run: (done: () => void) => void): Promise<Error | undefined> {
    const failure = await new Promise<Error | undefined>((resolve) => {
      const done = (): void => {
        resolve(undefined);
      };
      this.#gunzip.on('error', resolve).on('end', done);
      run(done);
    });
    this.#gunzip.removeAllListeners('error').removeAllListeners('end');
    return failure;
  }

  #placed(cause: Error): DataFileError {
    const file = this.#file;
    return systemCodeOf(cause) === 'Z_BUF_ERROR'
      ? new DataFileError('GZIP_TRUNCATED', 'the gzip data end too early: the file is cut off', {
          file,
          cause,
        })
      : new DataFileError('GZIP_CORRUPT', `the gzip data are damaged (${systemCodeOf(cause)})`, {
          file,
          cause,
        });
  }
}

/**
 * The file's text as bytes, unpacked when it begins like gzip (whatever its name). `onRead` is told of every chunk's
 * size on disk. The chunks before the one that is damaged come out before the error is thrown.
 * @throws DataFileError
 */
export async function* readText(file: string, onRead: (bytes: number) => void): AsyncGenerator<Buffer, void> {
  let unpacker: Unpacker | undefined;
  let first = true;
  try {
    for await (const chunk of readChunks(file)) {
      onRead(chunk.length);
      if (first && isGzip(chunk)) unpacker = await Unpacker.make(file);
      first = false;
      if (unpacker === undefined) yield chunk;
      else yield* unpacker.unpack(chunk);
    }
    if (unpacker !== undefined) yield* unpacker.end();
  } finally {
    unpacker?.close();
  }
}
