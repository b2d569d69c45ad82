import type {
  GroupingLedger,
  Ledger,
  LedgerGroup,
  LedgerIdentity,
  LedgerTransaction,
} from '../ports/ledger.ts';

/**
 * A ledger whose transactions wait for one commit: the first opens a group, the others join it, and `commit` makes them
 * durable together. A replay commits once a step of candles; what a crash takes back is replayed.
 */
export class GroupedLedger implements Ledger {
  readonly identity: LedgerIdentity;
  readonly #inner: GroupingLedger;
  #group: Promise<LedgerGroup> | undefined;

  constructor(inner: GroupingLedger) {
    this.#inner = inner;
    this.identity = inner.identity;
  }

  /** Whether anything waits for a commit. */
  get isOpen(): boolean {
    return this.#group !== undefined;
  }

  async transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    this.#group ??= this.#inner.beginGroup();
    const group = await this.#group;
    return group.transaction(work);
  }

  /** Makes durable what was written since the last commit. When it rejects, `rollback` ends what is left. */
  async commit(): Promise<void> {
    await (await this.#group)?.commit();
    this.#group = undefined;
  }

  /** Takes back what was written since the last commit. */
  async rollback(): Promise<void> {
    await (await this.#group)?.rollback();
    this.#group = undefined;
  }

  /** Uncommitted work is taken back; the ledger within stays its owner's to close. */
  close(): Promise<void> {
    return this.rollback();
  }
}
