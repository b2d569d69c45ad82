import { LedgerError, type LedgerGroup, type LedgerTransaction } from '../../ports/ledger.ts';
import { type LedgerUser, makeTransaction } from './ledger-transaction.ts';
import { OpenTransaction } from './open-transaction.ts';
import type { Session } from './session.ts';
import { Turns } from '../memory/turns.ts';
import { commit, diagnosed } from './commit.ts';

/** Transactions that share one COMMIT: one database transaction, a savepoint for each. */
export class PostgresGroup implements LedgerGroup {
  readonly #session: Session;
  readonly #user: LedgerUser;
  readonly #release: () => void;
  readonly #turns = new Turns();
  #begun = false;
  #ended = false;
  #failure: unknown;
  #finished: Promise<void> = Promise.resolve();

  constructor(session: Session, user: LedgerUser, release: () => void) {
    this.#session = session;
    this.#user = user;
    this.#release = release;
  }

  async transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    return this.#turns.run(async () => {
      this.#demandSound();
      const before = this.#finished;
      const open = new OpenTransaction(
        this.#session,
        this.#begun ? 'SAVEPOINT step' : 'BEGIN; SAVEPOINT step',
      );
      try {
        const result = await work(makeTransaction(open, this.#user));
        // What fails later fails the group.
        await open.sound();
        open.end();
        this.#finish(open, 'RELEASE SAVEPOINT step');
        await open.done();
        return result;
      } catch (error) {
        open.end();
        this.#finish(open, 'ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step');
        // A write of an earlier step that nobody waited for may have failed the group: ours is then only the echo.
        await before;
        throw await diagnosed(this.#session, this.#failure ?? error);
      }
    });
  }

  async commit(): Promise<void> {
    await this.#turns.run(async () => {
      this.#demandOpen();
      try {
        await this.#finished;
        this.#demandSound();
        if (this.#begun) await commit(this.#session, () => this.#failure);
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

  /**
   * Sent without waiting. A failure here means that a write nobody waited for has failed: the group is lost as a whole,
   * because a later savepoint would bring back a transaction without it.
   */
  #finish(open: OpenTransaction, command: string): void {
    if (!open.begun) return;
    this.#begun = true;
    this.#finished = this.#session.command(command).then(
      () => undefined,
      (error: unknown) => {
        this.#failure ??= open.failure ?? error;
      },
    );
  }

  #demandSound(): void {
    this.#demandOpen();
    if (this.#failure !== undefined) throw this.#failure as Error;
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
