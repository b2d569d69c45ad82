import type { Duration, Timestamp } from '../domain/time.ts';

/**
 * The one source of time. Replays set it to event time; services never read the system clock themselves.
 * In the contract: `now` never goes backwards; a timer fires once, at or after its time, and never after `cancel`.
 * Not in the contract: precision.
 */
export interface Clock {
  now(): Timestamp;
  /** Run `task` once `delay` has passed on this clock. Returns a function that cancels it. */
  after(delay: Duration, task: () => void): () => void;
}
