import { describe, expect, it } from '@jest/globals';
import { EventClock } from '../../memory/event-clock.ts';
import { QUIET_LOGGER } from '../../memory/quiet-logger.ts';
import type { MexcError } from '../errors.ts';
import { FeedTime, MarketClock } from './feed-time.ts';
import type { Greeting } from './greeting.ts';

const START = 1_000_000;
const FEED = 50_000_000;

/** Of a simulator whose clock is 250 ms ahead of ours; segments begin by our clock. */
const greeting = (...segments: readonly (readonly [number, number, number])[]): Greeting => ({
  instance: 'a',
  segments: segments.map(([from, feed, speed]) => ({ from: from + 250, feed, speed })),
  offset: 250,
});

function follow(speed: number) {
  const clock = new EventClock(START);
  const served: { greeting: Greeting | Error } = { greeting: greeting([START, FEED, speed]) };
  const problems: MexcError[] = [];
  const feed = new FeedTime(served.greeting as Greeting, {
    clock,
    log: QUIET_LOGGER,
    greet: () =>
      served.greeting instanceof Error ? Promise.reject(served.greeting) : Promise.resolve(served.greeting),
    onReplaced: (error) => problems.push(error),
  });
  return { clock, feed, served, problems };
}

describe('the time of a simulated market', () => {
  it('runs as fast as the market does', () => {
    const { clock, feed } = follow(30);
    clock.advanceTo(START + 100);
    expect(feed.now()).toBe(FEED + 3_000);
  });

  it('tells when something happened that was stamped with the time of requests', () => {
    const { clock, feed } = follow(30);
    clock.advanceTo(START + 100);
    expect(feed.at(START + 100 + 250)).toBe(FEED + 3_000);
    expect(feed.at(START + 40 + 250)).toBe(FEED + 1_200);
  });

  it('follows a change of speed, and goes on when the simulator does not answer', async () => {
    const { clock, feed, served } = follow(30);
    served.greeting = greeting([START, FEED, 30], [START + 10, FEED + 300, 2]);
    await feed.look();
    expect(feed.speed()).toBe(2);
    served.greeting = new Error('nothing answers there');
    await feed.look();
    clock.advanceTo(START + 20);
    expect(feed.now()).toBe(FEED + 320);
    // What happened before is told as it was then.
    expect(feed.at(START + 5 + 250)).toBe(FEED + 150);
    feed.stop();
  });

  it('tells when the simulator is another one', async () => {
    const { feed, served, problems } = follow(1);
    served.greeting = { ...greeting([START, FEED, 1]), instance: 'b' };
    await feed.look();
    expect(problems).toEqual([expect.objectContaining({ code: 'SIMULATOR_REPLACED', retryable: false })]);
  });
});

describe('a clock of the market', () => {
  it('never goes back, whatever the market does', async () => {
    const { clock, feed, served } = follow(30);
    const marketClock = new MarketClock(feed, clock);
    clock.advanceTo(START + 100);
    expect(marketClock.now()).toBe(FEED + 3_000);
    served.greeting = greeting([clock.now(), FEED, 1]);
    await feed.look();
    expect(marketClock.now()).toBe(FEED + 3_000);
    feed.stop();
  });

  it('lets timers wait in real time where the market is faster', () => {
    const { clock, feed } = follow(30);
    const fired: number[] = [];
    new MarketClock(feed, clock).after(1_000, () => fired.push(clock.now()));
    clock.advanceTo(START + 999);
    expect(fired).toEqual([]);
    clock.advanceTo(START + 1_000);
    expect(fired).toEqual([START + 1_000]);
  });

  it('does not fire before its time where the market is slower, and not at all while it is held', async () => {
    const { clock, feed, served } = follow(0.5);
    const fired: number[] = [];
    new MarketClock(feed, clock).after(1_000, () => fired.push(clock.now()));
    clock.advanceTo(START + 1_900);
    expect(fired).toEqual([]);
    served.greeting = greeting([clock.now(), FEED + 950, 0]);
    await feed.look();
    clock.advanceTo(START + 60_000);
    expect(fired).toEqual([]);
    served.greeting = greeting([clock.now(), FEED + 950, 1]);
    await feed.look();
    clock.advanceTo(START + 62_000);
    expect(fired).toHaveLength(1);
    feed.stop();
  });
});
