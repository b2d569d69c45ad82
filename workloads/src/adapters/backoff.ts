import type { Duration } from '../domain/time.ts';

export interface Backoff {
  readonly base: Duration;
  readonly cap: Duration;
}

/**
 * Full jitter: a uniformly random wait of 0 to min(cap, base · 2^attempt), so that clients cut off together do not come
 * back together. `attempt` counts from 0; `random` gives [0, 1).
 */
export function fullJitter({ base, cap }: Backoff, attempt: number, random: () => number): Duration {
  const ceiling = Math.min(cap, base * 2 ** Math.min(attempt, 30));
  return Math.floor(random() * ceiling);
}
