import type { StreamEvent, StreamEvents, StreamName } from '../events/event.ts';
import type { Bus } from '../ports/bus.ts';
import type { Ledger, LedgerReading, LedgerTransaction } from '../ports/ledger.ts';
import type { OutboxListener, OutboxRow } from '../ports/outbox.ts';

/** Rows taken from the outbox at a time. */
const PAGE = 100;

/**
 * Publishes what transactions left in the outbox, in order. Rows stay until `settle` is called, which the owner of the
 * bus does when what was published cannot be lost any more: a crash before publishes them again (at least once), never
 * not at all. Nothing is published before somebody asks for it, so that everybody can subscribe first.
 *
 * What a transaction stored is published from memory; the table is read where memory is not enough: at first, after a
 * transaction that failed or of which it is not known, and for what another process left for us.
 */
export class OutboxRelay {
  readonly #ledger: Ledger;
  readonly #bus: Bus;
  /** Stored and not published yet, by sequence. */
  #ready: OutboxRow[] = [];
  /** Additions of which it is not known yet whether they are stored. */
  #open = 0;
  /** Sequences that are published and still in the table. */
  #published = new Set<number>();
  #running: Promise<void> | undefined;
  /** There may be rows in the table that memory does not know: at first, what an earlier process left. */
  #isUnsure = true;

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
    return events.length === 0 ? Promise.resolve() : tx.addOutbox(stream, events, this.expect());
  }

  /** For a transaction that puts events into the outbox itself: to be told of the rows. */
  expect(): OutboxListener {
    this.#open += 1;
    return (rows) => {
      this.#open -= 1;
      this.#ready.push(...rows);
    };
  }

  /** Resolves when everything that was added before the call is published. To be called after the transaction. */
  flush(): Promise<void> {
    if (!this.#isWaiting) return this.#running ?? Promise.resolve();
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
    const published = [...this.#published];
    this.#published.clear();
    await tx.removeOutbox(published);
  }

  /** Looks, after `settle`, for what another process left for us to publish: the next `flush` does. */
  async lookForMore(tx: LedgerReading): Promise<void> {
    if ((await tx.outbox(1)).length > 0) this.#isUnsure = true;
  }

  get #isWaiting(): boolean {
    return this.#isUnsure || this.#open > 0 || this.#ready.length > 0;
  }

  async #run(): Promise<void> {
    // What is added while rows are read or published makes it go round once more.
    while (this.#isWaiting) {
      const rows = this.#isUnsure || this.#open > 0 ? await this.#read() : this.#ready;
      await this.#publish(rows);
      for (const { sequence } of rows) this.#published.add(sequence);
      this.#ready = this.#ready.filter(({ sequence }) => !this.#published.has(sequence));
    }
  }

  /** The table knows it all, also what became of additions that nobody told of. */
  async #read(): Promise<readonly OutboxRow[]> {
    // Until it was read: a ledger that is away is asked again.
    this.#isUnsure = true;
    const rows = await this.#ledger.transaction((tx) => {
      // Transactions take turns: those that added before are over.
      this.#open = 0;
      return tx.outbox(this.#published.size + PAGE);
    });
    this.#isUnsure = rows.length >= this.#published.size + PAGE;
    return rows.filter(({ sequence }) => !this.#published.has(sequence));
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
