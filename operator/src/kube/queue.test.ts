import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { makeQueue, PRIORITY, type WorkQueue } from './queue.ts';

const events = {
  added: () => undefined,
  taken: () => undefined,
  done: () => undefined,
  retried: () => undefined,
};
const make = (clock = fakeClock()): WorkQueue =>
  makeQueue({ clock, backOff: { first: 100, most: 1_000 }, events });

async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) {
    const item = await queue.take();
    if (item === undefined) break;
    keys.push(item.key);
    queue.finish(item.key);
  }
  return keys;
}

describe('the work queue', () => {
  test('hands a key out once however often it was added', async () => {
    const queue = make();
    queue.add('a', PRIORITY.drift);
    queue.add('a', PRIORITY.drift);
    queue.add('b', PRIORITY.drift);
    expect(await drain(queue)).toEqual(['a', 'b']);
  });

  test('hands out what a user changed before drift and resync', async () => {
    const queue = make();
    queue.add('resync', PRIORITY.resync);
    queue.add('drift', PRIORITY.drift);
    queue.add('change', PRIORITY.change);
    queue.add('stop', PRIORITY.stop);
    expect(await drain(queue)).toEqual(['stop', 'change', 'drift', 'resync']);
  });

  test('raises the priority of a key that waits', async () => {
    const queue = make();
    queue.add('a', PRIORITY.drift);
    queue.add('b', PRIORITY.resync);
    queue.add('b', PRIORITY.stop);
    expect(await drain(queue)).toEqual(['b', 'a']);
  });

  test('never hands out a key in work, and hands it out again once when it was added meanwhile', async () => {
    const queue = make();
    queue.add('a', PRIORITY.drift);
    await queue.take();
    queue.add('a', PRIORITY.drift);
    queue.add('a', PRIORITY.change);
    expect(queue.depth).toBe(0);
    queue.finish('a');
    expect(await drain(queue)).toEqual(['a']);
  });

  test('doubles the wait of a key that fails and forgets it after a success', () => {
    const clock = fakeClock();
    const queue = make(clock);
    queue.addFailed('a', PRIORITY.drift);
    clock.advance(99);
    expect(queue.depth).toBe(0);
    clock.advance(1);
    expect(queue.depth).toBe(1);
    queue.addFailed('b', PRIORITY.drift);
    queue.addFailed('b', PRIORITY.drift);
    expect(queue.failures('b')).toBe(2);
    queue.forget('b');
    expect(queue.failures('b')).toBe(0);
  });

  test('keeps the earlier time of two delayed adds', () => {
    const clock = fakeClock();
    const queue = make(clock);
    queue.addAfter('a', PRIORITY.resync, 500);
    queue.addAfter('a', PRIORITY.resync, 5_000);
    queue.addAfter('a', PRIORITY.resync, 100);
    clock.advance(100);
    expect(queue.depth).toBe(1);
    clock.advance(10_000);
    expect(queue.depth).toBe(1);
  });

  test('ends everybody who waits when it is shut down', async () => {
    const queue = make();
    const waiting = queue.take();
    queue.shutDown();
    expect(await waiting).toBeUndefined();
    expect(await queue.take()).toBeUndefined();
  });

  test('loses and doubles no key under any order of adds, takes and finishes', async () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      act: fc.constantFrom('add', 'take', 'finish'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const queue = make();
        const owed = new Set<string>();
        const inWork = new Set<string>();
        for (const { key, act } of steps) {
          if (act === 'add') {
            queue.add(key, PRIORITY.drift);
            owed.add(key);
          } else if (act === 'take' && queue.depth > 0) {
            const item = await queue.take();
            expect(inWork.has(item!.key)).toBe(false);
            inWork.add(item!.key);
            owed.delete(item!.key);
          } else if (act === 'finish') {
            queue.finish(key);
            inWork.delete(key);
          }
        }
        for (const key of inWork) queue.finish(key);
        expect(new Set(await drain(queue))).toEqual(owed);
      }),
    );
  });
});
