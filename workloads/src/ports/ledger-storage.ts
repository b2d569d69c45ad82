import type { Timestamp } from '../domain/time.ts';

/** How the server that keeps a ledger stands. */
export interface LedgerStorage {
  /** Size of the bot's database, bytes. */
  readonly bytes: number;
  /** Of everybody, to every database of the server. */
  readonly connections: number;
  readonly maxConnections: number;
  readonly startedTime: Timestamp;
}
