import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { exportLedger } from '../../src/adapters/postgres/archive-export.ts';
import { ARCHIVED_TABLE_NAMES, makeLineHash } from '../../src/adapters/postgres/archive-format.ts';
import { importLedger } from '../../src/adapters/postgres/archive-import.ts';
import { databaseName } from '../../src/adapters/postgres/database-name.ts';
import type { LedgerServer } from '../../src/adapters/postgres/ledger-server.ts';
import { openLedgerServer } from '../../src/adapters/postgres/open-ledger.ts';
import { connectedServer } from '../../src/adapters/postgres/postgres-server.ts';
import { Session } from '../../src/adapters/postgres/session.ts';
import { money, quantity } from '../../src/domain/money/amounts.ts';
import type { LedgerReading, LedgerTransaction } from '../../src/ports/ledger.ts';
import { type TestPostgres, startPostgres15 } from '../support/postgres.ts';
import {
  accountOf,
  candleOf,
  cursorAt,
  demandOf,
  equityAt,
  exitOf,
  fillOf,
  identityOf,
  instrumentOf,
  intentOf,
  orderEventOf,
  operationOf,
  orderOf,
  positionOf,
  tripOf,
  verdictOf,
} from './samples.ts';

describe('a ledger archive', () => {
  const identity = identityOf('archived');
  let folder: string;
  let source: LedgerServer;
  let postgres: TestPostgres;
  let archive: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'claire-archive-'));
    source = await openLedgerServer({ location: join(folder, 'source') });
    const ledger = await source.open({ identity });
    await ledger.transaction(fillEveryTable);
    await ledger.transaction((tx) =>
      tx.appendJournal(
        'screener',
        Array.from({ length: 1_234 }, (_, n) => ({
          kind: 'batch',
          eventTime: n,
          facts: { n, text: 'é "☃" \\ \u0000' },
        })),
      ),
    );
    await ledger.close();
    archive = await exported(source);
    postgres = await startPostgres15();
  });
  afterAll(async () => {
    await source.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function fillEveryTable(tx: LedgerTransaction): Promise<void> {
    await tx.insertOrder(orderOf('entry'));
    await tx.insertOrder(exitOf('exit'));
    await tx.insertFill(fillOf('t1', 'entry'));
    await tx.putAccount(
      accountOf([positionOf('BTCUSDT', { totalCost: money('0.123456789012345678901234567890123456') })]),
      'BTCUSDT',
    );
    await tx.putAccount(accountOf([positionOf('BTCUSDT')], [positionOf('ETHUSDT')]), 'ETHUSDT');
    await tx.insertCandles([candleOf('BTCUSDT')]);
    await tx.insertRoundTrip(tripOf('entry', 'exit'));
    await tx.insertOperation(operationOf('operation-1'));
    await tx.putCauses([{ source: 'cause:feed', reason: 'silent', since: 1 }]);
    await tx.putEntryHold({ operationId: 'operation-1', until: 60_000 });
    await tx.putInstruments([instrumentOf('BTCUSDT')]);
    await tx.insertEquity([equityAt(1, '9999.99'), equityAt(2, '10000')]);
    await tx.insertVerdict(verdictOf('v1', { outcome: 'ALLOW', code: 'OK', order: intentOf('entry') }));
    await tx.insertReservation({
      orderId: 'entry',
      symbol: 'BTCUSDT',
      side: 'BUY',
      quote: money('21012.65'),
      quantity: orderOf('entry').quantity,
    });
    await tx.latchDemand(demandOf('control', 'Halted'));
    await tx.addCommand({ commandId: 'c1', kind: 'FLATTEN', requestedTime: 3 });
    await tx.appendJournal('risk', [{ kind: 'verdict', eventTime: 1, facts: { verdictId: 'v1' } }]);
    await tx.addOutbox('orders', [orderEventOf('e1'), orderEventOf('e2')]);
    await tx.removeOutbox([1]);
    await tx.markConsumed('risk', 'e0');
    await tx.putState('risk', { a: [1, 'ü', null] });
    await tx.putCursor(cursorAt(5_000));
    await tx.putEpoch({ epoch: 1, holder: 'a', leaseUntil: 5_000 }, undefined);
    await tx.insertOpeningBalances([{ asset: 'BTC', amount: quantity('0.5') }], 1);
    await tx.seeBreak({ kind: 'FOREIGN_ORDER', subject: 'o', expected: '', found: 'o', detail: 'd', at: 1 });
  }

  async function exported(server: LedgerServer): Promise<Buffer> {
    const chunks: Buffer[] = [];
    const sink = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        chunks.push(chunk);
        done();
      },
    });
    await exportLedger(server, databaseName(identity), sink);
    return Buffer.concat(chunks);
  }

  /** A PostgreSQL without this ledger. */
  async function newPlace(): Promise<LedgerServer> {
    const server = connectedServer(postgres.url(), 'test');
    const session = await Session.open(server.target('postgres'));
    await session.command(`DROP DATABASE IF EXISTS "${databaseName(identity)}" WITH (FORCE)`);
    await session.close();
    return openLedgerServer({ location: postgres.url() });
  }
  const imported = (server: LedgerServer, content: Buffer) => importLedger(server, Readable.from([content]));
  const linesOf = (content: Buffer): string[] => gunzipSync(content).toString().trimEnd().split('\n');

  /** An archive of other lines whose hash was made to fit. */
  function forge(lines: readonly string[]): Buffer {
    const hash = makeLineHash();
    const body = lines.slice(0, -1);
    for (const line of body) hash.add(line);
    const trailer = { ...(JSON.parse(lines.at(-1)!) as object), sha256: hash.digest() };
    return gzipSync(`${[...body, JSON.stringify(trailer)].join('\n')}\n`);
  }

  const everything = (reading: LedgerReading) =>
    Promise.all([
      reading.orders(),
      reading.fills(),
      reading.account(),
      reading.roundTrips(),
      reading.equity(),
      reading.verdicts(),
      reading.reservations(),
      reading.demands(),
      reading.commands(),
      reading.journal('risk', 0, 10_000),
      reading.journal('screener', 0, 10_000),
      reading.journalHead('screener'),
      reading.outbox(10),
      reading.state('risk'),
      reading.cursor(),
    ]);
  const contentOf = async (server: LedgerServer) => {
    const view = await server.view(databaseName(identity));
    try {
      return await view.read(everything);
    } finally {
      await view.close();
    }
  };

  it('brings everything to another folder, unchanged, and the same archive comes out again', async () => {
    const target = await openLedgerServer({ location: join(folder, 'target') });
    const summary = await imported(target, archive);
    expect(summary).toMatchObject({ database: databaseName(identity), identity });
    expect(summary.heads['screener']?.count).toBe(1_234);
    expect(await contentOf(target)).toEqual(await contentOf(source));
    expect(linesOf(await exported(target))).toEqual(linesOf(archive));
    await target.close();
  });

  it('brings a ledger from the embedded PostgreSQL 18 to a PostgreSQL 15', async () => {
    const target = await newPlace();
    await imported(target, archive);
    expect(await contentOf(target)).toEqual(await contentOf(source));
    await target.close();
  });

  it('leaves a ledger that trades on: new rows are numbered behind the imported ones', async () => {
    const target = await newPlace();
    await imported(target, archive);
    const ledger = await target.open({ identity });
    await ledger.transaction(async (tx) => {
      await tx.insertOrder(orderOf('after'));
      await tx.insertFill(fillOf('t2', 'after'));
      await tx.addOutbox('orders', [orderEventOf('e3')]);
      await tx.appendJournal('risk', [{ kind: 'fill', eventTime: 2, facts: {} }]);
      expect(await tx.insertFill(fillOf('t1', 'entry'))).toBe(false);
      expect(await tx.markConsumed('risk', 'e0')).toBe(false);
    });
    const view = await target.view(databaseName(identity));
    const [orders, rows] = await view.read((reading) => Promise.all([reading.orders(), reading.outbox(10)]));
    expect(orders.map((order) => order.orderId)).toEqual(['entry', 'exit', 'after']);
    expect(rows.map((row) => [row.sequence, row.event.eventId])).toEqual([
      [2, 'e2'],
      [3, 'e3'],
    ]);
    await view.close();
    await ledger.close();
    await target.close();
  });

  it('knows every table of the ledger', async () => {
    const { session } = await source.connect(databaseName(identity));
    const statement = `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'claire' ORDER BY 1`;
    const rows = await session.run({ name: 'tables', text: statement }, []);
    await session.close();
    const tables = rows.map((row) => row['name']).filter((table) => table !== 'schema_version');
    expect(tables).toEqual([...ARCHIVED_TABLE_NAMES].sort());
    const counts = (JSON.parse(linesOf(archive).at(-1)!) as { counts: Record<string, number> }).counts;
    expect(Object.entries(counts).filter(([, rowCount]) => rowCount === 0)).toEqual([]);
  });

  it('is taken while a run writes, as of one moment', async () => {
    const ledger = await source.open({ identity });
    const lines = linesOf(await exported(source));
    expect(lines.at(-1)).toBe(linesOf(archive).at(-1));
    await ledger.close();
  });

  it('goes into an empty ledger only', async () => {
    const target = await newPlace();
    await (await target.open({ identity })).close();
    await imported(target, archive);
    await expect(imported(target, archive)).rejects.toMatchObject({
      code: 'LEDGER_CONFLICT',
      message: expect.stringContaining('is not empty') as unknown,
    });
    const ledger = await target.open({ identity });
    await expect(imported(target, archive)).rejects.toMatchObject({ code: 'LEDGER_LOCKED' });
    await ledger.close();
    await target.close();
  });

  describe('is refused, and nothing is imported,', () => {
    const lines = (): string[] => linesOf(archive);
    const edited = (change: (content: string[]) => readonly string[]): Buffer => forge(change(lines()));
    const cases: readonly (readonly [string, () => Buffer, RegExp])[] = [
      [
        'when it is cut in the middle of the file',
        () => archive.subarray(0, archive.length / 2),
        /truncated/,
      ],
      ['when its last byte is missing', () => archive.subarray(0, -1), /truncated/],
      ['when its last line is missing', () => gzipSync(`${lines().slice(0, -1).join('\n')}\n`), /truncated/],
      ['when it is empty', () => gzipSync(''), /truncated/],
      ['when it is no gzip file', () => Buffer.from('orders,fills'), /no gzip file/],
      [
        'when a byte of it was changed',
        () => Buffer.from(archive).fill(0, 200, 220),
        /damaged|not JSON|no gzip/,
      ],
      ['when it is something else', () => gzipSync('{"hello":"world"}\n'), /line 1 is not a line/],
      ['when a line was edited', () => gzipSync(lines().join('\n').replace('21012.65', '1')), /altered/],
      [
        'when a row was removed and the hash made to fit',
        () => edited((content) => content.filter((line) => !line.includes('"t1"'))),
        /fills has 0 rows, not 1/,
      ],
      [
        'when a journal entry was edited and the hash made to fit',
        () => edited((content) => content.map((line) => line.replace('\\"n\\":700', '\\"n\\":7000'))),
        /the journal of screener does not verify: .*701/,
      ],
      [
        'when a value is not of its column',
        () => edited((content) => content.map((line) => line.replace('"41990.05"', '"a lot"'))),
        /orders before line/,
      ],
      [
        'when lines follow its end',
        () => gzipSync(`${lines().join('\n')}\n["more"]\n`),
        /behind the last one/,
      ],
    ];
    it.each(cases)('%s', async (_, damaged, words) => {
      const target = await newPlace();
      const refused = imported(target, damaged());
      await expect(refused).rejects.toMatchObject({ code: 'LEDGER_ARCHIVE', retryable: false });
      await expect(refused).rejects.toThrow(words);
      expect(await target.list()).toEqual([]);
      await imported(target, archive);
      await target.close();
    });

    it('when it is of a newer version', async () => {
      const target = await newPlace();
      const newer = edited((content) => [
        content[0]!.replace(/"schema":\d+/, '"schema":9000'),
        ...content.slice(1),
      ]);
      await expect(imported(target, newer)).rejects.toMatchObject({ code: 'LEDGER_NEWER' });
      await target.close();
    });
  });
});
