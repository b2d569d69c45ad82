import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunRecord } from './job.ts';
import { OtherSweepError, ResultsFile } from './results-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claire-results-'));
  path = join(folder, 'deep', 'runs.jsonl');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const run = (id: string): RunRecord => ({ id, digest: `digest of ${id}` }) as RunRecord;

function write(ids: readonly string[], key = 'k', fresh = false): readonly string[] {
  const file = new ResultsFile(path, key, fresh);
  for (const id of ids) file.add(run(id));
  file.close();
  return [...file.finished.keys()];
}

describe('the results of a sweep', () => {
  it('are there again at the second start', () => {
    expect(write(['a', 'b'])).toEqual([]);
    expect(write([])).toEqual(['a', 'b']);
  });

  it('lose only the line that was cut off, at whatever byte', () => {
    write(['a', 'b']);
    const whole = readFileSync(path);
    const ends = [...whole.keys()].filter((i) => whole[i] === 0x0a);
    for (let size = whole.length - 1; size >= 0; size -= 1) {
      rmSync(path);
      appendFileSync(path, whole);
      truncateSync(path, size);
      // A record whose line end alone is missing is whole.
      const kept = ['a', 'b'].filter((_, i) => size >= (ends[i + 1] ?? Infinity));
      const found = write(['c']);
      expect(found).toEqual(kept);
      expect(write([])).toEqual([...kept, 'c']);
    }
  });

  it('are never mixed with those of other settings or data', () => {
    write(['a']);
    expect(() => write([], 'other')).toThrow(OtherSweepError);
    expect(write(['b'], 'other', true)).toEqual([]);
    expect(write([], 'other')).toEqual(['b']);
  });

  it('are not written over a file that is something else', () => {
    write([]);
    rmSync(path);
    appendFileSync(path, 'open_time,open\n1,2\n');
    expect(() => write([])).toThrow(OtherSweepError);
    expect(readFileSync(path, 'utf8')).toBe('open_time,open\n1,2\n');
  });
});
