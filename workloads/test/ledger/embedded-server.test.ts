import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listLedgers, openLedger, openLedgerForReading } from '../../src/adapters/postgres/open-ledger.ts';
import { isAlive, readPostmasterFile } from '../../src/adapters/postgres/postmaster-file.ts';
import { kill, startScript, untilLine } from './child.ts';
import { identityOf, orderOf } from './samples.ts';

describe('the embedded server', () => {
  let location: string;
  let shared: string;
  const children: ChildProcess[] = [];
  let identity = identityOf('folder');

  const newLocation = async (): Promise<string> =>
    join(await mkdtemp(join(tmpdir(), 'claire-folder-')), 'ledger');
  const remove = (place: string): Promise<void> => rm(join(place, '..'), { recursive: true, force: true });
  afterEach(async () => {
    const running = await serverPid();
    if (running !== undefined && isAlive(running)) process.kill(running, 'SIGKILL');
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  const data = (): string => join(location, 'server', 'data');
  const serverPid = async (): Promise<number | undefined> =>
    (await readPostmasterFile(data()).catch(() => undefined))?.pid;
  const insert = async (orderId: string): Promise<void> => {
    const ledger = await openLedger({ location, identity });
    await ledger.transaction((tx) => tx.insertOrder(orderOf(orderId)));
    await ledger.close();
  };
  const orderIds = async (): Promise<readonly string[]> => {
    const ledger = await openLedger({ location, identity });
    const orders = await ledger.transaction((tx) => tx.orders());
    await ledger.close();
    return orders.map((order) => order.orderId);
  };
  const hold = async (bot: string): Promise<ChildProcess> => {
    const child = startScript('holder-child.ts', [location, bot]);
    children.push(child);
    await untilLine(child, (line) => line === 'open');
    return child;
  };
  const end = async (child: ChildProcess): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  };

  describe('that is there already', () => {
    // Each test leaves it stopped; what they find in it they have put there themselves.
    beforeAll(async () => {
      location = shared = await newLocation();
      await insert('made');
    });
    let bots = 0;
    beforeEach(() => {
      location = shared;
      identity = identityOf(`bot-${++bots}`);
    });
    afterAll(() => remove(shared));

    it('listens on loopback only, asks for a password, and keeps its data durable', async () => {
      const ledger = await openLedger({ location, identity });
      const command = await readFile(`/proc/${await serverPid()}/cmdline`, 'utf8').catch(() => undefined);
      if (command !== undefined) {
        expect(command).toContain('listen_addresses=127.0.0.1');
        expect(command).not.toMatch(/fsync|full_page_writes|synchronous_commit/);
      }
      const rules = (await readFile(join(data(), 'pg_hba.conf'), 'utf8')).split('\n');
      const methods = rules
        .filter((rule) => /^(local|host)/.test(rule))
        .map((rule) => rule.trim().split(/\s+/).at(-1));
      expect(new Set(methods)).toEqual(new Set(['scram-sha-256']));
      await ledger.close();
    });

    it('is shared by two processes and stopped by the last one out, whichever that is', async () => {
      const [first, second] = [await hold('one'), await hold('two')];
      const pid = (await serverPid())!;
      const list = await listLedgers({ location });
      expect(list.map((listing) => listing.identity.bot)).toEqual(expect.arrayContaining(['one', 'two']));
      await end(first);
      expect(await serverPid()).toBe(pid);
      expect(isAlive(pid)).toBe(true);
      await end(second);
      expect(await serverPid()).toBeUndefined();
    });

    it('survives users that come and go at the same time', async () => {
      await insert('kept');
      const comeAndGo = async (bot: string): Promise<void> => {
        for (let round = 0; round < 5; round += 1) {
          const ledger = await openLedger({ location, identity: identityOf(bot) });
          await ledger.transaction((tx) => tx.insertOrder(orderOf(`order-${round}`)));
          await ledger.close();
        }
      };
      await Promise.all(['a', 'b', 'c'].map(comeAndGo));
      expect(await serverPid()).toBeUndefined();
      for (const bot of ['a', 'b', 'c']) {
        const view = await openLedgerForReading({ location, bot, mode: 'paper' });
        expect(await view.read((reading) => reading.orders())).toHaveLength(5);
        await view.close();
      }
    });

    it('is not reached by Ctrl-C, which a terminal sends to the whole process group', async () => {
      const child = await hold('interrupted');
      const gone = once(child, 'exit');
      process.kill(-child.pid!, 'SIGINT');
      expect(await gone).toEqual([0, null]);
      expect(await serverPid()).toBeUndefined();
      const view = await openLedgerForReading({ location, bot: 'interrupted', mode: 'paper' });
      expect((await view.read((reading) => reading.orders())).map((order) => order.orderId)).toEqual([
        'SIGINT',
      ]);
      await view.close();
    });

    it('is adopted when the process that started it was killed, and then stopped', async () => {
      const child = await hold('killed');
      const pid = (await serverPid())!;
      await kill(child);
      expect(isAlive(pid)).toBe(true);
      const ledger = await openLedger({ location, identity });
      expect(await serverPid()).toBe(pid);
      await ledger.close();
      expect(await serverPid()).toBeUndefined();
    });

    it('recovers when it was killed itself', async () => {
      const ledger = await openLedger({ location, identity });
      await ledger.transaction((tx) => tx.insertOrder(orderOf('before-the-kill')));
      process.kill((await serverPid())!, 'SIGKILL');
      // A backend notices the death of its parent when it next waits: until then what it confirms is durable.
      const confirmed = ['before-the-kill'];
      for (let cut = false; !cut;) {
        const id = `order-${confirmed.length}`;
        cut = await ledger
          .transaction((tx) => tx.insertOrder(orderOf(id)))
          .then(() => confirmed.push(id) === 0)
          .catch((error: unknown) => {
            expect(error).toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
            return true;
          });
      }
      await ledger.close();
      expect(await orderIds()).toEqual(confirmed);
    });

    it('starts although the process id it was killed with belongs to something else now', async () => {
      await insert('kept');
      const lines = [process.pid, data(), 1_700_000_000, 5432, '', '127.0.0.1', '  1  2', 'ready   '];
      await writeFile(join(data(), 'postmaster.pid'), `${lines.join('\n')}\n`);
      expect(await orderIds()).toEqual(['kept']);
    });

    it('starts although a dead process has left its file', async () => {
      await insert('kept');
      await writeFile(join(data(), 'postmaster.pid'), `999999999\n${data()}\n1700000000\n5432\n`);
      expect(await orderIds()).toEqual(['kept']);
    });
  });

  describe('that is made', () => {
    beforeEach(async () => {
      identity = identityOf('folder');
      location = await newLocation();
    });
    afterEach(() => remove(location));

    it('is made, runs while the ledger is open, and is gone when it is closed', async () => {
      const ledger = await openLedger({ location, identity });
      const pid = (await serverPid())!;
      expect(isAlive(pid)).toBe(true);
      await ledger.close();
      expect(await serverPid()).toBeUndefined();
      expect(await readdir(location)).toEqual(['server']);
      await insert('second-opening');
      expect(await orderIds()).toEqual(['second-opening']);
    });

    it('is made once when several open the same new folder at once', async () => {
      const bots = ['a', 'b', 'c', 'd'];
      const ledgers = await Promise.all(
        bots.map((bot) => openLedger({ location, identity: identityOf(bot) })),
      );
      expect((await listLedgers({ location })).map((listing) => listing.identity.bot)).toEqual(bots);
      expect(await readdir(location)).toEqual(['server']);
      await Promise.all(ledgers.map((ledger) => ledger.close()));
      expect(await serverPid()).toBeUndefined();
    });

    it('is made again when a process was killed while it was making it', async () => {
      const leftover = join(location, '.server-new-999999999-00000000', 'data');
      await mkdir(leftover, { recursive: true });
      await writeFile(join(leftover, 'PG_VERSION'), '18\n');
      await insert('kept');
      expect(await readdir(location)).toEqual(['server']);
      expect(await orderIds()).toEqual(['kept']);
    });

    it('works in a folder with a long name, with blanks, and through a symbolic link', async () => {
      const long = join(location, 'x'.repeat(120), 'a folder with "quotes" and blanks');
      const link = join(location, '..', 'link');
      await mkdir(long, { recursive: true });
      await symlink(long, link);
      const first = await openLedger({ location: long, identity });
      const through = await openLedger({ location: link, identity: identityOf('linked') });
      await through.close();
      await first.close();
      expect((await listLedgers({ location: link })).map((listing) => listing.identity.bot)).toEqual([
        'folder',
        'linked',
      ]);
    });

    it('is not made by reading', async () => {
      const absent = { code: 'LEDGER_ABSENT', message: expect.stringContaining(location) as unknown };
      await expect(listLedgers({ location })).rejects.toMatchObject(absent);
      await expect(openLedgerForReading({ location, bot: 'x', mode: 'paper' })).rejects.toMatchObject(absent);
      await insert('kept');
      await expect(openLedgerForReading({ location, bot: 'x', mode: 'paper' })).rejects.toMatchObject({
        code: 'LEDGER_ABSENT',
      });
      expect(await serverPid()).toBeUndefined();
    });

    it('says what is in the way when the folder cannot be made', async () => {
      await mkdir(join(location, '..'), { recursive: true });
      await writeFile(location, 'a file');
      const refused = openLedger({ location, identity });
      await expect(refused).rejects.toMatchObject({
        code: 'LEDGER_UNAVAILABLE',
        retryable: false,
        message: expect.stringContaining(location) as unknown,
      });
    });

    it('refuses the folder of another major version of PostgreSQL', async () => {
      await insert('kept');
      await chmod(join(data(), 'PG_VERSION'), 0o600);
      await writeFile(join(data(), 'PG_VERSION'), '17\n');
      await expect(openLedger({ location, identity })).rejects.toMatchObject({
        code: 'LEDGER_NEWER',
        message: expect.stringContaining('PostgreSQL 17') as unknown,
      });
    });
  });
});
