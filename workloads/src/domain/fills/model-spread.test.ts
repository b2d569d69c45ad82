import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { price, ratio, scaleBy } from '../money/amounts.ts';
import { atLeast, atMost, formatDecimal, isPositive, subtract } from '../money/decimal.ts';
import { modelSpread } from './model-spread.ts';

describe('the modelled bid and ask', () => {
  it.each([
    ['100', '0.01', '99.98', '100.02'],
    ['100', '0.05', '99.95', '100.05'],
    ['0.00000850', '0.00000001', '0.00000849', '0.00000851'],
    // Half of 0.02 % is 8.456716; rounded away from the price to the tick.
    ['42283.58', '0.01', '42275.12', '42292.04'],
    ['0.01', '0.01', '0.01', '0.02'],
  ])('around %s with a tick of %s are %s and %s', (at, tick, bid, ask) => {
    const spread = modelSpread(price(at), ratio('0.0002'), price(tick));
    expect([formatDecimal(spread.bid), formatDecimal(spread.ask)]).toEqual(
      [bid, ask].map((text) => formatDecimal(price(text))),
    );
  });

  it('are never closer to the price than the half spread and one tick', () => {
    const prices = fc.integer({ min: 100, max: 10 ** 9 }).map((value) => price((value / 1_000).toFixed(3)));
    fc.assert(
      fc.property(prices, fc.bigInt({ min: 0n, max: 1_000_000n }), (at, units) => {
        const half = ratio(formatDecimal({ units, scale: 8 }));
        const tick = price('0.01');
        const { bid, ask } = modelSpread(at, half, tick);
        for (const distance of [subtract(at, bid), subtract(ask, at)]) {
          expect(atLeast(distance, tick)).toBe(true);
          expect(atLeast(distance, scaleBy(at, half))).toBe(true);
        }
        expect(isPositive(bid) && atMost(bid, ask)).toBe(true);
      }),
      { seed: 15, numRuns: 300 },
    );
  });
});
