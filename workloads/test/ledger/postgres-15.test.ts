import { hostname } from 'node:os';
import { connectedServer } from '../../src/adapters/postgres/postgres-server.ts';
import { applicationName } from '../../src/adapters/postgres/writer-lock.ts';
import { startPostgres15 } from '../support/postgres.ts';
import { executionContract } from './execution-contract.ts';
import { harnessOf } from './harness.ts';
import { keptForAWhileContract } from './kept-for-a-while.ts';
import { ledgerContract } from './ledger-contract.ts';
import { signalContract } from './signal-contract.ts';
import { riskContract } from './risk-contract.ts';
import { severalWritersContract } from './several-writers.ts';
import { type PostgresPlace, postgresContract } from './postgres-contract.ts';

async function startPlace(): Promise<PostgresPlace> {
  const postgres = await startPostgres15();
  const location = postgres.url();
  return {
    location,
    server: connectedServer(location, applicationName(process.pid, hostname())),
    stop: () => postgres.stop(),
  };
}

ledgerContract("on Debian's PostgreSQL 15", async () => harnessOf(await startPlace()));
postgresContract('Debian 15', startPlace);
severalWritersContract("on Debian's PostgreSQL 15", async () => harnessOf(await startPlace()));
executionContract("on Debian's PostgreSQL 15", async () => harnessOf(await startPlace()));
keptForAWhileContract("on Debian's PostgreSQL 15", async () => harnessOf(await startPlace()));
riskContract("on Debian's PostgreSQL 15", async () => harnessOf(await startPlace()));
signalContract("on Debian's PostgreSQL 15", async () => harnessOf(await startPlace()));
