import type { Duration } from '../domain/time.ts';
import type { Clock } from './clock.ts';

/** Resolves once the time has passed, or at once when the signal is aborted. */
export function pause(clock: Clock, delay: Duration, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(delay, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
