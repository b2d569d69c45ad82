import { openLedgerServer } from '../adapters/postgres/open-ledger.ts';
import type { OpenShelf } from './ledger-access.ts';
import type { LedgerPlace } from './ledger-place.ts';

/** What the adapter calls the place. */
export const locationOf = (place: LedgerPlace): string => (place.kind === 'folder' ? place.path : place.url);

/** The ledgers of a PostgreSQL server: the embedded one of a folder, or one of the user's own. Reading makes none. */
export const openShelf: OpenShelf = async (place) => {
  const server = await openLedgerServer({ location: locationOf(place), mustExist: true });
  return {
    list: () => server.list(),
    view: (database) => server.view(database),
    control: ({ identity, database }) => server.open({ identity, database, writers: [] }),
    close: () => server.close(),
  };
};
