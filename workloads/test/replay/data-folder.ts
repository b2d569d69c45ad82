import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataFileError } from '../../src/adapters/replay/data-file-error.ts';
import { DataFile, type DataRequest } from '../../src/adapters/replay/data-file.ts';
import type { DataSpec } from '../../src/adapters/replay/data-spec.ts';
import type { ReplayRow } from '../../src/adapters/replay/replay-row.ts';

/** A folder of data files for one test; `remove` takes it away again. */
export interface DataFolder {
  write(name: string, content: string | Buffer): Promise<string>;
  remove(): Promise<void>;
}

export async function makeDataFolder(): Promise<DataFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'claire-data-'));
  return {
    async write(name, content) {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export const gzip = (text: string): Buffer => gzipSync(Buffer.from(text, 'latin1'));

/** What a file gave: its rows, and the error it ended with. */
export interface ReadFile {
  readonly rows: readonly ReplayRow[];
  readonly error: DataFileError | undefined;
  readonly file: DataFile | undefined;
}

/** Reads a file to its end or its error. Any other error than a DataFileError fails the test. */
export async function readDataFile(spec: DataSpec, request: DataRequest): Promise<ReadFile> {
  const rows: ReplayRow[] = [];
  let file: DataFile | undefined;
  try {
    file = await DataFile.open(spec, request);
    for await (const batch of file.batches()) rows.push(...batch);
    return { rows, error: undefined, file };
  } catch (error) {
    if (!(error instanceof DataFileError)) throw error;
    return { rows, error, file };
  }
}
