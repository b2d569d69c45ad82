import { describe, expect, it } from '@jest/globals';
import type { Clock } from '../../src/ports/clock.ts';

export interface ClockBench {
  readonly clock: Clock;
  /** Resolves once at least this many milliseconds have passed on the clock. */
  readonly pass: (duration: number) => Promise<void>;
}

/** What every clock promises (ports/clock.ts), sentence by sentence. */
export function clockContract(name: string, open: () => ClockBench): void {
  describe(`${name} keeps the contract of a clock`, () => {
    it('never goes backwards', async () => {
      const { clock, pass } = open();
      let latest = clock.now();
      for (let step = 0; step < 5; step += 1) {
        await pass(2);
        const now = clock.now();
        expect(now).toBeGreaterThanOrEqual(latest + 2);
        latest = now;
      }
    });

    it('fires a timer once, at or after its time', async () => {
      const { clock, pass } = open();
      const due = clock.now() + 5;
      const fired: number[] = [];
      clock.after(5, () => fired.push(clock.now()));
      expect(fired).toEqual([]);
      await pass(20);
      expect(fired).toHaveLength(1);
      // Timers of the machine may be a millisecond early by its own wall clock.
      expect(fired[0]).toBeGreaterThanOrEqual(due - 1);
    });

    it('never fires a timer that was cancelled, also when it is cancelled again', async () => {
      const { clock, pass } = open();
      let fired = 0;
      const cancel = clock.after(5, () => (fired += 1));
      cancel();
      cancel();
      await pass(20);
      expect(fired).toBe(0);
    });

    it('lets a timer be cancelled after it has fired', async () => {
      const { clock, pass } = open();
      let fired = 0;
      const cancel = clock.after(1, () => (fired += 1));
      await pass(10);
      cancel();
      expect(fired).toBe(1);
    });

    it('takes a delay of nothing, and never fires before it returns', async () => {
      const { clock, pass } = open();
      let fired = 0;
      clock.after(0, () => (fired += 1));
      expect(fired).toBe(0);
      await pass(5);
      expect(fired).toBe(1);
    });
  });
}
