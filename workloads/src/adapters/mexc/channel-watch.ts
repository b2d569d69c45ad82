import { type Duration, HOUR, type Timestamp } from '../../domain/time.ts';

/** Silence that is told of a channel again and again means little: the wait grows to this. */
const LONGEST_PATIENCE: Duration = HOUR;

/**
 * Whether a channel is dead, judged by what it should have told. Silence alone proves nothing: a channel speaks when
 * something happens. So it is dead when enough happened, as another source shows, and it said nothing for so long.
 */
export class ChannelWatch {
  readonly #patience: Duration;
  readonly #signs: number;
  #heardAt: Timestamp;
  /** What it should have told since it spoke last. */
  #missed = 0;
  #wait: Duration;

  /** @param signs so many things that it does not tell are no accident */
  constructor(patience: Duration, signs: number, now: Timestamp) {
    this.#patience = patience;
    this.#signs = signs;
    this.#heardAt = now;
    this.#wait = patience;
  }

  /** It spoke. */
  heard(now: Timestamp): void {
    this.renew(now);
    this.#wait = this.#patience;
  }

  /** Something happened that it has to tell. */
  expect(): void {
    this.#missed += 1;
  }

  /** It is carried anew, and gets its time to prove itself. */
  renew(now: Timestamp): void {
    this.#heardAt = now;
    this.#missed = 0;
  }

  /** How long it has kept silent about what happened; 0 while nothing speaks against it. */
  silentFor(now: Timestamp): Duration {
    return this.#missed >= this.#signs ? now - this.#heardAt : 0;
  }

  /**
   * Whether it is to be carried anew. It gets twice as long each time until it speaks, so that a channel which the venue
   * serves no more does not exchange connections for ever.
   */
  isDead(now: Timestamp): boolean {
    if (this.silentFor(now) < this.#wait) return false;
    this.renew(now);
    this.#wait = Math.min(2 * this.#wait, LONGEST_PATIENCE);
    return true;
  }
}
