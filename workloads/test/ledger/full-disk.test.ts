import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openLedger } from '../../src/adapters/postgres/open-ledger.ts';
import { isAlive, readPostmasterFile } from '../../src/adapters/postgres/postmaster-file.ts';
import type { LedgerError } from '../../src/ports/ledger.ts';
import { untilLine } from './child.ts';
import { fillLedger } from './fill-ledger.ts';
import { identityOf, orderOf } from './samples.ts';

const run = promisify(execFile);
const identity = identityOf('full');
const DISK_MB = 160;

async function committedOrders(location: string): Promise<readonly string[]> {
  const ledger = await openLedger({ location, identity });
  const orders = await ledger.transaction(async (tx) => {
    await tx.putState('risk', { goes: 'on' });
    return tx.orders();
  });
  await ledger.close();
  return orders.map((order) => order.orderId);
}

/** Whole transactions, none that was acknowledged missing: the one refused may have become durable, or not. */
function expectKept(orderIds: readonly string[], committed: number): void {
  expect(orderIds).toEqual(orderIds.map((_, n) => `order-${n}`));
  expect([committed, committed + 1]).toContain(orderIds.length);
}

// A small disk of its own can be mounted by root only; everybody else has the file-size limit below.
const canMount = await (async () => {
  if (process.getuid?.() !== 0) return false;
  const folder = await mkdtemp(join(tmpdir(), 'claire-mount-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
    await run('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true });
  }
})();

if (canMount) {
  describe('a ledger on a full disk', () => {
    let disk: string;
    let location: string;

    beforeEach(async () => {
      disk = await mkdtemp(join(tmpdir(), 'claire-disk-'));
      await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', disk]);
      location = join(disk, 'ledger');
    });
    afterEach(async () => {
      const file = await readPostmasterFile(join(location, 'server', 'data')).catch(() => undefined);
      if (file !== undefined && isAlive(file.pid)) process.kill(file.pid, 'SIGKILL');
      await run('umount', ['--lazy', disk]);
      await rm(disk, { recursive: true, force: true });
    });
    const useUp = async (file: string): Promise<void> => {
      await run('dd', ['if=/dev/zero', `of=${join(disk, file)}`, 'bs=64k']).catch(() => undefined);
    };

    it('says so, keeps what was committed, and goes on when there is room again', async () => {
      await writeFile(join(disk, 'filler'), Buffer.alloc(40 * 1024 * 1024));
      const ledger = await openLedger({ location, identity });
      const { committed, refusal } = await fillLedger(ledger);
      expect(refusal).toMatchObject({ code: 'LEDGER_DISK_FULL', retryable: true });
      expect((refusal as LedgerError).message).toContain(disk);
      expect(committed).toBeGreaterThan(0);
      await ledger.close();

      await rm(join(disk, 'filler'));
      const kept = await committedOrders(location);
      expectKept(kept, committed);
      expect(await committedOrders(location)).toEqual(kept);
    });

    it('says so when a new ledger does not fit', async () => {
      await useUp('filler');
      const refused = openLedger({ location, identity });
      await expect(refused).rejects.toMatchObject({ code: 'LEDGER_DISK_FULL' });
      await expect(refused).rejects.toThrow(disk);
      await rm(join(disk, 'filler'));
      expect(await committedOrders(location)).toEqual([]);
    });

    it('says so when an existing one cannot start', async () => {
      const ledger = await openLedger({ location, identity });
      await ledger.transaction((tx) => tx.insertOrder(orderOf('order-0')));
      await ledger.close();
      await useUp('filler');
      const opened = openLedger({ location, identity }).then(fillLedger);
      const refusal = await opened.then(
        (result) => result.refusal,
        (error: unknown) => error,
      );
      expect(refusal).toMatchObject({ code: 'LEDGER_DISK_FULL' });
      await rm(join(disk, 'filler'));
      expect((await committedOrders(location))[0]).toBe('order-0');
    });
  });
}

describe('a ledger under a file-size limit', () => {
  it('says that the disk is full, keeps what was committed, and goes on without the limit', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'claire-limit-'));
    const location = join(folder, 'ledger');
    await mkdir(location);
    // 20 MB: one WAL segment (16 MB) fits, a table of that much noise does not.
    const script = fileURLToPath(new URL('filler-child.ts', import.meta.url));
    const command = `ulimit -f 20480; exec "$0" --no-warnings "$1" "$2"`;
    const child = spawn('bash', ['-c', command, process.execPath, script, location], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await untilLine(child, (line) => line.startsWith('{'));
    const { committed, code, message } = JSON.parse(said) as {
      committed: number;
      code: string;
      message: string;
    };
    expect(code).toBe('LEDGER_DISK_FULL');
    expect(message).toContain(location);
    expect(committed).toBeGreaterThan(0);
    expectKept(await committedOrders(location), committed);
    await rm(folder, { recursive: true, force: true });
  });
});
