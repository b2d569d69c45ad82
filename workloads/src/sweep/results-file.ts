/**
 * The finished runs of a sweep, one JSON line each behind a line that says what they are runs of. A line is written in one
 * piece when its run ends; a line that was cut off is passed over, and its run is played again.
 */
import { appendFileSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunRecord } from './job.ts';

/** The file holds runs of other settings, data or parameters. */
export class OtherSweepError extends Error {
  readonly code = 'OTHER_SWEEP';
  readonly retryable = false;
}

interface Head {
  readonly sweep: string;
}

const parseLine = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

export class ResultsFile {
  readonly path: string;
  /** What was there, by id. */
  readonly finished: ReadonlyMap<string, RunRecord>;
  readonly #fd: number;

  /**
   * @param key hash of everything the runs depend on
   * @param fresh throw away what is there
   * @throws OtherSweepError; errors of the file system
   */
  constructor(path: string, key: string, fresh: boolean) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true });
    if (fresh) rmSync(path, { force: true });
    const text = readText(path);
    const [first = '', ...lines] = text.split('\n');
    const head = parseLine(first) as Head | undefined;
    // A head that was cut off has nothing behind it.
    const isNew = head === undefined && lines.length === 0;
    if (!isNew && head?.sweep !== key) {
      throw new OtherSweepError(
        `${path}: holds the runs of other settings, data or parameters; do: name another file with --results, or start it again with --fresh`,
      );
    }
    const records = lines
      .map((line) => parseLine(line) as RunRecord | undefined)
      .filter((record) => record !== undefined);
    this.finished = new Map(records.map((record) => [record.id, record]));
    this.#fd = openSync(path, isNew ? 'w' : 'a');
    if (isNew) appendFileSync(this.#fd, `${JSON.stringify({ sweep: key })}\n`);
    else if (!text.endsWith('\n')) appendFileSync(this.#fd, '\n');
  }

  add(record: RunRecord): void {
    appendFileSync(this.#fd, `${JSON.stringify(record)}\n`);
  }

  close(): void {
    fsyncSync(this.#fd);
    closeSync(this.#fd);
  }
}
