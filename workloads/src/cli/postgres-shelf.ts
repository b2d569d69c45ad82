import { readdir } from 'node:fs/promises';
import { openLedgerServer } from '../adapters/postgres/open-ledger.ts';
import { EXIT } from '../process/exit-code.ts';
import { CliFailure } from './failure.ts';
import type { OpenShelf } from './ledger-access.ts';
import type { LedgerPlace } from './ledger-place.ts';

/** What the adapter calls the place. */
export const locationOf = (place: LedgerPlace): string => (place.kind === 'folder' ? place.path : place.url);

/** Reading must not make a ledger: a folder that is not there, or empty, has none. @throws CliFailure */
async function refuseEmpty(path: string): Promise<void> {
  const names = await readdir(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  if (names.length > 0) return;
  throw new CliFailure(
    EXIT.NO_INPUT,
    `${path}: holds no ledger; do: 'claire run -f FILE' first, or name another place with --ledger`,
  );
}

/** The ledgers of a PostgreSQL server: the embedded one of a folder, or one of the user's own. */
export const openShelf: OpenShelf = async (place) => {
  if (place.kind === 'folder') await refuseEmpty(place.path);
  return openLedgerServer({ location: locationOf(place) });
};
