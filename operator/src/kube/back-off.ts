import type { Random } from './clock.ts';

export interface BackOffSettings {
  /** The first ceiling, ms. */
  readonly first: number;
  /** The highest ceiling, ms. */
  readonly most: number;
}

/** Doubling delay without jitter: the n-th failure (from 1) waits `first × 2^(n-1)`, at most `most`. */
export const exponential = ({ first, most }: BackOffSettings, failures: number): number =>
  Math.min(most, first * 2 ** Math.min(Math.max(failures, 1) - 1, 40));

/**
 * Full jitter: anywhere between 0 and the doubling ceiling, so that clients cut off together do not return together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export const fullJitter = (settings: BackOffSettings, failures: number, random: Random): number =>
  random() * exponential(settings, failures);
