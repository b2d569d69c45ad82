import { describe, expect, it } from '@jest/globals';
import { EventQueue } from './event-queue.ts';

const texts = (queue: EventQueue, count = Infinity, characters = Infinity): string[] =>
  queue.take(count, characters).map(({ text }) => text);

describe('events waiting to be sent', () => {
  it('leave in order, no more than may be taken', () => {
    const queue = new EventQueue();
    for (const text of ['aa', 'bb', 'cc', 'dd']) queue.push({ text }, false);
    expect(texts(queue, 1)).toEqual(['aa']);
    expect(texts(queue, 10, 4)).toEqual(['bb', 'cc']);
    expect(texts(queue, 10, 1)).toEqual(['dd']);
    expect(queue.size).toBe(0);
  });

  it('stand for older ones of their key only when told to, at the end of the line', () => {
    const queue = new EventQueue();
    queue.push({ text: 'tick 1', conflate: 'A' }, false);
    queue.push({ text: 'tick 2', conflate: 'A' }, false);
    queue.push({ text: 'candle' }, true);
    queue.push({ text: 'other', conflate: 'B' }, true);
    queue.push({ text: 'tick 3', conflate: 'A' }, true);
    expect({ size: queue.size, conflated: queue.conflated }).toEqual({ size: 4, conflated: 1 });
    expect(texts(queue)).toEqual(['tick 1', 'candle', 'other', 'tick 3']);
  });

  it('never replace what was taken', () => {
    const queue = new EventQueue();
    queue.push({ text: 'tick 1', conflate: 'A' }, true);
    expect(texts(queue)).toEqual(['tick 1']);
    queue.push({ text: 'tick 2', conflate: 'A' }, true);
    expect(queue.conflated).toBe(0);
    expect(texts(queue)).toEqual(['tick 2']);
  });
});
