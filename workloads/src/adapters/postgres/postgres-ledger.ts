import {
  type GroupingLedger,
  LedgerError,
  type LedgerGroup,
  type LedgerIdentity,
  type LedgerTransaction,
} from '../../ports/ledger.ts';
import { makeTransaction } from './ledger-transaction.ts';
import { OpenTransaction } from './open-transaction.ts';
import { PostgresGroup } from './postgres-group.ts';
import type { Session } from './session.ts';
import { Turns } from '../memory/turns.ts';
import { commit, diagnosed } from './commit.ts';

export interface PostgresLedgerOptions {
  readonly identity: LedgerIdentity;
  /**
   * Opens a session that holds the writer's lock on a ledger of this identity. Asked again when a connection was lost:
   * the lock was lost with it, and another process may have taken it meanwhile (`LEDGER_LOCKED`).
   */
  readonly openSession: () => Promise<Session>;
  /** Called once, after the session is closed. */
  readonly release: () => Promise<void>;
}

/** The ledger port on one PostgreSQL connection that holds the writer's lock. */
export class PostgresLedger implements GroupingLedger {
  readonly identity: LedgerIdentity;
  readonly #options: PostgresLedgerOptions;
  readonly #turns = new Turns();
  #session: Session;
  #closed = false;

  private constructor(options: PostgresLedgerOptions, session: Session) {
    this.identity = options.identity;
    this.#options = options;
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
      const open = new OpenTransaction(session, 'BEGIN');
      try {
        const result = await work(makeTransaction(open, this.identity.account));
        open.end();
        if (open.begun) await commit(session, () => open.failure);
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
      return new PostgresGroup(await this.#liveSession(), this.identity.account, release);
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
