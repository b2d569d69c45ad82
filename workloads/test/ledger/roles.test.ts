import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { databaseName } from '../../src/adapters/postgres/database-name.ts';
import { LedgerServer } from '../../src/adapters/postgres/ledger-server.ts';
import { openLedger } from '../../src/adapters/postgres/open-ledger.ts';
import { connectedServer, serverAt } from '../../src/adapters/postgres/postgres-server.ts';
import { isAlive } from '../../src/adapters/postgres/postmaster-file.ts';
import {
  GROUP_ROLE,
  LEDGER_ROLES,
  type LedgerRole,
  TABLE_RIGHTS,
} from '../../src/adapters/postgres/rights.ts';
import type { RoleLogin } from '../../src/adapters/postgres/roles.ts';
import { isPlainPassword } from '../../src/adapters/postgres/scram.ts';
import { Session } from '../../src/adapters/postgres/session.ts';
import type { GroupingLedger, Writer } from '../../src/ports/ledger.ts';
import { makeCertificate, type TestCertificate } from '../support/certificate.ts';
import { startPostgres15, type TestPostgres } from '../support/postgres.ts';
import { accountOf, fillOf, identityOf, orderEventOf, orderOf, positionOf, verdictOf } from './samples.ts';

const identity = identityOf('roles');
const passwordOf = (role: LedgerRole): string => `password-of-${role}`;
const logins: readonly RoleLogin[] = LEDGER_ROLES.map((role) => ({
  role,
  name: role,
  password: passwordOf(role),
}));

let postgres: TestPostgres;
let certificate: TestCertificate;
const ownerServer = () => connectedServer(postgres.url(), 'claire owner');
const owner = () => new LedgerServer(ownerServer(), isAlive);

beforeAll(async () => {
  certificate = await makeCertificate('postgres.test');
  postgres = await startPostgres15({ passwords: true, tls: certificate });
  await owner().prepare({ identity, logins });
});
afterAll(async () => {
  await postgres.stop();
});

const connectionOf = (role: LedgerRole, password: () => Promise<string>) => ({
  host: '127.0.0.1',
  port: postgres.port,
  user: role,
  password,
  tls: { ca: certificate.certificate, serverName: 'postgres.test' },
});
const openAs = (role: LedgerRole, ...writers: Writer[]): Promise<GroupingLedger> =>
  openLedger({
    location: connectionOf(role, () => Promise.resolve(passwordOf(role))),
    identity,
    writers,
    prepared: true,
  });

/** An SQL prompt with a role's rights, or the owner's. */
async function asRole<T>(role: LedgerRole | undefined, work: (session: Session) => Promise<T>): Promise<T> {
  const server =
    role === undefined
      ? ownerServer()
      : serverAt(
          connectionOf(role, () => Promise.resolve(passwordOf(role))),
          `claire ${role}`,
        );
  const session = await Session.open(server.target(databaseName(identity)));
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** The tables a role may do something to, as the server sees it; a privilege on columns counts. */
const privilegesOf = (role: LedgerRole, privilege: string): Promise<readonly string[]> =>
  asRole(undefined, async (session) => {
    const able =
      privilege === 'DELETE' || privilege === 'TRUNCATE'
        ? `has_table_privilege('${role}', c.oid, '${privilege}')`
        : `has_any_column_privilege('${role}', c.oid, '${privilege}')`;
    const rows = await session.run(
      {
        name: `privileges.${role}.${privilege}`,
        text: `SELECT relname FROM pg_class c WHERE relnamespace = 'claire'::regnamespace AND relkind = 'r' AND ${able}
               ORDER BY 1`,
      },
      [],
    );
    return rows.map((row) => String(row['relname']));
  });

describe('the roles of a ledger', () => {
  it('have rights named for every table there is', async () => {
    const rows = await asRole(undefined, (session) =>
      session.run(
        {
          name: 'tables',
          text: `SELECT relname FROM pg_class WHERE relnamespace = 'claire'::regnamespace AND relkind = 'r' ORDER BY 1`,
        },
        [],
      ),
    );
    expect(rows.map((row) => row['relname'])).toEqual(Object.keys(TABLE_RIGHTS).sort());
  });

  it.each(LEDGER_ROLES)('%s may change what its rights name and nothing else', async (role) => {
    for (const privilege of ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) {
      const named = Object.entries(TABLE_RIGHTS).filter(([, rights]) =>
        rights[role]?.some((right) => right.startsWith(privilege)),
      );
      expect([role, privilege, await privilegesOf(role, privilege)]).toEqual([
        role,
        privilege,
        named.map(([table]) => table).sort(),
      ]);
    }
    expect(await privilegesOf(role, 'SELECT')).toEqual(Object.keys(TABLE_RIGHTS).sort());
  });

  it('are no superusers and own nothing', async () => {
    const names = [...LEDGER_ROLES, GROUP_ROLE].map((role) => `'${role}'`).join(', ');
    const rows = await asRole(undefined, (session) =>
      session.run(
        {
          name: 'powers',
          text: `SELECT rolname FROM pg_roles WHERE rolname IN (${names}) AND (rolsuper OR rolcreatedb OR rolcreaterole
                 OR rolbypassrls OR rolreplication OR EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid))`,
        },
        [],
      ),
    );
    expect(rows).toEqual([]);
  });

  it('never see a password: the server is given verifiers', async () => {
    const [row] = await asRole(undefined, (session) =>
      session.run(
        { name: 'verifiers', text: `SELECT string_agg(rolpassword, ' ') AS all FROM pg_authid` },
        [],
      ),
    );
    expect(row?.['all']).toMatch(/^(SCRAM-SHA-256\$4096:\S+ ?){6}$/);
    expect(row?.['all']).not.toMatch(/password-of/);
  });

  it('let each process do its part of an order’s life, and not another’s', async () => {
    const [risk, execution, signal] = [
      await openAs('risk', 'risk'),
      await openAs('execution', 'execution'),
      await openAs('signal', 'signal'),
    ];
    const order = orderOf('o-1');
    await risk.transaction(async (tx) => {
      await tx.insertVerdict(verdictOf('v-1'));
      await tx.insertOrder(order);
      await tx.insertReservation({
        orderId: 'o-1',
        symbol: order.symbol,
        side: order.side,
        quote: order.filledNotional,
        quantity: order.quantity,
      });
      await tx.addOutbox('orders', [orderEventOf('e-1')]);
      await tx.appendJournal('risk', [{ kind: 'x', eventTime: 1, facts: {} }]);
      await tx.putState('risk', {});
      await tx.removeOutbox((await tx.outbox(10)).map(({ sequence }) => sequence));
    });
    await execution.transaction(async (tx) => {
      await tx.updateOrder({ ...order, state: 'SUBMITTING' }, 'APPROVED');
      await tx.insertFill(fillOf('t-1', 'o-1'));
      await tx.putAccount(accountOf([positionOf('BTCUSDT')]), 'BTCUSDT');
      await tx.releaseReservation('o-1');
      await tx.appendJournal('control', [{ kind: 'x', eventTime: 1, facts: {} }]);
    });
    await signal.transaction((tx) => tx.markConsumed('signal', 'e-1'));
    const refused = { code: 'LEDGER_PERMISSION' };
    await expect(execution.transaction((tx) => tx.insertOrder(orderOf('o-2')))).rejects.toMatchObject(
      refused,
    );
    await expect(risk.transaction((tx) => tx.insertFill(fillOf('t-2', 'o-1')))).rejects.toMatchObject(
      refused,
    );
    await expect(signal.transaction((tx) => tx.clearDemand('control'))).rejects.toMatchObject(refused);
    for (const ledger of [risk, execution, signal]) await ledger.close();
  });

  it('name the process that holds a ledger although its role is another', async () => {
    const risk = await openAs('risk', 'risk');
    await expect(openAs('execution', 'risk')).rejects.toMatchObject({
      code: 'LEDGER_LOCKED',
      message: expect.stringContaining(`claire pid ${process.pid} on `) as unknown,
    });
    await risk.close();
  });

  it('find a ledger that the owner has not prepared absent, and worth another try', async () => {
    await expect(
      openLedger({
        location: postgres.url(),
        identity: identityOf('unprepared'),
        writers: ['risk'],
        prepared: true,
      }),
    ).rejects.toMatchObject({ code: 'LEDGER_ABSENT', retryable: true });
  });

  it('are refused with a wrong password and without TLS, naming neither', async () => {
    const wrong = connectionOf('risk', () => Promise.resolve('not-the-password'));
    const { host, port, user, password } = connectionOf('risk', () => Promise.resolve(passwordOf('risk')));
    const plain = { host, port, user, password };
    for (const location of [wrong, plain]) {
      const opening = openLedger({ location, identity, writers: ['risk'], prepared: true });
      await expect(opening).rejects.toMatchObject({
        code: expect.stringMatching(/LEDGER_PERMISSION|LEDGER_UNAVAILABLE/) as unknown,
        message: expect.not.stringMatching(/password-of|not-the-password/) as unknown,
      });
    }
  });

  it('do not talk to a server whose certificate is not the authority’s or not the host’s', async () => {
    const stranger = await makeCertificate('postgres.test');
    for (const tls of [
      { ca: stranger.certificate, serverName: 'postgres.test' },
      { ca: certificate.certificate, serverName: 'other.test' },
    ]) {
      const location = { ...connectionOf('risk', () => Promise.resolve(passwordOf('risk'))), tls };
      await expect(
        openLedger({ location, identity, writers: ['risk'], prepared: true }),
      ).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    }
  });

  it('take up a changed password at the next connection', async () => {
    let password = passwordOf('reader');
    const location = connectionOf('reader', () => Promise.resolve(password));
    const changed = 'another-password-1';
    await owner().prepare({ identity, logins: [{ role: 'reader', name: 'reader', password: changed }] });
    const open = () => openLedger({ location, identity, writers: [], prepared: true });
    await expect(open()).rejects.toMatchObject({ code: 'LEDGER_PERMISSION' });
    password = changed;
    await (await open()).close();
  });

  it('refuse a password that clients could read differently', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), (password) => {
        const plain = /^[!-~]+$/.test(password) && password.length >= 8;
        expect(isPlainPassword(password)).toBe(plain);
      }),
    );
  });
});
