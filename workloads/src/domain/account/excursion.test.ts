import { describe, expect, it } from '@jest/globals';
import { buildCandle } from '../../../test/domain/build-candle.ts';
import { price } from '../money/amounts.ts';
import { startExcursion, trackCandle, trackPrice } from './excursion.ts';

describe('how far the price went while a position was held', () => {
  it('starts at the entry and widens with the lows and highs', () => {
    let excursion = startExcursion(price('100'));
    excursion = trackCandle(excursion, buildCandle({ low: '99', close: '100', high: '101' }));
    excursion = trackCandle(excursion, buildCandle({ low: '97.5', close: '98', high: '100.5' }));
    expect(excursion).toEqual({ adversePrice: price('97.5'), favorablePrice: price('101') });
  });

  it('takes single prices, such as the exit at the next open', () => {
    const excursion = startExcursion(price('100'));
    expect(trackPrice(excursion, price('90'))).toEqual({
      adversePrice: price('90'),
      favorablePrice: price('100'),
    });
    expect(trackPrice(excursion, price('110'))).toEqual({
      adversePrice: price('100'),
      favorablePrice: price('110'),
    });
  });

  it('never narrows, and is the same object when nothing changed', () => {
    const excursion = trackCandle(startExcursion(price('100')), buildCandle({ low: '90', high: '110' }));
    expect(trackCandle(excursion, buildCandle({ low: '95', high: '105' }))).toBe(excursion);
    expect(trackPrice(excursion, price('100'))).toBe(excursion);
  });
});
