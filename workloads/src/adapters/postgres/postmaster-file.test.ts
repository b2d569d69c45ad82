import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  isAlive,
  isSomethingElse,
  parsePostmasterFile,
  readPostmasterFile,
  removeStaleFile,
} from './postmaster-file.ts';

const content = (pid: number, status: string): string =>
  [pid, '/data', 1_700_000_000, 5433, '', '127.0.0.1', '   123   4', status, ''].join('\n');

describe('the file of a running server', () => {
  let folder: string;
  const file = (): string => join(folder, 'postmaster.pid');
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'claire-postmaster-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('tells its process, port and status', () => {
    expect(parsePostmasterFile(content(42, 'ready   '))).toMatchObject({
      pid: 42,
      port: 5433,
      status: 'ready',
    });
    expect(parsePostmasterFile(content(-42, 'starting'))).toMatchObject({ pid: 42, status: 'starting' });
  });

  it('tells no status while it is being written', () => {
    expect(parsePostmasterFile('42\n/data\n')).toMatchObject({ pid: 42, port: NaN, status: 'unknown' });
    expect(parsePostmasterFile('')).toMatchObject({ pid: NaN, status: 'unknown' });
  });

  it('is absent when no server runs', async () => {
    expect(await readPostmasterFile(folder)).toBeUndefined();
    expect(isAlive(NaN)).toBe(false);
    expect(isAlive(0)).toBe(false);
    expect(isAlive(process.pid)).toBe(true);
  });

  it('is removed when it is stale, and left alone when it is a new one', async () => {
    const stale = parsePostmasterFile(content(42, 'ready'));
    await removeStaleFile(folder, stale);
    await writeFile(file(), stale.content);
    await removeStaleFile(folder, stale);
    expect(await readdir(folder)).toEqual([]);

    await writeFile(file(), content(43, 'starting'));
    await removeStaleFile(folder, stale);
    expect(await readFile(file(), 'utf8')).toBe(content(43, 'starting'));
    expect(await readdir(folder)).toEqual(['postmaster.pid']);
  });

  it('is nothing to rely on when its process is another program', async () => {
    // This test is such a program where there is a /proc to tell; elsewhere PostgreSQL decides.
    const canTell = await readFile('/proc/self/cmdline').then(
      () => true,
      () => false,
    );
    expect(await isSomethingElse(process.pid, folder)).toBe(canTell);
    expect(await isSomethingElse(999_999_999, folder)).toBe(false);
  });
});
