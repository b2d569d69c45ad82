import type { Clock } from '../../src/kube/clock.ts';

export interface FakeClock extends Clock {
  /** Let time pass; what is due runs in its order. */
  advance(ms: number): void;
}

interface Timer {
  readonly due: number;
  readonly task: () => void;
}

export function fakeClock(start = 1_700_000_000_000): FakeClock {
  let passed = 0;
  let timers: Timer[] = [];
  return {
    now: () => start + passed,
    monotonic: () => passed,
    after: (delay, task) => {
      const timer = { due: passed + delay, task };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance: (ms) => {
      const end = passed + ms;
      for (;;) {
        const [next] = timers.filter(({ due }) => due <= end).toSorted((a, b) => a.due - b.due);
        if (next === undefined) break;
        timers = timers.filter((other) => other !== next);
        passed = Math.max(passed, next.due);
        next.task();
      }
      passed = end;
    },
  };
}
