import { LedgerError } from '../../ports/ledger.ts';
import type { Session } from './session.ts';
import type { Row, Statement, Statements, Value } from './statement.ts';

/**
 * The statements of one transaction. It begins with the first statement, remembers the first failure (PostgreSQL
 * would turn the COMMIT of a failed transaction into a ROLLBACK without a word), and refuses to be used after its end.
 */
export class OpenTransaction implements Statements {
  readonly #session: Session;
  readonly #begin: string;
  #begun: Promise<unknown> | undefined;
  #failure: unknown;
  #ended = false;

  constructor(session: Session, begin: string) {
    this.#session = session;
    this.#begin = begin;
  }

  /** Whether anything was sent. */
  get begun(): boolean {
    return this.#begun !== undefined;
  }

  async run(statement: Statement, values: readonly Value[]): Promise<readonly Row[]> {
    if (this.#ended) {
      throw new LedgerError(
        'LEDGER_BROKEN',
        `a ledger transaction was used after its end (${statement.name})`,
        {
          retryable: false,
        },
      );
    }
    if (this.#failure !== undefined) throw this.#failure as Error;
    // Not awaited: it travels together with the first statement.
    this.#begun ??= this.#session.command(this.#begin).catch((error: unknown) => {
      this.#fail(error);
    });
    try {
      return await this.#session.run(statement, values);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** No more statements. @throws LedgerError the first failure of the transaction, when there was one */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#begun;
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }
}
