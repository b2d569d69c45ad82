import { LedgerError, type LedgerGroup, type LedgerTransaction } from '../../ports/ledger.ts';
import { makeTransaction } from './ledger-transaction.ts';
import { OpenTransaction } from './open-transaction.ts';
import type { Session } from './session.ts';
import { Turns } from './turns.ts';
import { commit, diagnosed } from './commit.ts';

/** Transactions that share one COMMIT: one database transaction, a savepoint for each. */
export class PostgresGroup implements LedgerGroup {
  readonly #session: Session;
  readonly #account: string;
  readonly #release: () => void;
  readonly #turns = new Turns();
  #begun = false;
  #ended = false;
  #failure: LedgerError | undefined;

  constructor(session: Session, account: string, release: () => void) {
    this.#session = session;
    this.#account = account;
    this.#release = release;
  }

  async transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    return this.#turns.run(async () => {
      this.#demandOpen();
      if (this.#failure !== undefined) throw this.#failure;
      const open = new OpenTransaction(
        this.#session,
        this.#begun ? 'SAVEPOINT step' : 'BEGIN; SAVEPOINT step',
      );
      try {
        const result = await work(makeTransaction(open, this.#account));
        await open.end();
        this.#finish(open, 'RELEASE SAVEPOINT step');
        return result;
      } catch (error) {
        await open.end().catch(() => undefined);
        this.#finish(open, 'ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step');
        throw await diagnosed(this.#session, error);
      }
    });
  }

  async commit(): Promise<void> {
    await this.#turns.run(async () => {
      this.#demandOpen();
      try {
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#begun) await commit(this.#session);
      } catch (error) {
        await this.#session.command('ROLLBACK').catch(() => undefined);
        throw await diagnosed(this.#session, error);
      } finally {
        this.#end();
      }
    });
  }

  async rollback(): Promise<void> {
    await this.#turns.run(async () => {
      if (this.#ended) return;
      if (this.#begun) await this.#session.command('ROLLBACK').catch(() => undefined);
      this.#end();
    });
  }

  /** Sent without waiting: if it fails, the next statement of the group or its COMMIT fails with it. */
  #finish(open: OpenTransaction, command: string): void {
    if (!open.begun) return;
    this.#begun = true;
    this.#session.command(command).catch((error: unknown) => {
      this.#failure ??= error as LedgerError;
    });
  }

  #demandOpen(): void {
    if (!this.#ended) return;
    throw new LedgerError('LEDGER_BROKEN', 'a ledger group was used after its end', { retryable: false });
  }

  #end(): void {
    this.#ended = true;
    this.#release();
  }
}
