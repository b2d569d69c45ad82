import { startPostgres15 } from '../support/postgres.ts';
import { startHarness } from './harness.ts';
import { ledgerContract } from './ledger-contract.ts';

ledgerContract("on Debian's PostgreSQL 15", async () => {
  const server = await startPostgres15();
  return startHarness({ location: server.url() }, () => server.stop());
});
