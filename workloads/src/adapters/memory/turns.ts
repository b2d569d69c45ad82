/** One at a time, in the order asked for: a mutual exclusion for asynchronous work. */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves with the release function when it is the caller's turn. The release may be called more than once. */
  async take(): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#last = promise;
    await before;
    return () => {
      resolve(undefined);
    };
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    const release = await this.take();
    try {
      return await task();
    } finally {
      release();
    }
  }
}
