import { databaseName } from '../../src/adapters/postgres/database-name.ts';
import { LedgerServer } from '../../src/adapters/postgres/ledger-server.ts';
import { isAlive } from '../../src/adapters/postgres/postmaster-file.ts';
import type { LedgerHarness } from './ledger-contract.ts';
import type { PostgresPlace } from './postgres-contract.ts';

/** The ledger contract's harness on a PostgreSQL. */
export function harnessOf({ server, stop }: PostgresPlace): LedgerHarness {
  const ledgers = new LedgerServer(server, isAlive);
  return {
    open: (identity, writers) => ledgers.open({ identity, ...(writers === undefined ? {} : { writers }) }),
    view: (identity) => ledgers.view(databaseName(identity)),
    stop,
  };
}
