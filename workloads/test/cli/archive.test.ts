import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claire, type TemporaryFolder, temporaryFolder } from './claire.ts';
import { seedLedger } from './seeded-ledger.ts';

let folder: TemporaryFolder;
const run = (...args: readonly string[]) => claire(args, folder.path);

beforeAll(async () => {
  folder = await temporaryFolder();
  await (await seedLedger(folder.path)).close();
});
afterAll(() => folder.remove());

describe('claire ledger', () => {
  it('takes a ledger elsewhere with everything in it', async () => {
    expect(await run('ledger', 'export', '--out', 'a.gz')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^momentum {2}paper on replay: a\.gz\n/),
    });
    expect(await run('ledger', 'import', 'a.gz', '--ledger', 'copy')).toMatchObject({ code: 0, stderr: '' });
    for (const args of [
      ['export', 'orders'],
      ['export', 'round-trips'],
      ['status', '--json'],
      ['positions'],
    ]) {
      expect((await run(...args, '--ledger', 'copy')).stdout).toBe((await run(...args)).stdout);
    }
    const { code, stdout } = await run('verify-journal', '--ledger', 'copy');
    expect(code).toBe(0);
    expect(stdout).toContain('witness: agrees, 3 heads');
  });

  it('writes no archive when it cannot finish it', async () => {
    const { code } = await run('ledger', 'export', '--out', 'nowhere/b.gz');
    expect(code).toBe(66);
    expect(await readdir(folder.path)).not.toContainEqual(expect.stringContaining('.part'));
  });

  it('refuses to import over a ledger', async () => {
    await run('ledger', 'export', '--out', 'c.gz');
    const { code, stderr } = await run('ledger', 'import', 'c.gz');
    expect(stderr).toMatch(/^claire: .+\n$/);
    expect(code).not.toBe(0);
  });

  it.each<readonly [string, (archive: Buffer) => Uint8Array]>([
    ['truncated', (archive) => archive.subarray(0, archive.length - 40)],
    ['altered', (archive) => gzipSync(gunzipSync(archive).toString().replace('TRXBTC', 'ADABTC'))],
    ['no archive', () => gzipSync('hello\n')],
  ])('refuses an archive that is %s, and leaves no ledger', async (_, spoil) => {
    await run('ledger', 'export', '--out', 'd.gz');
    await folder.write('spoiled.gz', spoil(await readFile(join(folder.path, 'd.gz'))));
    const { code, stderr } = await run('ledger', 'import', 'spoiled.gz', '--ledger', 'spoiled');
    expect(stderr).toMatch(/^claire: .+\n$/);
    expect(code).toBe(65);
    expect((await run('status', '--ledger', 'spoiled')).code).toBe(66);
  });

  it('names an archive that is not there, and makes no ledger for it', async () => {
    const { code, stderr } = await run('ledger', 'import', 'none.gz', '--ledger', 'unmade');
    expect(code).toBe(66);
    expect(stderr).toMatch(/^claire: .*none\.gz: there is no such file or folder\n$/);
    expect(await readdir(folder.path)).not.toContain('unmade');
  });
});
