import { type LedgerServerRequest, openLedgerServer } from '../../src/adapters/postgres/open-ledger.ts';
import { databaseName } from '../../src/adapters/postgres/database-name.ts';
import type { LedgerHarness } from './ledger-contract.ts';

/** The contract's harness on one location of the PostgreSQL adapter. */
export async function startHarness(
  request: LedgerServerRequest,
  cleanUp: () => Promise<void>,
): Promise<LedgerHarness> {
  const server = await openLedgerServer(request);
  return {
    open: (identity) => server.open({ identity }),
    view: (identity) => server.view(databaseName(identity)),
    stop: async () => {
      await server.close();
      await cleanUp();
    },
  };
}
