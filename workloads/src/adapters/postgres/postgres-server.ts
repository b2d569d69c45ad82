import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { LedgerError } from '../../ports/ledger.ts';
import { Session, type Target } from './session.ts';

/** A PostgreSQL server that holds ledgers: one of the user's, or the embedded one of a folder. */
export interface PostgresServer {
  /** For error texts: never with a password. */
  readonly name: string;
  /** Where databases are listed and created from. */
  readonly maintenanceDatabase: string;
  target(database: string): Target;
  /** Our use of it ends; an embedded server stops with its last user. Idempotent. */
  release(): Promise<void>;
}

const DATABASE = {
  name: 'databases',
  text: `SELECT datname FROM pg_database WHERE datname LIKE 'claire\\_%' ORDER BY 1`,
};
/** It is there already, or another process makes it at this moment. */
const DUPLICATE_DATABASE: readonly (string | undefined)[] = ['42P04', '23505'];

/** A server of the user's own, part by part. */
export interface ServerConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Asked at every connection, so that a changed password is taken up. */
  readonly password?: () => Promise<string>;
  /** Where databases are listed and created from. @default postgres */
  readonly database?: string;
  /** TLS with the server's certificate verified, against this authority (PEM) or those of the system. */
  readonly tls?: { readonly ca?: string; readonly serverName?: string };
}

/** The server at an address. */
export function serverAt(connection: ServerConnection, applicationName: string): PostgresServer {
  const { host, port, user, password, tls, database: maintenanceDatabase = 'postgres' } = connection;
  const name = `${host}:${port}`;
  return {
    name,
    maintenanceDatabase,
    target: (database) => ({
      name: `${name}/${database}`,
      applicationName,
      connection: {
        host,
        port,
        user,
        database,
        ...(password === undefined ? {} : { password }),
        ...(tls === undefined ? {} : { ssl: tlsOptions(tls, host) }),
      },
    }),
    release: async () => {
      // Somebody else's server: every session of ours is closed by who opened it.
    },
  };
}

const tlsOptions = (
  { ca, serverName }: NonNullable<ServerConnection['tls']>,
  host: string,
): ConnectionOptions => ({
  rejectUnauthorized: true,
  servername: serverName ?? host,
  ...(ca === undefined ? {} : { ca }),
});

/**
 * The server of a `postgres://` URL. The database of the URL is only where ledgers are listed and created from.
 * @throws LedgerError LEDGER_UNAVAILABLE when it is no such URL
 */
export function connectedServer(url: string, applicationName: string): PostgresServer {
  const base = parseUrl(url);
  const name = base.host === '' ? 'the local PostgreSQL' : base.host;
  return {
    name,
    maintenanceDatabase: decodeURIComponent(base.pathname.slice(1)) || 'postgres',
    target: (database) => {
      const at = new URL(base);
      at.pathname = `/${encodeURIComponent(database)}`;
      return { connection: { connectionString: at.href }, name: `${name}/${database}`, applicationName };
    },
    release: async () => {
      // Somebody else's server: every session of ours is closed by who opened it.
    },
  };
}

function parseUrl(url: string): URL {
  if (URL.canParse(url)) return new URL(url);
  // The text is not repeated: it may hold a password.
  throw new LedgerError(
    'LEDGER_UNAVAILABLE',
    'the ledger is no URL such as postgres://user@host:5432/postgres',
    {
      retryable: false,
    },
  );
}

/**
 * A session on a database of the server, which is created when it is missing.
 * @throws LedgerError LEDGER_PERMISSION when the role may not create it, and what `Session.open` throws
 */
export async function openDatabase(server: PostgresServer, database: string): Promise<Session> {
  try {
    return await Session.open(server.target(database));
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== 'LEDGER_ABSENT') throw error;
    await createDatabase(server, database);
    return Session.open(server.target(database));
  }
}

/** Bytewise collation: lists come in the same order on every machine. */
async function createDatabase(server: PostgresServer, database: string): Promise<void> {
  await withSession(server, async (session) => {
    const create = `CREATE DATABASE ${pg.escapeIdentifier(database)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`;
    try {
      await session.command(create);
    } catch (error) {
      // Two processes may create it at once.
      const cause = error instanceof LedgerError ? error.cause : undefined;
      if (!(cause instanceof pg.DatabaseError) || !DUPLICATE_DATABASE.includes(cause.code)) throw error;
    }
  });
}

/** The databases that are named like ledgers. */
export async function listDatabases(server: PostgresServer): Promise<readonly string[]> {
  return withSession(server, async (session) => {
    const rows = await session.run(DATABASE, []);
    return rows.map((row) => String(row['datname']));
  });
}

async function withSession<T>(server: PostgresServer, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await Session.open(server.target(server.maintenanceDatabase));
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
