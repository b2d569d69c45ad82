/**
 * Something that cannot be true is true: the books, an order or a chain contradict themselves. Never expected, never
 * retried: the process that meets one stops (fail closed) and says which invariant it was.
 */
export class BrokenInvariantError extends Error {
  /** Which invariant, e.g. `ORDER_OVERFILLED`. */
  readonly code: string;
  readonly retryable = false;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'BrokenInvariantError';
    this.code = code;
  }
}
