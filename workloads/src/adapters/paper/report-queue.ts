import type { ExecutionReport } from '../../ports/venue.ts';

type ReportListener = (report: ExecutionReport) => Promise<void>;

/**
 * Delivers reports one at a time and in order. A report counts as delivered when the listener resolved: after a
 * rejection it stays at the head and is delivered again by the next `settled` (fills are deduplicated by trade id).
 */
export class ReportQueue {
  readonly #waiting: ExecutionReport[] = [];
  #listener: ReportListener | undefined;
  #taken = 0;
  #delivering: Promise<void> | undefined;
  #failure: { readonly cause: unknown } | undefined;

  listen(listener: ReportListener): void {
    this.#listener = listener;
  }

  /** Adds reports; they go out at once. Safe to call from within the listener. */
  add(...reports: readonly ExecutionReport[]): void {
    this.#waiting.push(...reports);
    if (this.#failure === undefined) this.#start();
  }

  /** Whether a report waits for the listener or is with it. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  /** How many reports the listener took. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Resolves when everything added so far was delivered. Not to be awaited from within the listener.
   * @throws what the listener rejected with
   */
  async settled(): Promise<void> {
    this.#failure = undefined;
    this.#start();
    while (this.#delivering !== undefined) {
      await this.#delivering;
      this.#throwFailure();
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.cause;
  }

  #start(): void {
    const listener = this.#listener;
    if (this.#delivering !== undefined || listener === undefined || this.#waiting.length === 0) return;
    // Not before this is set: the listener may add reports.
    const delivering = Promise.resolve().then(() => this.#deliver(listener));
    this.#delivering = delivering.finally(() => {
      this.#delivering = undefined;
      if (this.#failure === undefined) this.#start();
    });
  }

  async #deliver(listener: ReportListener): Promise<void> {
    for (let report = this.#waiting[0]; report !== undefined; report = this.#waiting[0]) {
      try {
        await listener(report);
      } catch (cause) {
        this.#failure = { cause };
        return;
      }
      this.#waiting.shift();
      this.#taken += 1;
    }
  }
}
