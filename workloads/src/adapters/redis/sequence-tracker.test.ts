import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Entry } from './entry.ts';
import { SequenceTracker } from './sequence-tracker.ts';

const entry = (number: number, publisher = 'p'): Entry => ({
  id: `1-${number}`,
  texts: [],
  origin: { publisher, number },
});

const consume = (tracker: SequenceTracker, numbers: readonly number[]): void => {
  for (const number of numbers) tracker.consumed(entry(number));
};

describe('the numbers of a publisher', () => {
  it('are judged against what was consumed', () => {
    const tracker = new SequenceTracker();
    expect(tracker.judge(entry(5))).toBe('first');
    consume(tracker, [5, 6]);
    expect([4, 5, 6, 7, 8].map((number) => tracker.judge(entry(number)))).toEqual([
      'late',
      'repeat',
      'repeat',
      'next',
      'gap',
    ]);
    expect(tracker.judge(entry(1, 'other'))).toBe('first');
    expect(tracker.judge({ id: '1-1', texts: [] })).toBe('next');
  });

  it('that fill a gap later are not taken for repetitions', () => {
    const tracker = new SequenceTracker();
    consume(tracker, [1, 2, 5]);
    expect([3, 4].map((number) => tracker.judge(entry(number)))).toEqual(['late', 'late']);
  });

  it('are called a repetition only when they were consumed, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 40 }), (numbers) => {
        const tracker = new SequenceTracker();
        const consumed = new Set<number>();
        for (const number of numbers) {
          if (tracker.judge(entry(number)) === 'repeat') expect(consumed.has(number)).toBe(true);
          else tracker.consumed(entry(number));
          consumed.add(number);
        }
      }),
    );
  });

  it('are remembered of a bounded number of publishers', () => {
    const tracker = new SequenceTracker();
    for (let i = 0; i < 300; i += 1) tracker.consumed(entry(1, `p${i}`));
    expect(tracker.judge(entry(1, 'p0'))).toBe('first');
    expect(tracker.judge(entry(1, 'p299'))).toBe('repeat');
  });
});
