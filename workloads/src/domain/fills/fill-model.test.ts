import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { money, notional, price, quantity, ratio, scaleBy } from '../money/amounts.ts';
import {
  add,
  atLeast,
  atMost,
  decimal,
  divide,
  equals,
  formatDecimal,
  isPositive,
  lessThan,
  multiply,
  subtract,
} from '../money/decimal.ts';
import { type FillQuestion, type ModelledFill, feeOf, modelFill, slippageBps } from './fill-model.ts';

const INSTRUMENT = { tickSize: price('0.01'), lotSize: quantity('0.001'), quote: 'USDT' };
const SETTINGS = { takerFeeRatio: ratio('0.0006'), makerFeeRatio: ratio('0.0002') };
const QUESTION: FillQuestion = {
  side: 'BUY',
  type: 'LIMIT_IOC',
  limitPrice: price('101'),
  quantity: quantity('10'),
  marketPrice: price('100'),
  depth: money('100000'),
  sigma1hBps: 40,
  instrument: INSTRUMENT,
  settings: SETTINGS,
};

const ask = (changes: Partial<FillQuestion>): ModelledFill => modelFill({ ...QUESTION, ...changes });
const show = (fill: ModelledFill): string =>
  fill.kind === 'none'
    ? fill.reason
    : `${fill.liquidity} ${formatDecimal(fill.quantity)} at ${formatDecimal(fill.price)} for ${formatDecimal(fill.fee.quoteValue)}`;

describe('slippage', () => {
  it.each([
    // 5 + 1000 · notional/depth + 0.05 · σ
    ['0', '100000', 0, '5'],
    ['1000', '100000', 40, '17'],
    ['80000', '100000', 100, '810'],
    ['1', '3', 0, '338.33333334'],
    ['1', '100000', 0.0000001, '5.01000005'],
  ])('of %s against a depth of %s at σ %d is %s bps', (orderNotional, depth, sigma, bps) => {
    expect(formatDecimal(slippageBps(money(orderNotional), money(depth), sigma))).toBe(bps);
  });

  it.each([NaN, Infinity, -1])('refuses a σ of %d', (sigma) => {
    expect(() => slippageBps(money('1'), money('1'), sigma)).toThrow(
      `σ is a finite number of at least 0 bps: was ${sigma}`,
    );
  });
});

describe('a modelled fill', () => {
  it.each<[string, Partial<FillQuestion>, string]>([
    // 10 × 100 of 100,000: 5 + 10 + 2 = 17 bps; 1,001.70 × 0.06 % = 0.60102.
    ['pays the slippage as taker', {}, 'TAKER 10 at 100.17 for 0.60102'],
    ['costs a seller as much', { side: 'SELL', limitPrice: price('99') }, 'TAKER 10 at 99.83 for 0.59898'],
    ['needs no limit as MARKET', { type: 'MARKET', limitPrice: undefined }, 'TAKER 10 at 100.17 for 0.60102'],
    ['may be exactly at the limit', { limitPrice: price('100.17') }, 'TAKER 10 at 100.17 for 0.60102'],
    ['is refused beyond the limit', { limitPrice: price('100.16') }, 'COLLAR'],
    ['is refused to a seller below the limit', { side: 'SELL', limitPrice: price('99.84') }, 'COLLAR'],
    ['is rounded against a buyer to the tick', { sigma1hBps: 41 }, 'TAKER 10 at 100.18 for 0.60108'],
    [
      'is rounded against a seller to the tick',
      { side: 'SELL', limitPrice: price('99'), sigma1hBps: 41 },
      'TAKER 10 at 99.82 for 0.59892',
    ],
    // 0.8 × 1,000 / 100 = 8 units, impact 800 bps.
    [
      'takes at most 0.8 of the depth',
      { depth: money('1000'), limitPrice: price('200') },
      'TAKER 8 at 108.07 for 0.518736',
    ],
    [
      'takes no part of a lot',
      { depth: money('100.2'), limitPrice: price('200') },
      'TAKER 0.801 at 108.07 for 0.05193845',
    ],
    [
      'takes what our orders left of the depth',
      { taken: quantity('798.5') },
      'TAKER 1.5 at 100.09 for 0.090081',
    ],
    ['is nothing when the depth is used up', { taken: quantity('800') }, 'NO_LIQUIDITY'],
    ['is nothing below a lot', { depth: money('0.12') }, 'NO_LIQUIDITY'],
    ['is nothing without depth', { depth: money('0') }, 'NO_LIQUIDITY'],
    ['is nothing when there is nothing left to fill', { quantity: quantity('0') }, 'NO_LIQUIDITY'],
    ['waits for the depth', { depth: undefined }, 'WARMUP'],
    ['waits for the volatility', { sigma1hBps: undefined }, 'WARMUP'],
    [
      'is nothing when slippage eats the whole price',
      { side: 'SELL', type: 'MARKET', limitPrice: undefined, sigma1hBps: 250_000 },
      'NO_LIQUIDITY',
    ],
  ])('%s', (_, changes, expected) => {
    expect(show(ask(changes))).toBe(expected);
  });

  it('takes the fees of the instrument before those of the settings', () => {
    const instrument = { ...INSTRUMENT, takerFeeRatio: ratio('0'), makerFeeRatio: ratio('0.001') };
    expect(show(ask({ instrument }))).toBe('TAKER 10 at 100.17 for 0');
    const resting = ask({ instrument, type: 'LIMIT', resting: true });
    expect(show(resting)).toBe('MAKER 10 at 101 for 1.01');
  });

  describe('of a LIMIT order', () => {
    const limit = { type: 'LIMIT', limitPrice: price('100') } as const;

    it('that rested is at its limit as maker once the market is there', () => {
      expect(show(ask({ ...limit, resting: true, marketPrice: price('99.5') }))).toBe(
        'MAKER 10 at 100 for 0.2',
      );
      expect(show(ask({ ...limit, resting: true, marketPrice: price('100') }))).toBe(
        'MAKER 10 at 100 for 0.2',
      );
      expect(show(ask({ ...limit, resting: true, marketPrice: price('100.01') }))).toBe('COLLAR');
      const sale = { ...limit, side: 'SELL', resting: true } as const;
      expect(show(ask({ ...sale, marketPrice: price('100.5') }))).toBe('MAKER 10 at 100 for 0.2');
      expect(show(ask({ ...sale, marketPrice: price('99.99') }))).toBe('COLLAR');
    });

    it('that just arrived takes from the book like any other', () => {
      expect(show(ask({ ...limit, marketPrice: price('99') }))).toBe('TAKER 10 at 99.17 for 0.59502');
      expect(show(ask({ ...limit, marketPrice: price('100') }))).toBe('COLLAR');
    });
  });

  it('never beats the market, the cap or the limit, and always rounds against us', () => {
    const questions = fc.record({
      side: fc.constantFrom<'BUY' | 'SELL'>('BUY', 'SELL'),
      type: fc.constantFrom<'LIMIT_IOC' | 'LIMIT' | 'MARKET'>('LIMIT_IOC', 'LIMIT', 'MARKET'),
      cents: fc.integer({ min: 1, max: 10 ** 7 }),
      limitCents: fc.integer({ min: 1, max: 10 ** 7 }),
      near: fc.boolean(),
      lots: fc.integer({ min: 1, max: 10 ** 7 }),
      depth: fc.bigInt({ min: 1n, max: 10n ** 12n }),
      sigma1hBps: fc.double({ min: 0, max: 500, noNaN: true }),
      resting: fc.boolean(),
    });
    let fills = 0;
    fc.assert(
      fc.property(questions, ({ cents, limitCents, near, lots, depth, type, ...rest }) => {
        // Half of the limits lie within 3 % of the market, where fill and refusal meet.
        const limit = near ? Math.max(1, Math.round(cents * (0.97 + (limitCents % 60) / 1_000))) : limitCents;
        const marketPrice = price((cents / 100).toFixed(2));
        const limitPrice = type === 'MARKET' ? undefined : price((limit / 100).toFixed(2));
        const asked = quantity((lots / 1_000).toFixed(3));
        const question = { ...QUESTION, ...rest, type, marketPrice, limitPrice, quantity: asked };
        const fill = modelFill({ ...question, depth: money(formatDecimal(decimal(depth, 3))) });
        if (fill.kind === 'none') return;
        fills += 1;
        const buy = rest.side === 'BUY';
        const noBetterThan = buy ? atLeast : atMost;
        expect(noBetterThan(fill.price, marketPrice)).toBe(true);
        if (limitPrice) expect(noBetterThan(limitPrice, fill.price)).toBe(true);
        expect(atMost(fill.quantity, asked)).toBe(true);
        expect(atMost(notional(marketPrice, fill.quantity), decimal(depth * 8n, 4))).toBe(true);
        expect(isPositive(fill.quantity) && isPositive(fill.price)).toBe(true);
        for (const [value, step] of [
          [fill.quantity, INSTRUMENT.lotSize],
          [fill.price, INSTRUMENT.tickSize],
        ] as const) {
          expect(equals(multiply(divide(value, step, 0, 'floor'), step), value)).toBe(true);
        }
        if (fill.liquidity === 'TAKER') {
          const bps = slippageBps(
            notional(marketPrice, fill.quantity),
            money(formatDecimal(decimal(depth, 3))),
            rest.sigma1hBps,
          );
          const cost = multiply(multiply(marketPrice, bps), decimal(1n, 4));
          const paid = buy ? subtract(fill.price, marketPrice) : subtract(marketPrice, fill.price);
          expect(atLeast(paid, cost)).toBe(true);
          expect(lessThan(paid, add(cost, INSTRUMENT.tickSize))).toBe(true);
        }
      }),
      { seed: 13, numRuns: 1_000 },
    );
    // A property over no fills would prove nothing.
    expect(fills).toBeGreaterThan(200);
  });
});

describe('a fee', () => {
  it('is rounded up to 8 decimals of the quote asset', () => {
    const fee = feeOf(money('0.00000001'), ratio('0.0006'), 'BTC');
    expect(fee).toEqual({ asset: 'BTC', amount: quantity('0.00000001'), quoteValue: money('0.00000001') });
    expect(formatDecimal(feeOf(money('100'), ratio('0.0006'), 'USDT').amount)).toBe('0.06');
  });

  it('is never less than the ratio says and less than 1e-8 more', () => {
    const amounts = fc
      .record({ units: fc.bigInt({ min: 0n, max: 10n ** 20n }), scale: fc.integer({ min: 0, max: 12 }) })
      .map((value) => money(formatDecimal(value)));
    fc.assert(
      fc.property(amounts, fc.bigInt({ min: 0n, max: 10n ** 7n }), (value, units) => {
        const feeRatio = ratio(formatDecimal(decimal(units, 8)));
        const { amount } = feeOf(value, feeRatio, 'USDT');
        const exact = scaleBy(value, feeRatio);
        expect(atLeast(amount, exact)).toBe(true);
        expect(lessThan(subtract(amount, exact), decimal(1n, 8))).toBe(true);
      }),
      { seed: 14, numRuns: 300 },
    );
  });
});
