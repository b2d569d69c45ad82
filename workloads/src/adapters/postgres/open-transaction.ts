import { LedgerError } from '../../ports/ledger.ts';
import type { Session } from './session.ts';
import type { Row, Statement, TransactionStatements, Value } from './statement.ts';

/**
 * The statements of one transaction. It begins with the first statement, remembers the first failure (PostgreSQL
 * answers the COMMIT of a failed transaction with a ROLLBACK), and refuses to be used after its end.
 */
export class OpenTransaction implements TransactionStatements {
  readonly #session: Session;
  readonly #begin: string;
  #begun = false;
  #ended = false;
  #failure: unknown;
  readonly #tasks: (() => Promise<void>)[] = [];
  #reliedOn: Promise<unknown> = Promise.resolve();

  constructor(session: Session, begin: string) {
    this.#session = session;
    this.#begin = begin;
  }

  /** Whether anything was sent. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The first failure, as far as answers have come. */
  get failure(): unknown {
    return this.#failure;
  }

  async run(statement: Statement, values: readonly Value[]): Promise<readonly Row[]> {
    this.#demandOpen(statement);
    // Not awaited: it travels together with the first statement.
    if (!this.#begun) void this.#remember(this.#session.command(this.#begin)).catch(() => undefined);
    this.#begun = true;
    return this.#remember(this.#session.run(statement, values));
  }

  send(statement: Statement, values: readonly Value[]): void {
    this.#demandOpen(statement);
    this.run(statement, values).catch(() => undefined);
  }

  rely(statement: Statement, values: readonly Value[]): Promise<readonly Row[]> {
    const answer = this.run(statement, values);
    this.#reliedOn = Promise.all([this.#reliedOn, answer]);
    this.#reliedOn.catch(() => undefined);
    return answer;
  }

  /** Resolves when all holds that was relied on. A COMMIT needs not wait for it: the server refuses it. */
  sound(): Promise<unknown> {
    return this.#reliedOn;
  }

  whenDone(task: () => Promise<void>): void {
    this.#tasks.push(task);
  }

  /** It is stored: what waited for that is done. */
  async done(): Promise<void> {
    for (const task of this.#tasks) await task();
  }

  /** No more statements. */
  end(): void {
    this.#ended = true;
  }

  async #remember<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      this.#failure ??= error;
      // After the first failure the server refuses everything: that would be an echo, not the reason.
      throw this.#failure;
    }
  }

  #demandOpen(statement: Statement): void {
    if (this.#failure !== undefined) throw this.#failure as Error;
    if (!this.#ended) return;
    throw new LedgerError(
      'LEDGER_BROKEN',
      `a ledger transaction was used after its end (${statement.name})`,
      {
        retryable: false,
      },
    );
  }
}
