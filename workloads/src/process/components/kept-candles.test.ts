import { describe, expect, it } from '@jest/globals';
import { MINUTE, SECOND } from '../../domain/time.ts';
import { candlesToAsk } from './kept-candles.ts';

const END = 100 * MINUTE;
const ASKED = { wanted: 60, interval: MINUTE, now: END + 20 * SECOND };
/** The windows that ended `from` to `to` windows ago are kept. */
const kept = (from: number, to: number): ReadonlySet<number> =>
  new Set(Array.from({ length: from - to + 1 }, (_, at) => END - (from - at) * MINUTE));

describe('the candles that a warm-up asks the venue for', () => {
  it('are all where none is kept', () => {
    expect(candlesToAsk(new Set(), ASKED)).toBe(60);
    expect(candlesToAsk(new Set(), { ...ASKED, wanted: 3 })).toBe(3);
    expect(candlesToAsk(new Set(), { ...ASKED, wanted: 0 })).toBe(0);
  });

  it('are those since an earlier life ended', () => {
    expect(candlesToAsk(kept(80, 26), ASKED)).toBe(25);
  });

  it('are the last few where nothing is missing: they may not be final', () => {
    expect(candlesToAsk(kept(60, 1), ASKED)).toBe(10);
    expect(candlesToAsk(kept(60, 5), ASKED)).toBe(10);
  });

  it('reach back over a gap', () => {
    expect(candlesToAsk(new Set([...kept(60, 41), ...kept(39, 1)]), ASKED)).toBe(40);
  });

  it('reach back to where the kept ones begin', () => {
    expect(candlesToAsk(kept(59, 1), ASKED)).toBe(60);
  });
});
