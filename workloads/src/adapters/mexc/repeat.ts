import type { Clock } from '../../ports/clock.ts';
import { type Backoff, fullJitter } from '../backoff.ts';
import { MexcError } from './errors.ts';

export interface RepeatSettings {
  /** Tries in all. */
  readonly attempts: number;
  readonly backoff: Backoff;
}

/**
 * Try a read again while its failure is retryable. Never for order writes: a repeated write may double an order.
 * A quiet time that the venue asked for is kept by the rate limiter, which every try passes.
 * @throws what the last try threw
 */
export async function repeatReads<T>(
  read: () => Promise<T>,
  settings: RepeatSettings,
  deps: { readonly clock: Clock; readonly random: () => number },
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      const again = error instanceof MexcError && error.retryable && attempt + 1 < settings.attempts;
      if (!again) throw error;
      const delay = fullJitter(settings.backoff, attempt, deps.random);
      await new Promise<void>((resolve) => deps.clock.after(delay, resolve));
    }
  }
}
