import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { databaseName } from '../../src/adapters/postgres/database-name.ts';
import { LedgerServer } from '../../src/adapters/postgres/ledger-server.ts';
import { type PostgresServer, openDatabase } from '../../src/adapters/postgres/postgres-server.ts';
import { isAlive } from '../../src/adapters/postgres/postmaster-file.ts';
import { Session } from '../../src/adapters/postgres/session.ts';
import { verifyChain } from '../../src/domain/journal/verify.ts';
import type { LedgerIdentity } from '../../src/ports/ledger.ts';
import { kill, startScript, untilLine } from './child.ts';
import { fillOf, identityOf, orderOf } from './samples.ts';

/** A PostgreSQL that a test may look into. */
export interface PostgresPlace {
  /** What a process opens. */
  readonly location: string;
  readonly server: PostgresServer;
  readonly stop: () => Promise<void>;
}

/** What the PostgreSQL adapter promises beyond the port. */
export function postgresContract(name: string, start: () => Promise<PostgresPlace>): void {
  describe(`the PostgreSQL ledger, ${name}`, () => {
    let place: PostgresPlace;
    let ledgers: LedgerServer;

    beforeAll(async () => {
      place = await start();
      ledgers = new LedgerServer(place.server, isAlive);
    });
    afterAll(async () => {
      await place.stop();
    });

    /** Somebody with all rights and an SQL prompt. */
    const asOwner = async <T>(
      identity: LedgerIdentity,
      work: (session: Session) => Promise<T>,
    ): Promise<T> => {
      const session = await Session.open(place.server.target(databaseName(identity)));
      try {
        return await work(session);
      } finally {
        await session.close();
      }
    };
    const rowCount = (session: Session, table: string) =>
      session
        .run({ name: `count.${table}`, text: `SELECT count(*) AS n FROM ${table}` }, [])
        .then(([row]) => row?.['n']);
    const disconnectOthers = (session: Session) =>
      session.command(
        `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );

    it('tells how its server stands', async () => {
      const ledger = await ledgers.open({ identity: identityOf('storage') });
      const { bytes, connections, maxConnections, startedTime } = await ledger.transaction((tx) =>
        tx.storage(),
      );
      await ledger.close();
      expect(bytes).toBeGreaterThan(1_000_000);
      expect(connections).toBeGreaterThanOrEqual(1);
      expect(maxConnections).toBeGreaterThan(connections);
      expect(startedTime).toBeGreaterThan(Date.UTC(2020, 0, 1));
    });

    it('refuses every change of the journal', async () => {
      const identity = identityOf('journal');
      const ledger = await ledgers.open({ identity });
      await ledger.transaction((tx) => tx.appendJournal('risk', [{ kind: 'x', eventTime: 1, facts: {} }]));
      for (const statement of [
        `UPDATE journal SET body = '{}'`,
        `UPDATE journal SET body = '{}' WHERE false`,
        'DELETE FROM journal',
        'TRUNCATE journal',
      ]) {
        const change = asOwner(identity, (session) => session.command(statement));
        await expect(change).rejects.toThrow(/the journal is append-only/);
      }
      expect(await asOwner(identity, (session) => rowCount(session, 'journal'))).toBe(1);
      await ledger.close();
    });

    it('names the process that holds a ledger, in the refusal and in the list', async () => {
      const identity = identityOf('held');
      const ledger = await ledgers.open({ identity });
      const holder = `claire pid ${process.pid} on `;
      await expect(ledgers.open({ identity })).rejects.toMatchObject({
        code: 'LEDGER_LOCKED',
        message: expect.stringContaining(holder) as unknown,
      });
      const listed = (await ledgers.list()).find((listing) => listing.identity.bot === 'held');
      expect(listed).toEqual({
        database: databaseName(identity),
        identity,
        holder: expect.stringContaining(holder) as unknown,
      });
      await ledger.close();
      const free = (await ledgers.list()).find((listing) => listing.identity.bot === 'held');
      expect(free).toEqual({ database: databaseName(identity), identity });
    });

    it('refuses a database that a newer version has written, for writing and for reading', async () => {
      const identity = identityOf('newer');
      await (await ledgers.open({ identity })).close();
      await asOwner(identity, (session) =>
        session.command(`INSERT INTO schema_version VALUES (9000, '9000_future.sql', 'hash')`),
      );
      const newer = { code: 'LEDGER_NEWER', message: expect.stringContaining('9000_future.sql') as unknown };
      await expect(ledgers.open({ identity })).rejects.toMatchObject(newer);
      await expect(ledgers.view(databaseName(identity))).rejects.toMatchObject(newer);
    });

    it('refuses a database whose migrations are not the ones of this program', async () => {
      const identity = identityOf('altered');
      await (await ledgers.open({ identity })).close();
      await asOwner(identity, (session) =>
        session.command(`UPDATE schema_version SET hash = 'other' WHERE version = 2`),
      );
      await expect(ledgers.open({ identity })).rejects.toMatchObject({
        code: 'LEDGER_BROKEN',
        message: expect.stringContaining('0002_risk.sql') as unknown,
      });
    });

    it('says that a database holds no ledger rather than what is missing in it', async () => {
      const identity = identityOf('empty');
      await (await openDatabase(place.server, databaseName(identity))).close();
      await expect(ledgers.view(databaseName(identity))).rejects.toMatchObject({
        code: 'LEDGER_ABSENT',
        message: expect.stringContaining('holds no ledger') as unknown,
      });
      expect((await ledgers.list()).map((listing) => listing.identity.bot)).not.toContain('empty');
    });

    it('starts anew when asked to, except for a live bot', async () => {
      const identity = identityOf('fresh');
      const first = await ledgers.open({ identity });
      await first.transaction((tx) => tx.insertOrder(orderOf('old')));
      await first.close();
      const second = await ledgers.open({ identity: { ...identity, venue: 'mexc' }, fresh: true });
      expect(await second.transaction((tx) => tx.orders())).toEqual([]);
      await expect(ledgers.open({ identity, fresh: true })).rejects.toMatchObject({ code: 'LEDGER_LOCKED' });
      await second.close();
      const live = ledgers.open({ identity: { ...identity, mode: 'live' }, fresh: true });
      await expect(live).rejects.toMatchObject({ code: 'LEDGER_IDENTITY' });
    });

    it('keeps paper and live apart: they are two databases of one server', async () => {
      const paper = await ledgers.open({ identity: identityOf('modes') });
      const live = await ledgers.open({ identity: identityOf('modes', { mode: 'live', venue: 'mexc' }) });
      await paper.transaction((tx) => tx.insertOrder(orderOf('on-paper')));
      expect(await live.transaction((tx) => tx.orders())).toEqual([]);
      await paper.close();
      await live.close();
      const modes = (await ledgers.list()).filter(({ identity }) => identity.bot === 'modes');
      expect(modes.map(({ identity }) => identity.mode)).toEqual(['live', 'paper']);
    });

    it('refuses a row that no version of this program could have written', async () => {
      const identity = identityOf('strange');
      const ledger = await ledgers.open({ identity });
      await ledger.transaction((tx) => tx.insertOrder(orderOf('o')));
      await asOwner(identity, (session) => session.command(`UPDATE orders SET state = 'DREAMING'`));
      await expect(ledger.transaction((tx) => tx.orders())).rejects.toMatchObject({
        code: 'LEDGER_BROKEN',
        message: expect.stringMatching(/column state .* was "DREAMING"/) as unknown,
      });
      await ledger.close();
    });

    it('reports a lost connection as retryable, keeps nothing of the transaction, and connects again', async () => {
      const identity = identityOf('lost');
      const ledger = await ledgers.open({ identity });
      const cut = ledger.transaction(async (tx) => {
        await tx.insertOrder(orderOf('half'));
        await asOwner(identity, disconnectOthers);
        await tx.insertFill(fillOf('trade', 'half'));
      });
      await expect(cut).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE', retryable: true });
      expect(await ledger.transaction((tx) => tx.orders())).toEqual([]);
      await expect(ledgers.open({ identity })).rejects.toMatchObject({ code: 'LEDGER_LOCKED' });
      await ledger.close();
    });

    it('does not take a ledger back from the process that took it over', async () => {
      const identity = identityOf('taken-over');
      const first = await ledgers.open({ identity });
      await first.transaction((tx) => tx.orders());
      await asOwner(identity, disconnectOthers);
      const second = await ledgers.open({ identity });
      // Whether the loss was noticed before or is noticed by this call: nothing is written.
      const refused = first.transaction((tx) => tx.insertOrder(orderOf('stale')));
      await expect(refused).rejects.toMatchObject({
        code: expect.stringMatching(/LOCKED|UNAVAILABLE/) as unknown,
      });
      const again = first.transaction((tx) => tx.insertOrder(orderOf('stale')));
      await expect(again).rejects.toMatchObject({ code: 'LEDGER_LOCKED' });
      expect(await second.transaction((tx) => tx.orders())).toEqual([]);
      await second.close();
      await first.close();
    });

    it('loses a group with the connection, and goes on with the next', async () => {
      const identity = identityOf('lost-group');
      const ledger = await ledgers.open({ identity });
      const group = await ledger.beginGroup();
      await group.transaction((tx) => tx.insertOrder(orderOf('half')));
      await asOwner(identity, disconnectOthers);
      await expect(group.commit()).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
      const next = await ledger.beginGroup();
      expect(await next.transaction((tx) => tx.orders())).toEqual([]);
      await next.commit();
      await ledger.close();
    });

    it.each([1, 7, 30])(
      'keeps exactly what was committed when the writer is killed after %i commits',
      async (commits) => {
        const identity = identityOf('killed');
        const before = await countOf(identity);
        const child = startScript('writer-child.ts', [place.location]);
        const said = await untilLine(child, (line) => line === `committed ${before + commits}`);
        await kill(child);
        // The lock of the killed process is waited for, not stumbled over.
        const ledger = await ledgers.open({ identity });
        const [orders, fills, head, entries] = await ledger.transaction((tx) =>
          Promise.all([tx.orders(), tx.fills(), tx.journalHead('risk'), tx.journal('risk', 0, 10_000)]),
        );
        await ledger.close();
        expect(said).toBe(`committed ${before + commits}`);
        expect(orders.length).toBeGreaterThanOrEqual(before + commits);
        expect(fills.map((fill) => fill.orderId)).toEqual(orders.map((order) => order.orderId));
        expect(orders.map((order) => order.orderId)).toEqual(orders.map((_, index) => `order-${index + 1}`));
        expect(head.count).toBe(orders.length);
        expect((await verifyChain([entries], { component: 'risk', head })).ok).toBe(true);
      },
    );

    async function countOf(identity: LedgerIdentity): Promise<number> {
      const ledger = await ledgers.open({ identity });
      const { count } = await ledger.transaction((tx) => tx.journalHead('risk'));
      await ledger.close();
      return count;
    }
  });
}
