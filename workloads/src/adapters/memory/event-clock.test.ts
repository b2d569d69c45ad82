import { describe, expect, it } from '@jest/globals';
import { EventClock } from './event-clock.ts';

describe('the event clock', () => {
  it('stands still until it is told the time, and never goes back', () => {
    const clock = new EventClock(100);
    expect(clock.now()).toBe(100);
    clock.advanceTo(150);
    clock.advanceTo(120);
    expect(clock.now()).toBe(150);
  });

  it('runs timers when they are due, earliest first, with the clock at their time', () => {
    const clock = new EventClock(0);
    const log: [string, number][] = [];
    clock.after(30, () => log.push(['late', clock.now()]));
    clock.after(10, () => log.push(['early', clock.now()]));
    clock.after(10, () => log.push(['early too', clock.now()]));
    clock.advanceTo(9);
    expect(log).toEqual([]);
    clock.advanceTo(50);
    expect(log).toEqual([
      ['early', 10],
      ['early too', 10],
      ['late', 30],
    ]);
    expect(clock.now()).toBe(50);
  });

  it('runs a timer once, and never after it was cancelled', () => {
    const clock = new EventClock(0);
    let runs = 0;
    clock.after(5, () => (runs += 1));
    const cancel = clock.after(5, () => (runs += 100));
    cancel();
    clock.advanceTo(5);
    clock.advanceTo(10);
    expect(runs).toBe(1);
  });

  it('runs a timer that a timer set, when that is due too', () => {
    const clock = new EventClock(0);
    const times: number[] = [];
    clock.after(5, () => clock.after(5, () => times.push(clock.now())));
    clock.advanceTo(20);
    expect(times).toEqual([10]);
  });
});
