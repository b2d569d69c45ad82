import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SECOND } from '../time.ts';
import { type Observation, type Recoverable, observe, recoverableDemand, watchCause } from './recoverable.ts';

const H = { tripAfter: 5 * SECOND, clearAfter: 60 * SECOND };
const after = (steps: readonly (readonly [number, Observation])[], active = false): Recoverable =>
  steps.reduce(
    (state, [at, observation]) => observe(state, observation, at * SECOND, H),
    watchCause('DATA_STALE', active),
  );

describe('a recoverable cause', () => {
  it('trips when it has held long enough, and not a moment before', () => {
    expect(
      after([
        [0, 'bad'],
        [4.999, 'bad'],
      ]).active,
    ).toBe(false);
    expect(
      after([
        [0, 'bad'],
        [5, 'bad'],
      ]).active,
    ).toBe(true);
  });

  it('clears by itself when it was gone long enough, and not before', () => {
    const tripped = [
      [0, 'bad'],
      [5, 'bad'],
      [10, 'good'],
    ] as const;
    expect(after([...tripped, [69.999, 'good']]).active).toBe(true);
    expect(after([...tripped, [70, 'good']]).active).toBe(false);
  });

  it('begins to count again after any interruption', () => {
    expect(
      after([
        [0, 'bad'],
        [3, 'good'],
        [4, 'bad'],
        [8, 'bad'],
      ]).active,
    ).toBe(false);
    expect(
      after(
        [
          [0, 'good'],
          [50, 'bad'],
          [51, 'good'],
          [110, 'good'],
        ],
        true,
      ).active,
    ).toBe(true);
    expect(
      after(
        [
          [0, 'good'],
          [50, 'between'],
          [51, 'good'],
          [110, 'good'],
        ],
        true,
      ).active,
    ).toBe(true);
  });

  it('keeps as it is between the two thresholds', () => {
    expect(
      after(
        [
          [0, 'between'],
          [100, 'between'],
        ],
        true,
      ).active,
    ).toBe(true);
    expect(
      after(
        [
          [0, 'between'],
          [100, 'between'],
        ],
        false,
      ).active,
    ).toBe(false);
  });

  it('trips at once without a delay', () => {
    const now = { tripAfter: 0, clearAfter: 0 };
    const tripped = observe(watchCause('SPREAD_WIDE', false), 'bad', 1, now);
    expect(tripped.active).toBe(true);
    expect(observe(tripped, 'good', 1, now).active).toBe(false);
  });

  it('demands ReduceOnly while it is active, and nothing else', () => {
    expect(recoverableDemand(watchCause('NOT_RECONCILED', true))).toEqual({
      source: 'recoverable:NOT_RECONCILED',
      state: 'ReduceOnly',
      reason: 'NOT_RECONCILED',
    });
    expect(recoverableDemand(watchCause('NOT_RECONCILED', false))).toBeUndefined();
  });

  it('gives back the state it was given when nothing changed', () => {
    const calm = watchCause('DATA_STALE', false);
    expect(observe(calm, 'good', 5, H)).toBe(calm);
  });

  it('is active only after bad observations that lasted, in any history', () => {
    const history = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 30 }), fc.constantFrom<Observation>('bad', 'between', 'good')),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(history, (steps) => {
        let at = 0;
        let state = watchCause('DATA_STALE', false);
        /** Since when the latest observation has been the same. */
        let run: { readonly of: Observation; readonly since: number } | undefined;
        for (const [gap, observation] of steps) {
          at += gap;
          run = run?.of === observation ? run : { of: observation, since: at };
          const next = observe(state, observation, at * SECOND, H);
          if (next.active !== state.active) {
            expect(observation).toBe(next.active ? 'bad' : 'good');
            expect(at - run.since).toBeGreaterThanOrEqual(next.active ? 5 : 60);
          }
          state = next;
        }
      }),
      { seed: 17, numRuns: 1_000 },
    );
  });
});
