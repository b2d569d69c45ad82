import { type FeedSegment, feedTimeAt } from '../adapters/mexc/wire/simulator-handshake.ts';
import type { Clock } from '../ports/clock.ts';
import type { Duration, Timestamp } from '../domain/time.ts';

/** Changes of the market's clock that are remembered: times of long ago are told by the oldest. */
const REMEMBERED = 256;

/**
 * The time of the market, which may run faster than the machine's or stand still. Everything a client is judged by
 * (request time, signatures, rate limits, timeouts) goes by the machine's clock instead.
 */
export class FeedClock {
  readonly #real: Clock;
  #segments: readonly FeedSegment[];

  constructor(real: Clock, start: Timestamp, speed: number) {
    this.#real = real;
    this.#segments = [{ from: real.now(), feed: start, speed }];
  }

  /** How the market's time came about, oldest first. */
  get segments(): readonly FeedSegment[] {
    return this.#segments;
  }

  get speed(): number {
    return this.#segments.at(-1)?.speed ?? 0;
  }

  now(): Timestamp {
    return feedTimeAt(this.#segments, this.#real.now());
  }

  /** From now on; 0 holds the market. */
  setSpeed(speed: number): void {
    this.#turn(this.now(), speed);
  }

  /** Move the market on at once. */
  advance(by: Duration): void {
    this.#turn(this.now() + by, this.speed);
  }

  #turn(feed: Timestamp, speed: number): void {
    this.#segments = [...this.#segments, { from: this.#real.now(), feed, speed }].slice(-REMEMBERED);
  }
}
