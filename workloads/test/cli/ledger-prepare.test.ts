import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openLedger } from '../../src/adapters/postgres/open-ledger.ts';
import { startPostgres15, type TestPostgres } from '../support/postgres.ts';
import { claire, EXAMPLE, type TemporaryFolder, temporaryFolder } from './claire.ts';

let folder: TemporaryFolder;
let postgres: TestPostgres;
const prepare = (...args: readonly string[]) =>
  claire(['ledger', 'prepare', '-f', EXAMPLE, '--ledger', postgres.url(), ...args], folder.path);

beforeAll(async () => {
  folder = await temporaryFolder();
  postgres = await startPostgres15({ passwords: true });
  await mkdir(join(folder.path, 'passwords'));
  await folder.write('passwords/risk', 'the-risk-password\n');
  await folder.write('passwords/reader', 'the-reader-password');
  await folder.write('passwords/notes.txt', 'no role');
});
afterAll(async () => {
  await postgres.stop();
  await folder.remove();
});

describe('claire ledger prepare', () => {
  it('makes a ledger that a process can open as its role, and can be repeated', async () => {
    const { code, stdout, stderr } = await prepare('--passwords', 'passwords', '--role-prefix', 'p_');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^paper-replay {2}prepared: database claire_paper-replay_paper at postgres:\/\/127\.0\.0\.1:\d+\/postgres\n/,
    );
    expect(stdout).toMatch(/roles {2}(p_risk, p_reader|p_reader, p_risk)\n$/);
    const ledger = await openLedger({
      location: {
        host: '127.0.0.1',
        port: postgres.port,
        user: 'p_risk',
        password: () => Promise.resolve('the-risk-password'),
      },
      identity: {
        bot: 'paper-replay',
        mode: 'paper',
        venue: 'replay',
        market: 'spot',
        account: 'paper:paper-replay',
        quote: 'BTC',
      },
      writers: ['risk'],
      prepared: true,
    });
    expect(await ledger.transaction((tx) => tx.orders())).toEqual([]);
    expect((await prepare('--passwords', 'passwords', '--role-prefix', 'p_')).code).toBe(0);
    await ledger.close();
  });

  it.each([
    [
      'a folder without passwords',
      ['--passwords', '.'],
      66,
      /holds no file named after a role; allowed screener_ws/,
    ],
    [
      'a prefix that is none',
      ['--passwords', 'passwords', '--role-prefix', 'A"'],
      64,
      /--role-prefix: was A"/,
    ],
    [
      'a folder as the server',
      ['--passwords', 'passwords', '--ledger', 'build'],
      64,
      /--ledger: was a folder/,
    ],
  ])('refuses %s', async (_, args, exitCode, message) => {
    const { code, stderr } = await prepare(...args);
    expect([code, stderr]).toEqual([exitCode, expect.stringMatching(message)]);
  });

  it('refuses a password that clients could read differently, without repeating it', async () => {
    await mkdir(join(folder.path, 'bad'));
    await folder.write('bad/risk', 'pässwörter');
    const { code, stderr } = await prepare('--passwords', 'bad');
    expect([code, stderr]).toEqual([65, expect.stringMatching(/bad\/risk: no usable password/)]);
    expect(stderr).not.toContain('pässwörter');
  });
});
