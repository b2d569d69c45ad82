import { describe, expect, it } from '@jest/globals';
import { HOUR, MINUTE, SECOND } from '../../domain/time.ts';
import { ChannelWatch } from './channel-watch.ts';

const miss = (watch: ChannelWatch, times: number) => {
  for (let at = 0; at < times; at += 1) watch.expect();
};

describe('the watch over a channel', () => {
  it('takes silence for nothing while nothing happens', () => {
    const watch = new ChannelWatch(MINUTE, 3, 0);
    miss(watch, 2);
    expect(watch.silentFor(HOUR)).toBe(0);
    expect(watch.isDead(HOUR)).toBe(false);
  });

  it('calls a channel dead that said nothing of what happened for its time, and not a moment sooner', () => {
    const watch = new ChannelWatch(MINUTE, 3, 0);
    miss(watch, 3);
    expect(watch.silentFor(MINUTE - 1)).toBe(MINUTE - 1);
    expect(watch.isDead(MINUTE - 1)).toBe(false);
    expect(watch.isDead(MINUTE)).toBe(true);
  });

  it('begins anew with each word of the channel, and with each connection', () => {
    const watch = new ChannelWatch(MINUTE, 3, 0);
    miss(watch, 5);
    watch.heard(30 * SECOND);
    expect(watch.isDead(HOUR)).toBe(false);
    miss(watch, 5);
    watch.renew(HOUR);
    expect(watch.isDead(2 * HOUR)).toBe(false);
  });

  it('waits twice as long each time, an hour at most, until the channel speaks', () => {
    const watch = new ChannelWatch(MINUTE, 1, 0);
    const waits: number[] = [];
    for (let now = 0, since = 0; waits.length < 9; now += SECOND) {
      watch.expect();
      if (!watch.isDead(now)) continue;
      waits.push((now - since) / MINUTE);
      since = now;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    watch.heard(10 * HOUR);
    watch.expect();
    expect(watch.isDead(10 * HOUR + MINUTE)).toBe(true);
  });
});
