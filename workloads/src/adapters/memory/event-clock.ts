import type { Duration, Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';

interface Timer {
  readonly due: Timestamp;
  readonly order: number;
  readonly task: () => void;
}

/**
 * A clock that stands still until it is told the time: event time in replays, chosen times in tests. Timers that became
 * due run inside `advanceTo`, earliest first, those of one time in the order they were set.
 */
export class EventClock implements Clock {
  #now: Timestamp;
  #timers: Timer[] = [];
  #set = 0;

  constructor(start: Timestamp = 0) {
    this.#now = start;
  }

  now(): Timestamp {
    return this.#now;
  }

  after(delay: Duration, task: () => void): () => void {
    const timer: Timer = { due: this.#now + Math.max(0, delay), order: this.#set, task };
    this.#set += 1;
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves the clock forward; a time before `now` leaves it where it is, as the port promises. */
  advanceTo(time: Timestamp): void {
    for (let timer = this.#nextDue(time); timer !== undefined; timer = this.#nextDue(time)) {
      const due = timer;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#now = Math.max(this.#now, due.due);
      due.task();
    }
    this.#now = Math.max(this.#now, time);
  }

  #nextDue(time: Timestamp): Timer | undefined {
    if (this.#timers.length === 0) return undefined;
    const due = this.#timers.filter((timer) => timer.due <= time);
    return due.sort((a, b) => a.due - b.due || a.order - b.order)[0];
  }
}
