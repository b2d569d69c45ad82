import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openLedger } from '../../src/adapters/postgres/open-ledger.ts';
import { isAlive, readPostmasterFile } from '../../src/adapters/postgres/postmaster-file.ts';
import { findBinaries } from '../../src/adapters/postgres/server-binaries.ts';
import {
  type Launch,
  findServerUser,
  isReachable,
  launchAs,
} from '../../src/adapters/postgres/server-user.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { untilLine } from './child.ts';
import { identityOf, orderOf } from './samples.ts';

const run = promisify(execFile);
const NOBODY = { uid: 65_534, gid: 65_534 };
const SCRIPT = fileURLToPath(new URL('holder-child.ts', import.meta.url));
const strangersMayEnter =
  (await isReachable(SCRIPT, NOBODY)) && (await isReachable(process.execPath, NOBODY));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claire-user-'));
});
afterEach(async () => {
  const file = await readPostmasterFile(join(folder, 'ledger', 'server', 'data')).catch(() => undefined);
  if (file !== undefined && isAlive(file.pid)) process.kill(file.pid, 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

describe('the user of an embedded server', () => {
  it('is ourselves unless we are root', async () => {
    const request = { dataOwner: undefined, logger: undefined };
    expect(await findServerUser({ ...request, ownUid: 1000 })).toBeUndefined();
    expect(await findServerUser({ ...request, ownUid: undefined })).toBeUndefined();
    expect(await launchAs(undefined, ['/nowhere'])).toEqual({ prefix: [], options: {} });
  });

  it('is the owner of the data when root opens the folder of somebody', async () => {
    expect(await findServerUser({ ownUid: 0, dataOwner: NOBODY, logger: undefined })).toEqual(NOBODY);
  });

  it('reaches what owner, group and mode allow, the whole way down', async () => {
    const { uid, gid } = await stat(folder);
    const inner = join(folder, 'inner');
    await mkdir(inner);
    await chmod(inner, 0o755);
    const stranger = { uid: uid + 4242, gid: gid + 4242 };
    expect(await isReachable(inner, { uid, gid })).toBe(true);
    expect(await isReachable(inner, stranger)).toBe(false);
    await chmod(folder, 0o750);
    expect(await isReachable(inner, { uid: stranger.uid, gid })).toBe(true);
    expect(await isReachable(inner, stranger)).toBe(false);
    await chmod(folder, 0o711);
    expect(await isReachable(inner, stranger)).toBe(true);
    await writeFile(join(inner, 'file'), '', { mode: 0o600 });
    expect(await isReachable(join(inner, 'file'), stranger)).toBe(false);
    expect(await isReachable(join(inner, 'file'), { uid, gid })).toBe(true);
  });
});

/** Start the holder as another user. */
function startAs({ prefix, options }: Launch, args: readonly string[]): ChildProcess {
  const [command, ...rest] = [...prefix, process.execPath, '--no-warnings', SCRIPT, ...args];
  return spawn(command!, rest, { ...options, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] });
}

// Containers and CI run as root: then PostgreSQL, which refuses to, runs as somebody else.
if (process.getuid?.() === 0) {
  describe('the user of an embedded server that root opens', () => {
    it('is made when it is missing, and the log says so', async () => {
      const name = `claire-test-${process.pid}`;
      const said: string[] = [];
      const logger = recordingLogger(({ message }) => said.push(message));
      try {
        const made = await findServerUser({ ownUid: 0, dataOwner: undefined, logger, name });
        expect(made?.uid).toBeGreaterThan(0);
        expect(said).toEqual([expect.stringContaining('system user')]);
        expect(await findServerUser({ ownUid: 0, dataOwner: undefined, logger, name })).toEqual(made);
        expect(said).toHaveLength(1);
      } finally {
        await run('userdel', [name]);
      }
    });

    it('says what to do when it can be neither found nor made', async () => {
      const impossible = findServerUser({
        ownUid: 0,
        dataOwner: undefined,
        logger: undefined,
        name: 'no:name',
      });
      await expect(impossible).rejects.toMatchObject({
        code: 'LEDGER_PERMISSION',
        message: expect.stringContaining('useradd --system') as unknown,
      });
    });

    it('runs the programs below a folder that it may not enter, and stays that user', async () => {
      await chmod(folder, 0o700);
      const native = dirname(dirname(findBinaries(process.platform, process.arch).postgres));
      const copy = join(folder, 'native');
      const data = join(folder, 'data');
      await cp(native, copy, { recursive: true, verbatimSymlinks: true });
      await mkdir(data);
      await chown(data, NOBODY.uid, NOBODY.gid);
      const { prefix, options } = await launchAs(NOBODY, [copy]);
      const [command, ...before] = prefix;
      expect(command).toBe('setpriv');
      // initdb looks for postgres beside itself and runs it: the capability must last that far.
      await run(command!, [...before, join(copy, 'bin', 'initdb'), '-D', data, '--no-sync'], {
        ...options,
        cwd: '/',
      });
      expect((await stat(join(data, 'PG_VERSION'))).uid).toBe(NOBODY.uid);
      expect((await run(command!, [...before, 'id', '-u'], options)).stdout.trim()).toBe('65534');
    });

    // No system takes half a user id: setpriv fails, as it does where it lacks the right.
    it('says what to do when it cannot be let pass', async () => {
      const impossible = launchAs({ uid: 0.5, gid: 65_534 }, [folder]);
      await expect(impossible).rejects.toMatchObject({
        code: 'LEDGER_PERMISSION',
        message: expect.stringMatching(new RegExp(`may not enter ${folder}: .*chmod o\\+x`)) as unknown,
      });
    });

    it('needs nothing special where it may enter', async () => {
      await chmod(folder, 0o755);
      expect(await launchAs(NOBODY, [folder])).toEqual({ prefix: [], options: NOBODY });
    });

    it('stays the owner of a folder that another user has made, and root can trade on with it', async () => {
      await chown(folder, NOBODY.uid, NOBODY.gid);
      const location = join(folder, 'ledger');
      const child = startAs(await launchAs(NOBODY, [SCRIPT, process.execPath]), [location, 'theirs']);
      await untilLine(child, (line) => line === 'open');
      const gone = once(child, 'exit');
      const data = join(location, 'server', 'data');
      expect((await stat(data)).uid).toBe(NOBODY.uid);
      const server = await readPostmasterFile(data);
      expect((await stat(`/proc/${server?.pid}`)).uid).toBe(NOBODY.uid);
      child.kill('SIGTERM');
      expect(await gone).toEqual([0, null]);
      expect(await readPostmasterFile(data)).toBeUndefined();

      const ledger = await openLedger({ location, identity: identityOf('theirs') });
      expect(await ledger.transaction((tx) => tx.orders())).toEqual([orderOf('SIGTERM')]);
      await ledger.close();
      expect((await stat(join(data, 'PG_VERSION'))).uid).toBe(NOBODY.uid);
    });

    // Below a closed home a stranger cannot even start the child, which proves nothing about the ledger folder.
    if (strangersMayEnter) {
      it('is not bypassed: another user is refused a folder that root has made', async () => {
        await chmod(folder, 0o755);
        const location = join(folder, 'ledger');
        await (await openLedger({ location, identity: identityOf('ours') })).close();
        // Without the capability that launchAs would give it below a closed home.
        const child = startAs({ prefix: [], options: NOBODY }, [location, 'ours']);
        const said = await untilLine(child, () => true);
        expect(said).toMatch(/^refused .*ledger folder .*ledger cannot be used .*permission denied/i);
      });
    }
  });
}
