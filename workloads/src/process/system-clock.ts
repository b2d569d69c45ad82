import type { Duration, Timestamp } from '../domain/time.ts';
import type { Clock } from '../ports/clock.ts';

/** Node's timers take at most a 32-bit number of milliseconds; more would fire at once. */
const LONGEST_TIMER: Duration = 2 ** 31 - 1;

/** The machine's time. It never goes back: a step of the system clock backwards holds it until that time is reached. */
export class SystemClock implements Clock {
  readonly #read: () => Timestamp;
  #latest = 0;

  constructor(read: () => Timestamp = () => Date.now()) {
    this.#read = read;
  }

  now(): Timestamp {
    this.#latest = Math.max(this.#latest, this.#read());
    return this.#latest;
  }

  after(delay: Duration, task: () => void): () => void {
    const wait = Math.min(Math.max(0, delay), LONGEST_TIMER);
    let cancel: () => void;
    const timer = setTimeout(() => {
      if (delay > LONGEST_TIMER) cancel = this.after(delay - LONGEST_TIMER, task);
      else task();
    }, wait);
    cancel = () => {
      clearTimeout(timer);
    };
    return () => {
      cancel();
    };
  }
}
