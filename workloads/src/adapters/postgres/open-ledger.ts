import { hostname } from 'node:os';
import type { Duration } from '../../domain/time.ts';
import type { GroupingLedger, LedgerIdentity, LedgerView, Writer } from '../../ports/ledger.ts';
import type { Logger } from '../../ports/logger.ts';
import { databaseName } from './database-name.ts';
import { openEmbeddedServer } from './embedded-server.ts';
import { type LedgerListing, LedgerServer } from './ledger-server.ts';
import { connectedServer, type ServerConnection, serverAt } from './postgres-server.ts';
import { isAlive } from './postmaster-file.ts';
import { applicationName, type LeaseWatch } from './writer-lock.ts';

export interface LedgerServerRequest {
  /** A folder of the user's, or `postgres://user:password@host:port/database` of a server of one's own, or its parts. */
  readonly location: string | ServerConnection;
  /** Refuse a folder without a ledger (`LEDGER_ABSENT`) instead of making one. */
  readonly mustExist?: boolean;
  readonly logger?: Logger;
}

export interface OpenLedgerRequest extends LedgerServerRequest {
  readonly identity: LedgerIdentity;
  /** What the process writes as, all by default; none for one that only controls. */
  readonly writers?: readonly Writer[];
  /** Forget everything first. Refused for a live ledger. */
  readonly fresh?: boolean;
  /** The owner has prepared the ledger (`LedgerServer.prepare`): it is checked and not made. */
  readonly prepared?: boolean;
  /** Another database than the one named after bot and mode. */
  readonly database?: string;
  /** For a process with a fence: another one's session that holds its lock is ended when its lease is not renewed. */
  readonly lease?: LeaseWatch;
  /** The server takes back a transaction that stands still for so long: a frozen process holds nobody up for longer. */
  readonly abandonAfter?: Duration;
}

/** Which ledger to read: by its bot and mode, or by the database that a listing named. */
export type ReadLedgerRequest = LedgerServerRequest &
  ({ readonly bot: string; readonly mode: string } | { readonly database: string });

const isUrl = (location: string): boolean => /^postgres(?:ql)?:\/\//.test(location);

/**
 * Open the place where ledgers are. For several bots at once, and for listing before opening.
 * @throws LedgerError LEDGER_ABSENT, LEDGER_UNAVAILABLE, LEDGER_PERMISSION, LEDGER_DISK_FULL
 */
export async function openLedgerServer(request: LedgerServerRequest): Promise<LedgerServer> {
  const { location, mustExist = false, logger } = request;
  const name = applicationName(process.pid, hostname());
  if (typeof location !== 'string') return new LedgerServer(serverAt(location, name), isAlive);
  const server = isUrl(location)
    ? connectedServer(location, name)
    : await openEmbeddedServer({ folder: location, mustExist, applicationName: name, logger });
  return new LedgerServer(server, isAlive);
}

/**
 * Open one bot's ledger for writing; server, database and tables are made when missing. `close` gives everything back.
 * @throws LedgerError LEDGER_LOCKED (naming the pid), LEDGER_IDENTITY, LEDGER_NEWER, LEDGER_UNAVAILABLE,
 *   LEDGER_PERMISSION, LEDGER_DISK_FULL
 */
export async function openLedger(request: OpenLedgerRequest): Promise<GroupingLedger> {
  return withServer(request, (server, release) => server.open({ ...request, release }));
}

/**
 * Open one ledger for reading while a run may hold it.
 * @throws LedgerError LEDGER_ABSENT, LEDGER_NEWER, LEDGER_UNAVAILABLE, LEDGER_PERMISSION, LEDGER_DISK_FULL
 */
export async function openLedgerForReading(request: ReadLedgerRequest): Promise<LedgerView> {
  const database = 'database' in request ? request.database : databaseName(request);
  return withServer({ ...request, mustExist: true }, (server, release) => server.view(database, release));
}

/** The ledgers of a place. @throws LedgerError LEDGER_ABSENT for a folder without, and as `openLedgerServer` */
export async function listLedgers(request: LedgerServerRequest): Promise<readonly LedgerListing[]> {
  const server = await openLedgerServer({ ...request, mustExist: true });
  try {
    return await server.list();
  } finally {
    await server.close();
  }
}

async function withServer<T>(
  request: LedgerServerRequest,
  open: (server: LedgerServer, release: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const server = await openLedgerServer(request);
  try {
    return await open(server, () => server.close());
  } catch (error) {
    await server.close();
    throw error;
  }
}
