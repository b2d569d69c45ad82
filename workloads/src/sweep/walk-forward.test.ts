import { describe, expect, it } from '@jest/globals';
import { DAY } from '../domain/time.ts';
import { deepestFall, WalkTooShortError, windowsOf } from './walk-forward.ts';

const span = { from: 0, to: 10 * DAY };
const plan = { inSample: 4 * DAY, outOfSample: 2 * DAY };
const days = (stretch: { readonly from: number; readonly to: number }) => [
  stretch.from / DAY,
  stretch.to / DAY,
];

describe('the windows of a walk forward', () => {
  it('move on by the unseen stretch, and never choose on what they are judged by', () => {
    const windows = windowsOf(span, { ...plan, mode: 'rolling' });
    expect(windows.map(({ inSample, outOfSample }) => [days(inSample), days(outOfSample)])).toEqual([
      [
        [0, 4],
        [4, 6],
      ],
      [
        [2, 6],
        [6, 8],
      ],
      [
        [4, 8],
        [8, 10],
      ],
    ]);
  });

  it('begin at the beginning every time when they are anchored', () => {
    const windows = windowsOf(span, { ...plan, mode: 'anchored' });
    expect(windows.map(({ inSample }) => days(inSample))).toEqual([
      [0, 4],
      [0, 6],
      [0, 8],
    ]);
  });

  it('need a history that is long enough for one, and say how long that is', () => {
    const asked = () => windowsOf({ from: 0, to: 5 * DAY }, { ...plan, mode: 'rolling' });
    expect(asked).toThrow(WalkTooShortError);
    expect(asked).toThrow(/the history has 5.0 days; one window needs 6.0/);
  });
});

describe('the deepest fall of a curve', () => {
  it('is from its highest point before', () => {
    const curve = [1, 1.2, 0.9, 1.5, 1.2].map((level, day) => [day, level] as const);
    expect(deepestFall(curve)).toBeCloseTo(0.25, 12);
    expect(deepestFall([])).toBe(0);
  });
});
