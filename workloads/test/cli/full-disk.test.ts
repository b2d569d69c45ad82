import { execFileSync } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claire, DATA, EXAMPLE, startClaire, type TemporaryFolder, temporaryFolder } from './claire.ts';

const RUN = ['run', '-f', EXAMPLE, '--data', DATA];
const MEBIBYTE = new Uint8Array(1024 * 1024);

/** A small file system of its own can be had where the system lets us mount one. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Writes until there is no room; returns how to give it back. */
async function fillDisk(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'ballast');
  const file = await open(path, 'w');
  try {
    for (;;) await file.write(MEBIBYTE);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
  } finally {
    await file.close();
  }
  return () => rm(path);
}

if (canMount()) {
  describe('a disk that is full', fullDisk);
} else {
  // One suite must be there; this machine cannot give a small disk.
  it('needs a system that lets us mount a file system', () => {
    expect(canMount()).toBe(false);
  });
}

function fullDisk(): void {
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await temporaryFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=120m', 'tmpfs', folder.path]);
  });
  afterAll(async () => {
    execFileSync('umount', [folder.path]);
    await folder.remove();
  });
  const run = (...args: readonly string[]) => claire(args, folder.path);

  it('ends the run in one line; with room again it goes on to the same end', async () => {
    const elsewhere = await temporaryFolder();
    const whole = await claire([...RUN, '--json'], elsewhere.path);
    await elsewhere.remove();

    const { ended, sees } = startClaire([...RUN, '--speed', '40000x'], folder.path);
    await sees(/closed/);
    const giveBack = await fillDisk(folder.path);
    const { code, stderr } = await ended;
    expect(stderr.split('\n').filter((line) => line.startsWith('claire: '))).toEqual([
      expect.stringMatching(/(disk|space|room)/),
    ]);
    expect(code).toBe(74);

    await giveBack();
    expect((await run('verify-journal')).code).toBe(0);
    const rest = await run(...RUN, '--json');
    expect(rest.code).toBe(0);
    const digestOf = ({ stdout }: { readonly stdout: string }) =>
      (JSON.parse(stdout) as { digest: string }).digest;
    expect(digestOf(rest)).toBe(digestOf(whole));
  });
}
