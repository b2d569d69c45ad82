import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GroupingLedger } from '../../src/ports/ledger.ts';
import { claire, temporaryFolder } from './claire.ts';
import { A_DENIAL, A_SIGNAL, A_VERDICT, AN_ORDER } from './sample-trade.ts';
import { seedLedger } from './seeded-ledger.ts';

/** The ledger stays open for writing: every command here works beside a running bot. */
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let ledger: GroupingLedger;

beforeAll(async () => {
  folder = await temporaryFolder();
  ledger = await seedLedger(folder.path);
});
afterAll(async () => {
  await ledger.close();
  await folder.remove();
});

const run = (...args: readonly string[]) => claire(args, folder.path);
async function json(...args: readonly string[]): Promise<unknown> {
  const { stdout, stderr, code } = await run(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('claire status, beside a running bot', () => {
  it('names the process that trades and the figures', async () => {
    const { stdout, code } = await run('status');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^momentum {2}paper on replay \(spot\)/);
    expect(stdout).toMatch(new RegExp(`process +claire pid ${process.pid} on `));
    expect(stdout).toMatch(/equity +1\.00488000 BTC \(\+0\.49%\)/);
    expect(stdout).toMatch(/round trips +1 \(1 won, 0 lost\)/);
  });

  it('gives exact amounts as JSON', async () => {
    expect(await json('status')).toMatchObject({
      bots: [
        {
          identity: { bot: 'momentum', quote: 'BTC' },
          latched: 'Running',
          equity: { equity: '1.00488' },
          account: { positions: { ADABTC: { quantity: '1250' } } },
        },
      ],
    });
  });
});

describe('claire positions', () => {
  it('lists what is held', async () => {
    const { stdout } = await run('positions');
    expect(stdout).toMatch(/ADABTC +1250 +0\.00004 /);
  });
});

describe('claire explain', () => {
  it.each([
    ['an order id', AN_ORDER.orderId],
    ['the beginning of an order id', AN_ORDER.orderId.slice(0, 6)],
    ['a signal id', A_SIGNAL.signalId],
    ['a verdict id', A_VERDICT.verdictId],
  ])('walks from the candle to the round trip by %s', async (_, id) => {
    expect(await json('explain', id)).toMatchObject({
      candle: { symbol: 'TRXBTC', close: '0.00001' },
      signal: { signalId: A_SIGNAL.signalId, change: '4.12%' },
      verdict: { outcome: 'TRIM', checks: A_VERDICT.checks },
      order: { orderId: AN_ORDER.orderId, quantity: '10000' },
      steps: [{ state: 'APPROVED' }, { state: 'SUBMITTING' }, { state: 'WORKING' }, { state: 'FILLED' }],
      fills: [{ price: '0.00001005' }],
      roundTrip: { reason: 'TAKE_PROFIT' },
    });
  });

  it('shows which check denied an entry', async () => {
    const { stdout } = await run('explain', A_DENIAL.verdictId);
    expect(stdout).toMatch(/✓ {2}state +Running +Running/);
    expect(stdout).toMatch(/✗ {2}open-positions +10 +at most 10/);
    expect(stdout).toContain('none: the verdict denied it');
  });

  it('says where ids are found when there is none that begins so', async () => {
    const { code, stderr } = await run('explain', 'zz');
    expect({ code, stderr }).toEqual({
      code: 66,
      stderr:
        "claire: explain: was zz; no order, signal or verdict here begins so; do: take an id from 'claire export orders'\n",
    });
  });

  it('asks for more of an id that begins several', async () => {
    const { code, stderr } = await run('explain', 'v-');
    expect(code).toBe(64);
    expect(stderr).toContain('begins several ids');
  });
});

describe('claire export', () => {
  it.each([
    ['orders', AN_ORDER.orderId],
    ['fills', 'paper-1-1'],
    ['equity', '1.00488'],
    ['round-trips', 'TAKE_PROFIT'],
  ])('prints %s as CSV', async (table, content) => {
    const { stdout, code } = await run('export', table);
    expect(code).toBe(0);
    expect(stdout.split('\r\n')).toHaveLength(3);
    expect(stdout).toContain(content);
  });

  it('writes a whole file and says so', async () => {
    const { stdout, stderr } = await run('export', 'fills', '--out', 'fills.csv');
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: 'fills.csv: 1 fills of momentum\n' });
    expect((await readFile(join(folder.path, 'fills.csv'), 'utf8')).split('\r\n')).toHaveLength(3);
    expect(await readdir(folder.path)).not.toContainEqual(expect.stringContaining('.part'));
  });

  it('leaves nothing behind when it cannot write', async () => {
    await writeFile(join(folder.path, 'file'), '');
    const { code, stderr } = await run('export', 'fills', '--out', 'file/fills.csv');
    expect(code).toBe(66);
    expect(stderr).toMatch(/^claire: .*file\/fills\.csv.*: is a file; a folder is needed\n$/);
  });
});

describe('claire flatten', () => {
  it('wants to be confirmed where there is no terminal', async () => {
    const { code, stderr } = await run('flatten');
    expect({ code, stderr }).toEqual({
      code: 64,
      stderr: 'claire: flatten: was not confirmed, since there is no terminal to ask on; do: add --yes\n',
    });
    expect(await ledger.transaction((tx) => tx.commands())).toEqual([]);
  });

  it('leaves one command for the running process, however often it is asked', async () => {
    const first = await run('flatten', '--yes');
    const second = await run('flatten', '--yes');
    expect(first.stdout).toMatch(
      new RegExp(
        `^momentum: recorded, 1 open position will be sold; the running process \\(claire pid ${process.pid} `,
      ),
    );
    expect(second.stdout).toContain('was asked for already');
    expect(await ledger.transaction((tx) => tx.commands())).toMatchObject([{ kind: 'FLATTEN' }]);
  });
});

describe('a place without ledgers', () => {
  it.each([
    ['status'],
    ['positions'],
    ['verify-journal'],
    ['export orders'],
    ['explain x'],
    ['flatten --yes'],
  ])('is named by claire %s, and none is made', async (line) => {
    const { code, stderr } = await run(...line.split(' '), '--ledger', 'nowhere');
    expect(code).toBe(66);
    expect(stderr).toMatch(
      /^claire: there is no ledger in .*nowhere: run a bot there first, or name another\n$/,
    );
    expect(await readdir(folder.path)).not.toContain('nowhere');
  });

  it('is told from a bot that has none', async () => {
    const { code, stderr } = await run('status', '--bot', 'other');
    expect({ code, stderr }).toEqual({
      code: 66,
      stderr:
        'claire: build/ledger: holds no ledger of other; allowed momentum (paper); do: run the bot first\n',
    });
  });
});
