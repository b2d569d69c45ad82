import type { Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Speed } from './speed.ts';

/** Lets event time pass at a speed: `until` resolves when the clock on the wall has come to an event time. */
export class Pacer {
  readonly #speed: Speed;
  readonly #wall: Clock;
  #start: { readonly wall: Timestamp; readonly event: Timestamp } | undefined;

  constructor(speed: Speed, wall: Clock) {
    this.#speed = speed;
    this.#wall = wall;
  }

  /** The first call sets where event time begins. Undefined when there is nothing to wait for; resolves at once when aborted. */
  until(event: Timestamp, signal: AbortSignal | undefined): Promise<void> | undefined {
    if (this.#speed.kind === 'max') return undefined;
    this.#start ??= { wall: this.#wall.now(), event };
    const due = this.#start.wall + (event - this.#start.event) / this.#speed.factor;
    const delay = due - this.#wall.now();
    return delay > 0 ? this.#sleep(delay, signal) : undefined;
  }

  #sleep(delay: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const wake = (): void => {
        cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const cancel = this.#wall.after(delay, wake);
      signal?.addEventListener('abort', wake);
    });
  }
}
