import type { Clock } from '../../src/ports/clock.ts';
import type { Duration, Timestamp } from '../../src/domain/time.ts';

/** A clock that several processes share and that runs a number of times faster than the machine's. */
export class SwiftClock implements Clock {
  readonly speed: number;
  #base: Timestamp;

  /** `base`: the machine's time at which both show the same. */
  constructor(base: Timestamp, speed: number) {
    this.#base = base;
    this.speed = speed;
  }

  get base(): Timestamp {
    return this.#base;
  }

  /** Nobody was there for so long. Those who share the clock must be started again with its new base. */
  jump(by: Duration): void {
    this.#base -= by / (this.speed - 1);
  }

  now(): Timestamp {
    return Math.floor(this.#base + (Date.now() - this.#base) * this.speed);
  }

  after(delay: Duration, task: () => void): () => void {
    const timer = setTimeout(task, Math.max(0, delay) / this.speed);
    return () => {
      clearTimeout(timer);
    };
  }
}
