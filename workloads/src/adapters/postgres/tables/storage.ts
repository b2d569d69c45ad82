import type { LedgerStorage } from '../../../ports/ledger-storage.ts';
import { integer } from '../column.ts';
import type { Statements } from '../statement.ts';

/** Every login may ask this, of a managed server too: no statistics role is needed. */
const STORAGE = {
  name: 'storage',
  text: `SELECT pg_database_size(current_database()) AS bytes,
           (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
           current_setting('max_connections')::bigint AS max_connections,
           (extract(epoch FROM pg_postmaster_start_time()) * 1000)::bigint AS started_time`,
};

export async function readStorage(db: Statements): Promise<LedgerStorage> {
  const [row = {}] = await db.run(STORAGE, []);
  return {
    bytes: integer(row, 'bytes'),
    connections: integer(row, 'connections'),
    maxConnections: integer(row, 'max_connections'),
    startedTime: integer(row, 'started_time'),
  };
}
