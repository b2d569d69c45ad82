import type { ServiceDeps } from './service.ts';

/**
 * Where the handling of every input of a service runs. Whatever it throws ends the service instead of being retried on
 * half-changed memory; and nothing runs afterwards: what a transaction that failed had put into memory never was, so
 * nothing may rest on it, and nothing of it be saved.
 */
export class CrashGuard {
  readonly #crash: ServiceDeps['crash'];
  #failure: Error | undefined;

  constructor({ crash }: Pick<ServiceDeps, 'crash'>) {
    this.#crash = crash;
  }

  /** @throws what the work throws; what ended the service, once something did */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await work();
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      this.#failure ??= cause;
      this.#crash(cause);
      throw cause;
    }
  }
}
