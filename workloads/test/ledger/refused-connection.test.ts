import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openLedger } from '../../src/adapters/postgres/open-ledger.ts';
import { connectedServer } from '../../src/adapters/postgres/postgres-server.ts';
import { Session } from '../../src/adapters/postgres/session.ts';
import { LedgerError } from '../../src/ports/ledger.ts';
import { type TestPostgres, startPostgres15 } from '../support/postgres.ts';
import { identityOf } from './samples.ts';

describe('a PostgreSQL that does not let us in', () => {
  const identity = identityOf('refused');
  let postgres: TestPostgres;

  beforeAll(async () => {
    postgres = await startPostgres15();
    const session = await Session.open(connectedServer(postgres.url(), 'test').target('postgres'));
    await session.command('CREATE ROLE guest LOGIN');
    await session.command('CREATE DATABASE claire_other_paper');
    await session.close();
  });
  afterAll(async () => {
    await postgres.stop();
  });

  const as = (role: string): string => postgres.url().replace('owner@', `${role}:secret-word@`);
  const refusalOf = (location: string, bot = 'refused') =>
    openLedger({ location, identity: { ...identity, bot } }).catch((error: unknown) => error);

  it('may not be there: worth another try', async () => {
    const nobody = `postgres://owner:secret-word@127.0.0.1:1/postgres`;
    expect(await refusalOf(nobody)).toMatchObject({ code: 'LEDGER_UNAVAILABLE', retryable: true });
  });

  it.each([
    ['may not know the role', 'stranger', 'refused'],
    ['may not let the role make the database', 'guest', 'refused'],
    ['may not let the role make tables', 'guest', 'other'],
  ])('%s: another try is no use', async (_, role, bot) => {
    expect(await refusalOf(as(role), bot)).toMatchObject({ code: 'LEDGER_PERMISSION', retryable: false });
  });

  it('is never named with its password', async () => {
    const locations = [
      as('stranger'),
      as('guest'),
      'postgres://owner:secret-word@127.0.0.1:1/x',
      'postgres://:secret-word@[',
    ];
    for (const location of locations) {
      const refusal = await refusalOf(location);
      expect(refusal).toBeInstanceOf(LedgerError);
      expect(String(refusal)).not.toContain('secret-word');
    }
  });
});
