import { describe, expect, it } from '@jest/globals';
import { EventClock } from '../memory/event-clock.ts';
import { Pacer } from './pacer.ts';
import { parseSpeed } from './speed.ts';

/** Whether the promise is settled once everything that is due now has run. */
async function isSettled(promise: Promise<void> | undefined): Promise<boolean> {
  let settled = promise === undefined;
  void promise?.then(() => {
    settled = true;
  });
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
  return settled;
}

describe('Pacer', () => {
  it('waits for nothing at the highest speed', async () => {
    const pacer = new Pacer(parseSpeed('max'), new EventClock());
    expect(await isSettled(pacer.until(1_000, undefined))).toBe(true);
    expect(await isSettled(pacer.until(9_000_000, undefined))).toBe(true);
  });

  it('lets event time pass so many times as fast as the clock on the wall', async () => {
    const wall = new EventClock(500);
    const pacer = new Pacer(parseSpeed('60x'), wall);
    expect(await isSettled(pacer.until(1_000_000, undefined))).toBe(true);
    const waiting = pacer.until(1_060_000, undefined);
    wall.advanceTo(1_499);
    expect(await isSettled(waiting)).toBe(false);
    wall.advanceTo(1_500);
    expect(await isSettled(waiting)).toBe(true);
  });

  it('does not wait for what is late, and catches up', async () => {
    const wall = new EventClock();
    const pacer = new Pacer(parseSpeed('1x'), wall);
    await pacer.until(0, undefined);
    wall.advanceTo(5_000);
    expect(await isSettled(pacer.until(4_000, undefined))).toBe(true);
    expect(await isSettled(pacer.until(5_001, undefined))).toBe(false);
  });

  it('stops waiting when it is told to, and no timer is left', async () => {
    const wall = new EventClock();
    const pacer = new Pacer(parseSpeed('1x'), wall);
    const stop = new AbortController();
    await pacer.until(0, stop.signal);
    const waiting = pacer.until(60_000, stop.signal);
    expect(await isSettled(waiting)).toBe(false);
    stop.abort();
    expect(await isSettled(waiting)).toBe(true);
    expect(await isSettled(pacer.until(120_000, stop.signal))).toBe(true);
  });
});
