/** Work that timers, the bus or the venue started and that is not over: a stop waits for it. */
export class WorkInHand {
  readonly #all = new Set<Promise<void>>();

  /** Whoever started it deals with what it throws. */
  keep(work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch(() => undefined)
      .finally(() => {
        this.#all.delete(tracked);
      });
    this.#all.add(tracked);
  }

  /** Resolves when there is none, that which others began meanwhile included. */
  async over(): Promise<void> {
    while (this.#all.size > 0) await Promise.all(this.#all);
  }
}
