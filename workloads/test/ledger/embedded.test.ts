import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedServer } from '../../src/adapters/postgres/embedded-server.ts';
import { applicationName } from '../../src/adapters/postgres/writer-lock.ts';
import { executionContract } from './execution-contract.ts';
import { harnessOf } from './harness.ts';
import { keptForAWhileContract } from './kept-for-a-while.ts';
import { ledgerContract } from './ledger-contract.ts';
import { signalContract } from './signal-contract.ts';
import { riskContract } from './risk-contract.ts';
import { severalWritersContract } from './several-writers.ts';
import { type PostgresPlace, postgresContract } from './postgres-contract.ts';

async function startPlace(): Promise<PostgresPlace> {
  const location = await mkdtemp(join(tmpdir(), 'claire-ledger-'));
  const server = await openEmbeddedServer({
    folder: location,
    mustExist: false,
    applicationName: applicationName(process.pid, hostname()),
    logger: undefined,
  });
  const stop = async (): Promise<void> => {
    await server.release();
    await rm(location, { recursive: true, force: true });
  };
  return { location, server, stop };
}

ledgerContract('on the embedded PostgreSQL', async () => harnessOf(await startPlace()));
postgresContract('embedded', startPlace);
severalWritersContract('on the embedded PostgreSQL', async () => harnessOf(await startPlace()));
executionContract('on the embedded PostgreSQL', async () => harnessOf(await startPlace()));
keptForAWhileContract('on the embedded PostgreSQL', async () => harnessOf(await startPlace()));
riskContract('on the embedded PostgreSQL', async () => harnessOf(await startPlace()));
signalContract('on the embedded PostgreSQL', async () => harnessOf(await startPlace()));
