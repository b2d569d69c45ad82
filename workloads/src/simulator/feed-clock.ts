import type { Clock } from '../ports/clock.ts';
import type { Duration, Timestamp } from '../domain/time.ts';

/**
 * The time of the market, which may run faster than the machine's or stand still. Everything a client is judged by
 * (request time, signatures, rate limits, timeouts) goes by the machine's clock instead.
 */
export class FeedClock {
  readonly #real: Clock;
  #anchorFeed: Timestamp;
  #anchorReal: Timestamp;
  #speed: number;

  constructor(real: Clock, start: Timestamp, speed: number) {
    this.#real = real;
    this.#anchorFeed = start;
    this.#anchorReal = real.now();
    this.#speed = speed;
  }

  get speed(): number {
    return this.#speed;
  }

  now(): Timestamp {
    return Math.floor(this.#anchorFeed + (this.#real.now() - this.#anchorReal) * this.#speed);
  }

  /** From now on; 0 holds the market. */
  setSpeed(speed: number): void {
    this.#anchor(this.now());
    this.#speed = speed;
  }

  /** Move the market on at once. */
  advance(by: Duration): void {
    this.#anchor(this.now() + by);
  }

  #anchor(feed: Timestamp): void {
    this.#anchorFeed = feed;
    this.#anchorReal = this.#real.now();
  }
}
