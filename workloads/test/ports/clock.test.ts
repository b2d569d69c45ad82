import { setImmediate } from 'node:timers/promises';
import { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { SystemClock } from '../../src/process/system-clock.ts';
import { clockContract } from './clock-contract.ts';

clockContract('the event clock', () => {
  const clock = new EventClock(1_000);
  return {
    clock,
    pass: (duration) => {
      clock.advanceTo(clock.now() + duration);
      return Promise.resolve();
    },
  };
});

clockContract('the system clock', () => {
  const clock = new SystemClock();
  return {
    clock,
    pass: async (duration) => {
      const end = clock.now() + duration;
      // Every turn of the event loop lets timers that are due run; one more after the time has come.
      while (clock.now() < end) await setImmediate();
      await setImmediate();
    },
  };
});
