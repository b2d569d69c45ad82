import type { StreamEvent, StreamEvents, StreamName } from '../events/event.ts';
import type { Bus } from '../ports/bus.ts';
import type { Ledger, LedgerTransaction, OutboxRow } from '../ports/ledger.ts';

/** Rows taken from the outbox at a time. */
const PAGE = 100;

/**
 * Publishes what transactions left in the outbox, in order. Rows stay until `settle` is called, which the owner of the
 * bus does when what was published cannot be lost any more: a crash before publishes them again (at least once), never
 * not at all. Nothing is published before somebody asks for it, so that everybody can subscribe first.
 */
export class OutboxRelay {
  readonly #ledger: Ledger;
  readonly #bus: Bus;
  /** Sequences that are published and still in the table. */
  #published: number[] = [];
  #running: Promise<void> | undefined;
  /** Something may be waiting: at first, what an earlier process left. */
  #waiting = true;

  constructor(deps: { readonly ledger: Ledger; readonly bus: Bus }) {
    this.#ledger = deps.ledger;
    this.#bus = deps.bus;
  }

  /** Puts events into the outbox, as part of the transaction that decided them. */
  add<Name extends StreamName>(
    tx: LedgerTransaction,
    stream: Name,
    events: readonly StreamEvents[Name][],
  ): Promise<void> {
    this.#waiting = true;
    return tx.addOutbox(stream, events);
  }

  /** Resolves when everything that was added before the call is published. To be called after the transaction. */
  flush(): Promise<void> {
    if (!this.#waiting) return this.#running ?? Promise.resolve();
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /**
   * Takes the rows published so far out of the table, as part of a transaction that is made anyway. A bus in memory
   * forgets in a crash, so there they must have been consumed.
   */
  async settle(tx: LedgerTransaction): Promise<void> {
    const published = this.#published;
    this.#published = [];
    await tx.removeOutbox(published);
  }

  async #run(): Promise<void> {
    // Rows that are added while a page is read or published make it go round once more.
    while (this.#waiting) {
      this.#waiting = false;
      const rows = await this.#next();
      if (rows.length >= PAGE) this.#waiting = true;
      await this.#publish(rows);
      this.#published.push(...rows.map((row) => row.sequence));
    }
  }

  async #next(): Promise<readonly OutboxRow[]> {
    const published = new Set(this.#published);
    const rows = await this.#ledger.transaction((tx) => tx.outbox(published.size + PAGE));
    return rows.filter((row) => !published.has(row.sequence));
  }

  async #publish(rows: readonly OutboxRow[]): Promise<void> {
    let run: StreamEvent[] = [];
    let stream: StreamName | undefined;
    for (const row of rows) {
      if (row.stream !== stream && stream !== undefined) {
        await this.#bus.publish(stream, run);
        run = [];
      }
      stream = row.stream;
      run.push(row.event);
    }
    if (stream !== undefined) await this.#bus.publish(stream, run);
  }
}
