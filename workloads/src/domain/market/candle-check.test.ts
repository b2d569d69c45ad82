import { describe, expect, it } from '@jest/globals';
import { buildCandle, type CandleTexts } from '../../../test/domain/build-candle.ts';
import { type CandleProblemCode, checkCandle } from './candle-check.ts';

describe('checking a candle', () => {
  it.each<CandleTexts>([
    {},
    { open: '99', high: '101', low: '98', close: '100' },
    { volume: '0', quoteVolume: '0' },
    { openTime: 1_704_067_200_000 },
    { high: '100.00', low: '100' },
  ])('finds nothing wrong with %j', (texts) => {
    expect(checkCandle(buildCandle(texts))).toBeUndefined();
  });

  it.each<[CandleTexts, CandleProblemCode, string]>([
    [{ interval: 0 }, 'INTERVAL_INVALID', 'interval must be a positive whole number of milliseconds: was 0'],
    [
      { interval: 1.5 },
      'INTERVAL_INVALID',
      'interval must be a positive whole number of milliseconds: was 1.5',
    ],
    [{ openTime: NaN }, 'OPEN_TIME_INVALID', 'open time must be whole milliseconds since 1970: was NaN'],
    [
      { openTime: -60_000 },
      'OPEN_TIME_INVALID',
      'open time must be whole milliseconds since 1970: was -60000',
    ],
    [
      { openTime: 60_001 },
      'OPEN_TIME_MISALIGNED',
      'open time must be a multiple of the interval (60000 ms): was 60001',
    ],
    [{ open: '0' }, 'PRICE_NOT_POSITIVE', 'open must be above 0: was 0'],
    [{ high: '-1' }, 'PRICE_NOT_POSITIVE', 'high must be above 0: was -1'],
    [{ low: '-0.5' }, 'PRICE_NOT_POSITIVE', 'low must be above 0: was -0.5'],
    [{ open: '1', high: '1', low: '1', close: '0' }, 'PRICE_NOT_POSITIVE', 'close must be above 0: was 0'],
    [
      { open: '100', high: '100.4', low: '99', close: '100.5' },
      'HIGH_TOO_LOW',
      'high must be at or above open 100 and close 100.5: was 100.4',
    ],
    [
      { open: '101', high: '100.9', low: '99', close: '100' },
      'HIGH_TOO_LOW',
      'high must be at or above open 101 and close 100: was 100.9',
    ],
    [
      { open: '100', high: '102', low: '100.1', close: '101' },
      'LOW_TOO_HIGH',
      'low must be at or below open 100 and close 101: was 100.1',
    ],
    [
      { open: '101', high: '102', low: '100.1', close: '100' },
      'LOW_TOO_HIGH',
      'low must be at or below open 101 and close 100: was 100.1',
    ],
    [{ volume: '-1' }, 'VOLUME_NEGATIVE', 'volume must not be negative: was -1'],
    [{ quoteVolume: '-0.1' }, 'QUOTE_VOLUME_NEGATIVE', 'quote volume must not be negative: was -0.1'],
  ])('of %j finds %s', (texts, code, text) => {
    expect(checkCandle(buildCandle(texts))).toEqual({ code, text });
  });
});
