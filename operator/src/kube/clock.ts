/** Time for the runtime: wall time for what others read, monotonic time for what is measured. */
export interface Clock {
  /** Milliseconds UTC. */
  now(): number;
  /** Milliseconds that never go backwards and know nothing of the date. */
  monotonic(): number;
  /** Run `task` once after `delay` ms. Returns a function that cancels it. */
  after(delay: number, task: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delay, task) => {
    const timer = setTimeout(task, delay);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Wait; returns early, without an error, when the signal aborts. */
export function sleep(clock: Clock, delay: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(delay, finish);
    signal.addEventListener('abort', finish);
  });
}

/** A number in [0, 1). */
export type Random = () => number;
