import type { Command, LedgerIdentity, LedgerReading, LedgerView } from '../../ports/ledger.ts';
import { makeReading } from './ledger-transaction.ts';
import { OpenTransaction } from './open-transaction.ts';
import type { Session } from './session.ts';
import { addCommand } from './tables/recovery.ts';
import { Turns } from '../memory/turns.ts';

/** Every answer of one `read` is of the moment of its first statement. */
const BEGIN_READING = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** The view port on a connection of its own, without the writer's lock. */
export class PostgresView implements LedgerView {
  readonly identity: LedgerIdentity;
  readonly #session: Session;
  readonly #release: () => Promise<void>;
  readonly #turns = new Turns();
  #closed = false;

  constructor(identity: LedgerIdentity, session: Session, release: () => Promise<void>) {
    this.identity = identity;
    this.#session = session;
    this.#release = release;
  }

  async read<T>(work: (reading: LedgerReading) => Promise<T>): Promise<T> {
    return this.#turns.run(async () => {
      const open = new OpenTransaction(this.#session, BEGIN_READING);
      try {
        return await work(makeReading(open, []));
      } finally {
        open.end();
        if (open.begun) await this.#session.command('ROLLBACK').catch(() => undefined);
      }
    });
  }

  /** One statement: PostgreSQL commits it by itself. */
  async addCommand(command: Command): Promise<boolean> {
    return this.#turns.run(() => addCommand(this.#session, command));
  }

  async close(): Promise<void> {
    await this.#turns.run(async () => {
      if (this.#closed) return;
      this.#closed = true;
      await this.#session.close();
      await this.#release();
    });
  }
}
