import type { StreamEvent, StreamName } from '../events/event.ts';
import type { Bus } from '../ports/bus.ts';
import type { Ledger, OutboxRow } from '../ports/ledger.ts';

/** Rows taken from the outbox at a time. */
const PAGE = 100;

/**
 * Publishes what transactions left in the outbox, in order, and removes it afterwards: a crash in between publishes
 * again (at least once), never not at all.
 */
export class OutboxRelay {
  readonly #ledger: Ledger;
  readonly #bus: Bus;
  #running: Promise<void> | undefined;
  #requested = 0;

  constructor(deps: { readonly ledger: Ledger; readonly bus: Bus }) {
    this.#ledger = deps.ledger;
    this.#bus = deps.bus;
  }

  /** Resolves when everything that was in the outbox at the call is published. */
  flush(): Promise<void> {
    // A run in hand may have read the outbox before our rows were there: it then goes round once more.
    this.#requested += 1;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    for (let done = -1; done !== this.#requested;) {
      done = this.#requested;
      await this.#drain();
    }
  }

  async #drain(): Promise<void> {
    for (;;) {
      const rows = await this.#rows();
      if (rows.length === 0) return;
      await this.#publish(rows);
      await this.#ledger.transaction((tx) => tx.removeOutbox(rows.map((row) => row.sequence)));
      if (rows.length < PAGE) return;
    }
  }

  #rows(): Promise<readonly OutboxRow[]> {
    return this.#ledger.transaction((tx) => tx.outbox(PAGE));
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
