import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { appendToChain, EMPTY_HEAD } from '../../src/domain/journal/chain.ts';
import type { Component } from '../../src/ports/ledger.ts';
import { openWitness } from '../../src/cli/witness/witness-file.ts';
import { claire, temporaryFolder } from './claire.ts';
import { type BackDoor, openBackDoor, seedLedger } from './seeded-ledger.ts';

const DATABASE = 'claire_momentum_paper';
const ENTRIES = 12;
const NOON = 1_516_104_000_000;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let door: BackDoor;
let witnessText: string;
const witnessFile = () => join(folder.path, 'build', 'ledger.journal-witness', 'momentum-paper.jsonl');

/** A ledger whose risk journal has twelve entries more, witnessed after each; and a copy of its journal. */
beforeAll(async () => {
  folder = await temporaryFolder();
  const ledger = await seedLedger(folder.path);
  const witness = await openWitness(witnessFile());
  for (let number = 1; number <= ENTRIES; number += 1) {
    const head = await ledger.transaction((tx) =>
      tx.appendJournal('risk', [{ kind: 'state', eventTime: NOON, facts: { number } }]),
    );
    await witness.append([{ time: NOON + number, component: 'risk', ...head }]);
  }
  door = await openBackDoor(folder.path, DATABASE);
  await ledger.close();
  await door.client.query(
    'CREATE TABLE copy AS TABLE journal; CREATE TABLE copied_heads AS TABLE journal_heads',
  );
  witnessText = await readFile(witnessFile(), 'utf8');
});
afterAll(async () => {
  await door.close();
  await folder.remove();
});
/** Everything as it was written. */
beforeEach(async () => {
  await tamper(async (client) => {
    await client.query('DELETE FROM journal; INSERT INTO journal TABLE copy');
    await client.query('DELETE FROM journal_heads; INSERT INTO journal_heads TABLE copied_heads');
  });
  await writeFile(witnessFile(), witnessText);
});

const verify = (...args: readonly string[]) => claire(['verify-journal', ...args], folder.path);

/** Change the journal as a superuser who takes the trigger away and puts it back. */
async function tamper(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  await door.client.query('ALTER TABLE journal DISABLE TRIGGER journal_append_only');
  await work(door.client);
  await door.client.query('ALTER TABLE journal ENABLE TRIGGER journal_append_only');
}

/** Write a component's chain anew from an entry on, all hashes and the recorded head fitting. */
async function rewriteChain(client: pg.Client, component: Component, from: number): Promise<void> {
  const { rows } = await client.query<{ sequence: string; body: string; hash: string }>(
    'SELECT sequence, body, hash FROM journal WHERE component = $1 ORDER BY sequence',
    [component],
  );
  let head = EMPTY_HEAD;
  for (const row of rows) {
    const { kind, eventTime, facts } = JSON.parse(row.body) as {
      kind: string;
      eventTime: number;
      facts: Record<string, unknown>;
    };
    const changed = Number(row.sequence) === from ? { ...facts, forged: true } : facts;
    const appended = appendToChain(head, [{ kind, eventTime, facts: changed }]);
    head = appended.head;
    const [entry] = appended.entries;
    await client.query(
      'UPDATE journal SET body = $3, previous_hash = $4, hash = $5 WHERE component = $1 AND sequence = $2',
      [component, row.sequence, entry!.body, entry!.previousHash, entry!.hash],
    );
  }
  await client.query('UPDATE journal_heads SET hash = $2 WHERE component = $1', [component, head.hash]);
}

it('verifies a journal that nobody touched', async () => {
  const { code, stdout, stderr } = await verify();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^momentum {2}the journal verifies: 19 entries/);
  expect(stdout).toMatch(/✓ {2}risk +14 {2}[0-9a-f]{64}/);
  expect(stdout).toContain('witness: agrees, 12 heads');
});

it('refuses changes by the database itself while its trigger stands', async () => {
  await expect(door.client.query('UPDATE journal SET body = body WHERE sequence = 1')).rejects.toThrow(
    'the journal is append-only',
  );
});

describe('verify-journal names the entry and exits 76 when somebody', () => {
  it.each<readonly [string, (client: pg.Client) => Promise<unknown>, RegExp]>([
    [
      'edited an entry',
      (client) =>
        client.query(
          `UPDATE journal SET body = replace(body, '"number":5', '"number":6') WHERE component = 'risk' AND sequence = 7`,
        ),
      /risk: entry 7 was edited/,
    ],
    [
      'deleted one in the middle',
      (client) => client.query(`DELETE FROM journal WHERE component = 'risk' AND sequence = 6`),
      /risk: entry 6 is missing/,
    ],
    [
      'cut the tail',
      (client) => client.query(`DELETE FROM journal WHERE component = 'risk' AND sequence > 9`),
      /risk: the chain ends at entry 9: 14 were recorded/,
    ],
    [
      'cut the tail and the recorded head with it',
      async (client) => {
        await client.query(`DELETE FROM journal WHERE component = 'risk' AND sequence > 9`);
        await client.query(
          `UPDATE journal_heads SET count = 9, hash = (SELECT hash FROM journal WHERE component = 'risk' AND sequence = 9)
           WHERE component = 'risk'`,
        );
      },
      /risk: the chain ends at entry 9: 14 were recorded/,
    ],
    [
      'swapped two',
      async (client) => {
        for (const [from, to] of [
          [4, 99],
          [5, 4],
          [99, 5],
        ]) {
          await client.query(`UPDATE journal SET sequence = $2 WHERE component = 'risk' AND sequence = $1`, [
            from,
            to,
          ]);
        }
      },
      /risk: entry 4 was written as entry 5: swapped or renumbered\n(.*\n)*.*risk: entry 5 was written as entry 4/,
    ],
    [
      'wrote the whole chain anew from an entry on',
      (client) => rewriteChain(client, 'risk', 8),
      /risk: entries 8 to 8 were rewritten: the hash of entry 8 is/,
    ],
  ])('%s', async (_, work, expected) => {
    await tamper(work);
    const { code, stderr, stdout } = await verify();
    expect(stderr).toMatch(expected);
    expect(stderr).toMatch(/^(claire: journal of momentum: .*\n)+$/);
    expect(stdout).toContain('the journal does NOT verify');
    expect(code).toBe(76);
  });

  it('rewrote the chain and the witness file, but not a head kept elsewhere', async () => {
    const { stdout } = await verify('--json');
    const { bots } = JSON.parse(stdout) as {
      bots: { components: { component: string; head: { count: number; hash: string } }[] }[];
    };
    const risk = bots[0]!.components.find(({ component }) => component === 'risk')!.head;
    await tamper((client) => rewriteChain(client, 'risk', 8));
    await writeFile(witnessFile(), '');
    expect((await verify()).code).toBe(0);
    const { code, stderr } = await verify('--expect-head', `risk:${risk.count}:${risk.hash}`);
    expect(code).toBe(76);
    expect(stderr).toMatch(/risk: entries 1 to 14 were rewritten/);
  });

  it('wrote into the witness file', async () => {
    await writeFile(witnessFile(), 'nothing happened\n');
    const { code, stderr } = await verify();
    expect(code).toBe(76);
    expect(stderr).toMatch(/momentum-paper\.jsonl:1: was "nothing happened"/);
  });
});

it('refuses an expected head that is none', async () => {
  const { code, stderr } = await verify('--expect-head', 'risk:12');
  expect(code).toBe(64);
  expect(stderr).toMatch(/^claire: --expect-head: was "risk:12"; allowed COMPONENT:COUNT:HASH/);
});
