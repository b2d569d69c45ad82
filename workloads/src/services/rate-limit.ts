import type { Duration, Timestamp } from '../domain/time.ts';
import { SECOND } from '../domain/time.ts';

/** A token bucket: `burst` at once, then `perSecond`. */
export class RateLimit {
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #at: Timestamp | undefined;

  constructor({ burst, perSecond }: { readonly burst: number; readonly perSecond: number }) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
  }

  /** 0 when one more may pass, which it then has; else how long to wait. */
  take(now: Timestamp): Duration {
    const elapsed = Math.max(0, now - (this.#at ?? now));
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsed * this.#perSecond) / SECOND);
    this.#at = now;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) * SECOND) / this.#perSecond);
    this.#tokens -= 1;
    return 0;
  }
}
