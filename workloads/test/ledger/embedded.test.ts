import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHarness } from './harness.ts';
import { ledgerContract } from './ledger-contract.ts';

ledgerContract('on the embedded PostgreSQL', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'claire-ledger-'));
  return startHarness({ location: folder }, () => rm(folder, { recursive: true, force: true }));
});
