import {
  type GroupingLedger,
  LedgerError,
  type LedgerGroup,
  type LedgerIdentity,
  type LedgerTransaction,
  type Writer,
} from '../../ports/ledger.ts';
import { type LedgerUser, makeTransaction } from './ledger-transaction.ts';
import { OpenTransaction } from './open-transaction.ts';
import { PostgresGroup } from './postgres-group.ts';
import type { Session } from './session.ts';
import { Turns } from '../memory/turns.ts';
import { commit, diagnosed } from './commit.ts';
import { TAKE_MONEY_TURN } from './writer-lock.ts';

export interface PostgresLedgerOptions {
  readonly identity: LedgerIdentity;
  readonly writers: readonly Writer[];
  /**
   * Opens a session that holds the writers' locks on a ledger of this identity. Asked again when a connection was lost:
   * the locks were lost with it, and another process may have taken one meanwhile (`LEDGER_LOCKED`).
   */
  readonly openSession: () => Promise<Session>;
  /** Called once, after the session is closed. */
  readonly release: () => Promise<void>;
}

/** Who decides about money takes turns with the others; who only feeds them needs no more than one state to read. */
const MONEY_TRANSACTION = `BEGIN; ${TAKE_MONEY_TURN}`;
const FEED_TRANSACTION = 'BEGIN ISOLATION LEVEL REPEATABLE READ';
const FEEDERS: ReadonlySet<Writer> = new Set<Writer>(['screener', 'screener-rest', 'signal']);

const beginOf = (writers: readonly Writer[]): string =>
  writers.length > 0 && writers.every((writer) => FEEDERS.has(writer)) ? FEED_TRANSACTION : MONEY_TRANSACTION;

/** The ledger port on one PostgreSQL connection that holds the writers' locks. */
export class PostgresLedger implements GroupingLedger {
  readonly identity: LedgerIdentity;
  readonly #options: PostgresLedgerOptions;
  readonly #user: LedgerUser;
  readonly #begin: string;
  readonly #turns = new Turns();
  #session: Session;
  #closed = false;

  private constructor(options: PostgresLedgerOptions, session: Session) {
    this.identity = options.identity;
    this.#options = options;
    this.#user = { account: options.identity.account, writers: options.writers };
    this.#begin = beginOf(options.writers);
    this.#session = session;
  }

  /** @throws LedgerError what `openSession` throws */
  static async open(options: PostgresLedgerOptions): Promise<PostgresLedger> {
    return new PostgresLedger(options, await options.openSession());
  }

  /** Must not be called from within `work` of another transaction: it would wait for itself. */
  async transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    return this.#turns.run(async () => {
      const session = await this.#liveSession();
      const open = new OpenTransaction(session, this.#begin);
      try {
        const result = await work(makeTransaction(open, this.#user));
        open.end();
        if (open.begun) await commit(session, () => open.failure);
        await open.done();
        return result;
      } catch (error) {
        open.end();
        if (open.begun) await session.command('ROLLBACK').catch(() => undefined);
        throw await diagnosed(session, error);
      }
    });
  }

  async beginGroup(): Promise<LedgerGroup> {
    const release = await this.#turns.take();
    try {
      return new PostgresGroup(await this.#liveSession(), this.#user, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#turns.run(async () => {
      if (this.#closed) return;
      this.#closed = true;
      await this.#session.close();
      await this.#options.release();
    });
  }

  async #liveSession(): Promise<Session> {
    if (this.#closed) {
      throw new LedgerError('LEDGER_UNAVAILABLE', 'the ledger is closed', { retryable: false });
    }
    if (this.#session.lost !== undefined) {
      await this.#session.close();
      this.#session = await this.#options.openSession();
    }
    return this.#session;
  }
}
