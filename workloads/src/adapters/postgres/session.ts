import { Socket } from 'node:net';
import pg from 'pg';
import { LedgerError } from '../../ports/ledger.ts';
import { classifyError, losesConnection } from './classify-error.ts';
import type { Row, Statement, Statements, Value } from './statement.ts';

/** A database that can be connected to. */
export interface Target {
  readonly connection: pg.ClientConfig;
  /** For error texts: host, port and database, never the password. */
  readonly name: string;
  /** What another process sees in the way of: `claire pid 123 on host`. At most 63 characters. */
  readonly applicationName: string;
  /** Look closer at a lost connection: a full disk takes the embedded server down. */
  readonly diagnose?: (error: LedgerError) => Promise<LedgerError>;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Waiting longer for somebody else's row lock is a fault to report, not to sit out. */
const SETTINGS = `SET search_path TO claire; SET synchronous_commit TO on; SET lock_timeout TO '10s';
  SET tcp_keepalives_idle TO 10; SET tcp_keepalives_interval TO 5; SET tcp_keepalives_count TO 3;
  SET client_min_messages TO warning; SET default_transaction_isolation TO 'read committed'`;

/** bigint arrives as a number that was checked; numeric stays text: a float never sees money. */
function typesOfColumns(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, safeInteger);
  return types;
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new LedgerError('LEDGER_BROKEN', `a number of the ledger is too large: was ${text}`, {
    retryable: false,
  });
}

/**
 * One connection. Statements are pipelined: each is sent at once and answered in order, so callers that need no answer
 * in between lose no round trip.
 */
export class Session implements Statements {
  readonly target: Target;
  readonly #client: pg.Client;
  readonly #socket: Socket;
  #isHeld = false;
  #lost: LedgerError | undefined;

  private constructor(target: Target, client: pg.Client, socket: Socket) {
    this.target = target;
    this.#client = client;
    this.#socket = socket;
    client.on('error', (error) => {
      this.#lost ??= classifyError(error, target.name);
    });
  }

  /** @throws LedgerError LEDGER_UNAVAILABLE, LEDGER_PERMISSION, or LEDGER_ABSENT when there is no such database */
  static async open(target: Target): Promise<Session> {
    const socket = new Socket();
    const client = new pg.Client({
      stream: () => socket,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      ...target.connection,
      application_name: target.applicationName,
      types: typesOfColumns(),
      pipeline: true,
    });
    const session = new Session(target, client, socket);
    try {
      await client.connect();
      await client.query(SETTINGS);
      return session;
    } catch (error) {
      await client.end().catch(() => undefined);
      throw classifyError(error, target.name);
    }
  }

  /** Set once the connection is gone: nothing can be run any more, and its locks are free. */
  get lost(): LedgerError | undefined {
    return this.#lost;
  }

  async run(statement: Statement, values: readonly Value[]): Promise<readonly Row[]> {
    const { name, text } = statement;
    const result = await this.#ask({ name, text, values: [...values] });
    return result.rows as readonly Row[];
  }

  /** Statements without parameters, several at a time if need be. Returns the command tag of the last. */
  async command(text: string): Promise<string> {
    const result: unknown = await this.#ask({ text });
    const last: unknown = Array.isArray(result) ? result.at(-1) : result;
    return (last as pg.QueryResult).command;
  }

  /** Idempotent; never throws. */
  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }

  /** Statements that are sent without waiting in between leave in one write: each write is a call of the system. */
  #holdBack(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#socket.cork();
    // After all that follows without waiting.
    process.nextTick(() => {
      this.#isHeld = false;
      this.#socket.uncork();
    });
  }

  async #ask(query: pg.QueryConfig): Promise<pg.QueryResult> {
    this.#holdBack();
    try {
      return await this.#client.query(query);
    } catch (error) {
      const classified = classifyError(error, this.target.name);
      if (losesConnection(error)) this.#lost ??= classified;
      throw classified;
    }
  }
}
