import {
  type GroupingLedger,
  LedgerError,
  type LedgerIdentity,
  type LedgerView,
  type Writer,
  WRITERS,
} from '../../ports/ledger.ts';
import type { Duration } from '../../domain/time.ts';
import { databaseName } from './database-name.ts';
import { claimIdentity, demandSameIdentity, readIdentity } from './identity.ts';
import { type Migration, checkApplied, migrate, readMigrations } from './migrations.ts';
import { PostgresLedger } from './postgres-ledger.ts';
import { type PostgresServer, listDatabases, openDatabase } from './postgres-server.ts';
import { PostgresView } from './postgres-view.ts';
import { grantRoles, type RoleLogin } from './roles.ts';
import { Session } from './session.ts';
import { type LeaseWatch, readHolders, TAKE_MIGRATION_TURN, takeWriterLocks } from './writer-lock.ts';

/** One ledger of a server. */
export interface LedgerListing {
  readonly database: string;
  readonly identity: LedgerIdentity;
  /** Who writes it now, such as `claire pid 123 on host`, several with commas; absent when nobody does. */
  readonly holder?: string;
}

export interface OpenRequest {
  readonly identity: LedgerIdentity;
  /** What the process writes as, all by default; none for one that only controls. */
  readonly writers?: readonly Writer[];
  /** Forget everything first. Refused for a live ledger; needs all writers. */
  readonly fresh?: boolean;
  /** The owner has prepared the ledger (`prepare`): it is checked and not made. For roles that may not change tables. */
  readonly prepared?: boolean;
  /** Another database than the one named after bot and mode. */
  readonly database?: string;
  /** For a process with a fence: another one's session that holds its lock is ended when its lease is not renewed. */
  readonly lease?: LeaseWatch;
  /** The server takes back a transaction that stands still for so long: a frozen process holds nobody up for longer. */
  readonly abandonAfter?: Duration;
  /** Called after the ledger is closed. */
  readonly release?: () => Promise<void>;
}

/** Whose ledger is made ready for its processes, and what they log in as. */
export interface PrepareRequest {
  readonly identity: LedgerIdentity;
  readonly database?: string;
  readonly logins: readonly RoleLogin[];
}

/** A ledger one may read, and how many migrations it has. */
export interface ReadableLedger {
  readonly session: Session;
  readonly identity: LedgerIdentity;
  readonly schema: number;
}

interface WriterRequest {
  readonly lease?: LeaseWatch | undefined;
  readonly abandonAfter?: Duration | undefined;
  readonly identity: LedgerIdentity;
  readonly writers: readonly Writer[];
  readonly migrations: readonly Migration[];
  readonly database: string;
}

/** By default the server stays open when a ledger is closed. */
const keepServer = (): Promise<void> => Promise.resolve();

/** A server full of ledgers. Close what was opened from it, then the server. */
export class LedgerServer {
  readonly #server: PostgresServer;
  readonly #isAlive: (pid: number) => boolean;

  constructor(server: PostgresServer, isAlive: (pid: number) => boolean) {
    this.#server = server;
    this.#isAlive = isAlive;
  }

  /** The ledgers of this server that we may read, by database name. */
  async list(): Promise<readonly LedgerListing[]> {
    const listings: LedgerListing[] = [];
    for (const database of await listDatabases(this.#server)) {
      const listing = await this.#describe(database);
      if (listing !== undefined) listings.push(listing);
    }
    return listings;
  }

  /**
   * Open a bot's ledger for writing; it is created when missing.
   * @throws LedgerError LEDGER_LOCKED, LEDGER_IDENTITY, LEDGER_NEWER, LEDGER_UNAVAILABLE, LEDGER_PERMISSION, LEDGER_DISK_FULL
   */
  async open(request: OpenRequest): Promise<GroupingLedger> {
    const { identity, writers = WRITERS, fresh = false, prepared = false, release = keepServer } = request;
    const { database = databaseName(identity) } = request;
    if (fresh) refuseToClear(identity, writers);
    const migrations = await readMigrations();
    // Only the first session clears: one that reconnects goes on with what is there.
    let clear = fresh;
    return PostgresLedger.open({
      identity,
      writers,
      openSession: async () => {
        const { lease, abandonAfter } = request;
        const asked = { identity, writers, migrations, database, lease, abandonAfter };
        if (prepared) return this.#openPrepared(asked);
        const session = await this.#openWriter({ ...asked, clear });
        clear = false;
        return session;
      },
      release,
    });
  }

  /**
   * Open an existing ledger for reading, whoever writes it.
   * @throws LedgerError LEDGER_ABSENT when there is none of that name, LEDGER_NEWER, LEDGER_UNAVAILABLE, LEDGER_PERMISSION
   */
  async view(database: string, release: () => Promise<void> = keepServer): Promise<LedgerView> {
    const { session, identity } = await this.connect(database);
    return new PostgresView(identity, session, release);
  }

  /** A session on an existing ledger, without the writer's lock. @throws LedgerError as `view` */
  async connect(database: string): Promise<ReadableLedger> {
    const migrations = await readMigrations();
    const session = await Session.open(this.#server.target(database));
    try {
      const identity = await readableIdentity(session, migrations);
      return { session, identity, schema: migrations.length };
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /**
   * A session that holds the writers' locks on the bot's database, which is created when missing; its tables are the
   * caller's business. @throws LedgerError as `open`
   */
  async connectForWriting(identity: LedgerIdentity): Promise<Session> {
    return this.#locked(await openDatabase(this.#server, databaseName(identity)), WRITERS);
  }

  /**
   * Make a ledger ready for processes that may not change tables: database, migrations, identity, and a login role with
   * its rights for each process. For the owner; may be repeated, which sets the passwords anew.
   * @throws LedgerError LEDGER_IDENTITY, LEDGER_NEWER, LEDGER_PERMISSION, LEDGER_UNAVAILABLE
   */
  async prepare({ identity, logins, ...request }: PrepareRequest): Promise<void> {
    const { database = databaseName(identity) } = request;
    const migrations = await readMigrations();
    const session = await openDatabase(this.#server, database);
    try {
      await session.command(`BEGIN; ${TAKE_MIGRATION_TURN}`);
      await migrate(session, migrations);
      await claimIdentity(session, identity);
      await grantRoles(session, database, logins);
      await session.command('COMMIT');
    } finally {
      await session.close();
    }
  }

  /** Our use of the server ends; an embedded one stops with its last user. Idempotent. */
  async close(): Promise<void> {
    await this.#server.release();
  }

  async #describe(database: string): Promise<LedgerListing | undefined> {
    let session: Session | undefined;
    try {
      session = await Session.open(this.#server.target(database));
      const identity = await readIdentity(session);
      const holders = await readHolders(session);
      return (
        identity && { database, identity, ...(holders.length === 0 ? {} : { holder: holders.join(', ') }) }
      );
    } catch (error) {
      // A database that is not ours to read, or no ledger in spite of its name.
      if (error instanceof LedgerError && !error.retryable) return undefined;
      throw error;
    } finally {
      await session?.close();
    }
  }

  async #locked(
    session: Session,
    writers: readonly Writer[],
    { lease, abandonAfter }: Pick<WriterRequest, 'lease' | 'abandonAfter'> = {},
  ): Promise<Session> {
    try {
      await takeWriterLocks(session, { writers, isAlive: this.#isAlive, lease });
      if (abandonAfter !== undefined) {
        await session.command(`SET idle_in_transaction_session_timeout TO ${Math.ceil(abandonAfter)}`);
      }
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async #openPrepared(request: WriterRequest): Promise<Session> {
    const { identity, writers, migrations, database } = request;
    let session: Session | undefined;
    try {
      session = await Session.open(this.#server.target(database));
      demandSameIdentity(await readableIdentity(session, migrations), identity);
    } catch (error) {
      await session?.close();
      throw error instanceof LedgerError && error.code === 'LEDGER_ABSENT' ? notPrepared(error) : error;
    }
    return this.#locked(session, writers, request);
  }

  async #openWriter(request: WriterRequest & { readonly clear: boolean }): Promise<Session> {
    const { writers, database } = request;
    const session = await this.#locked(await openDatabase(this.#server, database), writers, request);
    try {
      await session.command(`BEGIN; ${TAKE_MIGRATION_TURN}`);
      if (request.clear) await session.command('DROP SCHEMA IF EXISTS claire CASCADE');
      await migrate(session, request.migrations);
      await claimIdentity(session, request.identity);
      await session.command('COMMIT');
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }
}

function refuseToClear(identity: LedgerIdentity, writers: readonly Writer[]): void {
  if (writers.length < WRITERS.length) {
    throw new LedgerError('LEDGER_LOCKED', 'a ledger is made fresh by a process that is its only writer', {
      retryable: false,
    });
  }
  if (identity.mode !== 'live') return;
  throw new LedgerError(
    'LEDGER_IDENTITY',
    `a live ledger is never cleared: was bot ${identity.bot}; only a paper ledger can be made fresh`,
    { retryable: false },
  );
}

/** The owner may be at it: asking again later can help. */
const notPrepared = (cause: LedgerError): LedgerError =>
  new LedgerError(
    'LEDGER_ABSENT',
    `the ledger is not prepared for this version yet (${cause.message}); its owner does it with 'claire ledger prepare'`,
    { retryable: true, cause },
  );

async function readableIdentity(session: Session, migrations: readonly Migration[]): Promise<LedgerIdentity> {
  const absent = (what: string): LedgerError =>
    new LedgerError('LEDGER_ABSENT', `${session.target.name} ${what}: run the bot once`, {
      retryable: false,
    });
  const applied = await checkApplied(session, migrations).catch((error: unknown) => {
    throw error instanceof LedgerError && error.code === 'LEDGER_ABSENT' ? absent('holds no ledger') : error;
  });
  if (applied < migrations.length) throw absent('holds a ledger of an older version');
  const identity = await readIdentity(session);
  if (identity === undefined) throw absent('holds no ledger');
  return identity;
}
