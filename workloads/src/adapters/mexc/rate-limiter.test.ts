import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventClock } from '../memory/event-clock.ts';
import { MexcError } from './errors.ts';
import { cautiousLimits, type Lane, RateLimiter } from './rate-limiter.ts';

interface Sent {
  readonly at: number;
  readonly name: string;
}

/** A limiter, what it granted when, and a way to let microtasks run between steps of the clock. */
function setUp(limits = cautiousLimits(), clock = new EventClock(1_000_000)) {
  const limiter = new RateLimiter(clock, limits);
  const sent: Sent[] = [];
  const failed: string[] = [];
  const ask = (lane: Lane, weight = 1, name: string = lane, deadline?: number) => {
    limiter.acquire({ lane, weight, ...(deadline === undefined ? {} : { deadline }) }).then(
      () => sent.push({ at: clock.now(), name }),
      (error: unknown) => failed.push(error instanceof MexcError ? error.code : 'OTHER'),
    );
  };
  const run = async (duration: number, step = 25) => {
    for (let passed = 0; passed < duration; passed += step) {
      clock.advanceTo(clock.now() + step);
      await Promise.resolve();
      await Promise.resolve();
    }
  };
  return { clock, limiter, sent, failed, ask, run };
}

const most = (times: readonly number[], window: number, weightOf: (at: number) => number = () => 1): number =>
  times.reduce((peak, start, first) => {
    let sum = 0;
    for (let at = first; at < times.length && (times[at] ?? 0) < start + window; at += 1) sum += weightOf(at);
    return Math.max(peak, sum);
  }, 0);

describe('the rate limiter', () => {
  it('lets at most 10 requests go in any second and 300 weight in any 10 seconds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(1, 3, 10, 25), { minLength: 30, maxLength: 80 }),
        async (weights) => {
          const { sent, ask, run } = setUp();
          for (const [at, weight] of weights.entries()) ask('background', weight, String(at));
          await run(90_000, 50);
          expect(sent).toHaveLength(weights.length);
          const times = sent.map(({ at }) => at);
          expect(most(times, 1_000)).toBeLessThanOrEqual(10);
          expect(most(times, 10_000, (at) => weights[Number(sent[at]?.name)] ?? 0)).toBeLessThanOrEqual(300);
        },
      ),
      { seed: 51, numRuns: 8 },
    );
  });

  it('lets at most 5 orders and 12 order writes go in any second', async () => {
    const { sent, ask, run } = setUp();
    for (let at = 0; at < 60; at += 1) ask(at % 3 === 0 ? 'order' : 'cancel');
    await run(30_000);
    expect(sent).toHaveLength(60);
    expect(
      most(
        sent.map(({ at }) => at),
        1_000,
      ),
    ).toBeLessThanOrEqual(12);
    const orders = sent.filter(({ name }) => name === 'order');
    expect(
      most(
        orders.map(({ at }) => at),
        1_000,
      ),
    ).toBeLessThanOrEqual(5);
  });

  it('lets a cancel pass everything that waits, and orders pass downloads', async () => {
    const { sent, ask, run } = setUp();
    for (let at = 0; at < 20; at += 1) ask('background');
    await run(25);
    ask('query');
    ask('order');
    ask('cancel');
    await run(25);
    expect(sent.map(({ name }) => name)).toEqual(['background', 'background', 'cancel']);
    await run(1_000);
    expect(sent.slice(3, 5).map(({ name }) => name)).toEqual(['order', 'query']);
  });

  it('keeps the order of requests within a lane', async () => {
    const { sent, ask, run } = setUp();
    for (const name of ['a', 'b', 'c', 'd', 'e']) ask('query', 1, name);
    await run(2_000);
    expect(sent.map(({ name }) => name).join('')).toBe('abcde');
  });

  it('is quiet for as long as the venue wants, for cancels too', async () => {
    const { clock, limiter, sent, ask, run } = setUp();
    limiter.pause(90_000);
    const until = clock.now() + 90_000;
    ask('cancel');
    ask('background');
    await run(89_950, 50);
    expect(sent).toEqual([]);
    expect(limiter.quietFor()).toBeGreaterThan(0);
    await run(100, 50);
    expect(sent.map(({ name }) => name)).toEqual(['cancel', 'background']);
    expect(sent.every(({ at }) => at >= until)).toBe(true);
  });

  it('gives a request up at its deadline', async () => {
    const { clock, limiter, sent, failed, ask, run } = setUp();
    limiter.pause(60_000);
    ask('order', 1, 'order', clock.now() + 5_000);
    await run(4_900);
    expect(failed).toEqual([]);
    await run(200);
    expect(failed).toEqual(['TOO_LATE']);
    await run(60_000);
    expect(sent).toEqual([]);
  });

  it('refuses what would make the queue grow without bound, but never a cancel', async () => {
    const { limiter, failed, ask, run } = setUp({ ...cautiousLimits(), maxWaiting: 3 });
    limiter.pause(1_000);
    for (let at = 0; at < 5; at += 1) ask('background');
    ask('cancel');
    await run(50);
    expect(failed).toEqual(['RATE_QUEUE_FULL', 'RATE_QUEUE_FULL']);
    expect(limiter.waiting()).toBe(4);
  });

  it('refuses what waits when it is closed, and whatever comes', async () => {
    const { limiter, failed, ask, run } = setUp();
    limiter.pause(1_000);
    ask('order');
    limiter.close();
    ask('cancel');
    await run(50);
    expect(failed).toEqual(['CLOSED', 'CLOSED']);
  });

  it('names a weight that could never be granted', () => {
    expect(() => setUp().limiter.acquire({ lane: 'query', weight: 61 })).toThrow(
      'a weight of at most 60 can be granted: was 61',
    );
  });
});

/** Three shares of at least a tenth that add up to 1, in hundredths. */
const shares = fc
  .tuple(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 0, max: 70 }))
  .map(([a, b]): [number, number] => (a < b ? [a, b] : [b, a]))
  .map(([a, b]) => [10 + a, 10 + b - a, 10 + 70 - b].map((part) => part / 100));

describe('the rate limiters of processes that share an address', () => {
  it('let together at most 10 requests go in any second and 300 weight in any 10 seconds', async () => {
    await fc.assert(
      fc.asyncProperty(
        shares,
        shares,
        fc.array(fc.tuple(fc.constantFrom(0, 1, 2), fc.constantFrom(1, 3, 10, 25)), {
          minLength: 40,
          maxLength: 80,
        }),
        async (requests, weight, wishes) => {
          const clock = new EventClock(1_000_000);
          const processes = requests.map((part, at) =>
            setUp(cautiousLimits({ requests: part, weight: weight[at] ?? 0 }), clock),
          );
          const weights = new Map(wishes.map(([, weight], at) => [String(at), weight]));
          for (const [at, [of, weight]] of wishes.entries()) {
            processes[of]?.ask('background', weight, String(at));
          }
          await processes[0]?.run(120_000, 50);
          const sent = processes.flatMap((one) => one.sent).sort((a, b) => a.at - b.at);
          const times = sent.map(({ at }) => at);
          expect(sent.length).toBeGreaterThan(wishes.length / 4);
          expect(most(times, 1_000)).toBeLessThanOrEqual(10);
          const weightOf = (at: number): number => weights.get(sent[at]?.name ?? '') ?? 0;
          expect(most(times, 10_000, weightOf)).toBeLessThanOrEqual(300);
        },
      ),
      { seed: 52, numRuns: 30 },
    );
  });

  it('let the heaviest request go at once from each of them, and cancels as fast as from the whole', async () => {
    const { sent, ask, run } = setUp(cautiousLimits({ requests: 0.1, weight: 0.1 }));
    ask('background', 25);
    for (let at = 0; at < 20; at += 1) ask('cancel');
    await run(2_100);
    expect(sent.filter(({ name }) => name === 'background')).toHaveLength(1);
    expect(sent.filter(({ name }) => name === 'cancel')).toHaveLength(20);
  });

  it('leave room for look-ups while orders are placed without pause', async () => {
    const { sent, ask, run } = setUp(cautiousLimits({ requests: 0.5, weight: 0.5 }));
    for (let at = 0; at < 60; at += 1) ask('order');
    for (let at = 0; at < 10; at += 1) ask('query');
    await run(10_000);
    const names = sent.map(({ name }) => name);
    expect(names.filter((name) => name === 'query')).toHaveLength(10);
    expect(names.filter((name) => name === 'order').length).toBeGreaterThanOrEqual(20);
  });

  it.each([0, -1, 0.05, 1.01, Number.NaN])('name a share that nothing could be sent with: %s', (share) => {
    const message = `a share of the rate budget is from 0.1 to 1: was ${share}`;
    expect(() => cautiousLimits({ requests: share, weight: 0.5 })).toThrow(message);
    expect(() => cautiousLimits({ requests: 0.5, weight: share })).toThrow(message);
  });
});
