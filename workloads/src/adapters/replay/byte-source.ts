import { type FileHandle, open } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { DataFileError } from './data-file-error.ts';

/** Bytes read at once. Also bounds what one read can unpack to (gzip packs 1 : 1032 at most). */
const CHUNK = 64 * 1024;
const UNPACKED_CHUNK = 256 * 1024;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';

function unreadable(file: string, cause: unknown): DataFileError {
  const code = codeOf(cause);
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
    for (;;) {
      const { bytesRead, buffer } = await handle
        .read(Buffer.allocUnsafeSlow(CHUNK))
        .catch((cause: unknown) => {
          throw unreadable(file, cause);
        });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
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
  readonly #unpacked: Buffer[] = [];
  #packedBytes = 0;

  constructor(file: string) {
    this.#file = file;
    this.#gunzip.on('data', (chunk: Buffer) => this.#unpacked.push(chunk));
    // Every failure also reaches the callback or promise awaited below.
    this.#gunzip.on('error', () => undefined);
  }

  async unpack(chunk: Buffer): Promise<readonly Buffer[]> {
    this.#packedBytes += chunk.length;
    await new Promise<void>((resolve, reject) => {
      this.#gunzip.write(chunk, (error) => {
        if (error) reject(this.#failed(error));
        else resolve();
      });
    });
    return this.#unpacked.splice(0);
  }

  async end(): Promise<readonly Buffer[]> {
    this.#gunzip.end();
    try {
      await finished(this.#gunzip);
    } catch (error) {
      throw this.#failed(error);
    }
    if (this.#gunzip.bytesWritten < this.#packedBytes) {
      throw new DataFileError('GZIP_CORRUPT', 'has bytes after the end of its gzip data', {
        file: this.#file,
      });
    }
    return this.#unpacked.splice(0);
  }

  close(): void {
    this.#gunzip.destroy();
  }

  #failed(cause: unknown): DataFileError {
    const file = this.#file;
    return codeOf(cause) === 'Z_BUF_ERROR'
      ? new DataFileError('GZIP_TRUNCATED', 'the gzip data ends too early: the file is cut off', {
          file,
          cause,
        })
      : new DataFileError('GZIP_CORRUPT', `the gzip data is damaged (${codeOf(cause)})`, { file, cause });
  }
}

/**
 * The file's text as bytes, unpacked when it begins like gzip (whatever its name). `onRead` is told of every chunk's
 * size on disk. All that could be unpacked comes out before an error is thrown.
 * @throws DataFileError
 */
export async function* readText(file: string, onRead: (bytes: number) => void): AsyncGenerator<Buffer, void> {
  let unpacker: Unpacker | undefined;
  let first = true;
  try {
    for await (const chunk of readChunks(file)) {
      onRead(chunk.length);
      if (first && isGzip(chunk)) unpacker = new Unpacker(file);
      first = false;
      if (unpacker === undefined) yield chunk;
      else yield* await unpacker.unpack(chunk);
    }
    if (unpacker !== undefined) yield* await unpacker.end();
  } finally {
    unpacker?.close();
  }
}
