import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Instrument } from '../market/instrument.ts';
import { asPrice, money, notional, price, quantity, ratio } from '../money/amounts.ts';
import {
  add,
  atLeast,
  atMost,
  divide,
  equals,
  formatDecimal,
  multiply,
  parseDecimal,
} from '../money/decimal.ts';
import { collarPrice } from '../orders/collar.ts';
import { HOUR, MINUTE } from '../time.ts';
import {
  type ExitCollarQuestion,
  type ExitQuestion,
  decideExit,
  exitCollar,
  exitLimitPrice,
  exitQuantity,
  tickStop,
} from './exits.ts';

const SETTINGS = { stopLossRatio: ratio('0.02'), takeProfitRatio: ratio('0.04'), maxHolding: 4 * HOUR };
const ENTRY_TIME = 1_000 * MINUTE;
/** Three units for 300: an average of 100. */
const POSITION = { quantity: quantity('3'), totalCost: money('300'), entryTime: ENTRY_TIME };

const decide = (
  question: Partial<Omit<ExitQuestion, 'close'>> & { readonly close: string },
): string | undefined =>
  decideExit({
    position: POSITION,
    closeTime: ENTRY_TIME + MINUTE,
    settings: SETTINGS,
    ...question,
    close: price(question.close),
  });

describe('deciding an exit', () => {
  it.each([
    ['98', 'STOP_LOSS'],
    ['98.00000000000000000001', undefined],
    ['97', 'STOP_LOSS'],
    ['100', undefined],
    ['103.99999999999999999999', undefined],
    ['104', 'TAKE_PROFIT'],
    ['200', 'TAKE_PROFIT'],
  ])('at a close of %s against an average of 100 says %s', (close, reason) => {
    expect(decide({ close })).toBe(reason);
  });

  it('leaves after the longest holding, counted from the entry fill', () => {
    expect(decide({ close: '100', closeTime: ENTRY_TIME + 4 * HOUR - 1 })).toBeUndefined();
    expect(decide({ close: '100', closeTime: ENTRY_TIME + 4 * HOUR })).toBe('MAX_HOLDING');
  });

  it('names stop-loss, then take-profit, then holding time', () => {
    const late = ENTRY_TIME + 5 * HOUR;
    expect(decide({ close: '90', closeTime: late })).toBe('STOP_LOSS');
    expect(decide({ close: '110', closeTime: late })).toBe('TAKE_PROFIT');
    // Both at once can only be with limits of nothing: the stop goes first.
    const settings = { ...SETTINGS, stopLossRatio: ratio('0'), takeProfitRatio: ratio('0') };
    expect(decide({ close: '100', settings })).toBe('STOP_LOSS');
  });

  it('follows a demand to be flat before any price', () => {
    expect(decide({ close: '100', flatten: 'FLATTEN' })).toBe('FLATTEN');
    expect(decide({ close: '90', flatten: 'BREAKER' })).toBe('BREAKER');
  });

  it('has nothing to leave when nothing is held', () => {
    const position = { ...POSITION, quantity: quantity('0'), totalCost: money('0') };
    expect(
      decide({ close: '50', position, flatten: 'FLATTEN', closeTime: ENTRY_TIME + 9 * HOUR }),
    ).toBeUndefined();
    expect(tickStop({ position, price: price('50'), settings: SETTINGS })).toBeUndefined();
  });

  it('uses the exact average where a rounded one would be wrong', () => {
    // 100 / 3 = 33.333…; the stop at −2 % is 32.6666…
    const position = { ...POSITION, totalCost: money('100') };
    expect(decide({ close: '32.66666666', position })).toBe('STOP_LOSS');
    expect(decide({ close: '32.66666667', position })).toBeUndefined();
  });

  it('agrees with a division at 30 places away from the limits', () => {
    const amounts = fc
      .integer({ min: 1, max: 10 ** 9 })
      .map((value) => parseDecimal((value / 1_000).toFixed(3)));
    fc.assert(
      fc.property(amounts, amounts, amounts, (held, cost, close) => {
        const position = {
          quantity: quantity(formatDecimal(held)),
          totalCost: money(formatDecimal(cost)),
          entryTime: ENTRY_TIME,
        };
        const change = divide(multiply(close, held), cost, 30, 'floor');
        const reason = decideExit({
          position,
          close: asPrice(close),
          closeTime: ENTRY_TIME,
          settings: SETTINGS,
        });
        if (reason === 'STOP_LOSS') expect(atMost(change, parseDecimal('0.98'))).toBe(true);
        else expect(atLeast(change, parseDecimal('0.98'))).toBe(true);
        if (reason === 'TAKE_PROFIT') expect(atLeast(change, parseDecimal('1.04'))).toBe(true);
        else expect(atMost(change, parseDecimal('1.04'))).toBe(true);
      }),
      { seed: 10, numRuns: 500 },
    );
  });
});

describe('the protective stop on a tick', () => {
  it.each([
    ['98', 'STOP_LOSS'],
    ['98.01', undefined],
    ['200', undefined],
  ])('at %s says %s', (tick, reason) => {
    expect(tickStop({ position: POSITION, price: price(tick), settings: SETTINGS })).toBe(reason);
  });
});

describe('limit prices', () => {
  it.each([
    ['100', '0.01', '0.01', ['101', '99']],
    ['100.005', '0.01', '0.1', ['101', '99.1']],
    ['0.00001234', '0.01', '0.00000001', ['0.00001246', '0.00001222']],
    ['3', '0.001', '1', ['3', '3']],
  ])('around %s with %s and a tick of %s are %j', (reference, slippage, tick, expected) => {
    const limits = [
      collarPrice('BUY', price(reference), ratio(slippage), price(tick)),
      exitLimitPrice(price(reference), ratio(slippage), price(tick)),
    ];
    expect(limits.map(formatDecimal)).toEqual(expected);
  });

  it('of a sale is at least one tick, also when the collar reaches 100 %', () => {
    expect(formatDecimal(exitLimitPrice(price('5'), ratio('1'), price('0.01')))).toBe('0.01');
    expect(formatDecimal(exitLimitPrice(price('5'), ratio('2'), price('0.01')))).toBe('0.01');
  });

  it('never exceed the collar and are less than a tick from it', () => {
    const prices = fc.integer({ min: 1, max: 10 ** 9 }).map((value) => price((value / 10_000).toFixed(4)));
    const slippages = fc.integer({ min: 0, max: 9_000 }).map((value) => ratio((value / 10_000).toFixed(4)));
    const ticks = fc.constantFrom('0.0001', '0.01', '0.05', '1').map(price);
    fc.assert(
      fc.property(prices, slippages, ticks, (reference, slippage, tick) => {
        const scaled = (by: bigint) => ({
          units: reference.units * (100_000_000n + by),
          scale: reference.scale + 8,
        });
        const buy = collarPrice('BUY', reference, slippage, tick);
        expect(atMost(buy, scaled(slippage))).toBe(true);
        expect(atMost(scaled(slippage), add(buy, tick))).toBe(true);
        const sell = exitLimitPrice(reference, slippage, tick);
        expect(atLeast(sell, scaled(-BigInt(slippage)))).toBe(true);
        expect(atMost(sell, add(scaled(-BigInt(slippage)), tick))).toBe(true);
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});

describe('the collar of an exit', () => {
  const collar = (attempt: number, more: Partial<ExitCollarQuestion> = {}): string => {
    const result = exitCollar({
      reference: price('100'),
      maxSlippageRatio: ratio('0.01'),
      attempt,
      tickSize: price('0.01'),
      marketOrders: true,
      ...more,
    });
    return result.kind === 'MARKET' ? result.kind : `${result.kind} ${formatDecimal(result.limitPrice)}`;
  };

  it('widens 1×, 2×, 4×, and then leaves at any price', () => {
    expect([0, 1, 2, 3, 4, 50].map((attempt) => collar(attempt))).toEqual([
      'LIMIT_IOC 99',
      'LIMIT_IOC 98',
      'LIMIT_IOC 96',
      'MARKET',
      'MARKET',
      'MARKET',
    ]);
  });

  it('stays at 4× and calls for a person where the venue takes no MARKET order', () => {
    expect([2, 3, 9].map((attempt) => collar(attempt, { marketOrders: false }))).toEqual([
      'LIMIT_IOC 96',
      'ALERT 96',
      'ALERT 96',
    ]);
  });

  it('is a step wider on a stale price, never denied', () => {
    expect([0, 1, 2, 3].map((attempt) => collar(attempt, { stale: true }))).toEqual([
      'LIMIT_IOC 98',
      'LIMIT_IOC 96',
      'LIMIT_IOC 96',
      'MARKET',
    ]);
  });
});

describe('how much an exit sells', () => {
  const INSTRUMENT: Pick<Instrument, 'lotSize' | 'minQuantity' | 'minNotional'> = {
    lotSize: quantity('0.01'),
    minQuantity: quantity('0.02'),
    minNotional: money('5'),
  };
  const sell = (held: string, free: string): string => {
    const result = exitQuantity({
      position: { quantity: quantity(held) },
      freeBalance: quantity(free),
      instrument: INSTRUMENT,
      price: price('100'),
    });
    return `${result.kind} ${formatDecimal(result.kind === 'locked' ? result.free : result.quantity)}`;
  };

  it.each([
    ['1', '1', 'sell 1'],
    ['1.239', '5', 'sell 1.23'],
    ['1', '0.999', 'sell 0.99'],
    // 0.05 × 100 is the minimum notional.
    ['0.05', '0.05', 'sell 0.05'],
    ['0.0499', '0.0499', 'dust 0.0499'],
    ['0.009', '9', 'dust 0.009'],
    // A position that could be sold is never booked away because its balance is elsewhere.
    ['1', '0', 'locked 0'],
    ['1', '0.04', 'locked 0.04'],
  ])('of %s held and %s free: %s', (held, free, expected) => {
    expect(sell(held, free)).toBe(expected);
  });

  it('below the smallest quantity is dust whatever it is worth', () => {
    const result = exitQuantity({
      position: { quantity: quantity('0.019') },
      freeBalance: quantity('1'),
      instrument: INSTRUMENT,
      price: price('1000000'),
    });
    expect(result.kind).toBe('dust');
  });

  it('is a multiple of the lot, within both balances, and leaves less than a lot of the smaller', () => {
    const amounts = fc.integer({ min: 1, max: 10 ** 7 }).map((value) => quantity((value / 1_000).toFixed(3)));
    fc.assert(
      fc.property(amounts, amounts, (held, free) => {
        const result = exitQuantity({
          position: { quantity: held },
          freeBalance: free,
          instrument: INSTRUMENT,
          price: price('100'),
        });
        if (result.kind !== 'sell') return;
        const smaller = atMost(held, free) ? held : free;
        const lots = divide(result.quantity, INSTRUMENT.lotSize, 0, 'floor');
        expect(equals(multiply(lots, INSTRUMENT.lotSize), result.quantity)).toBe(true);
        expect(atMost(result.quantity, smaller)).toBe(true);
        expect(atMost(smaller, add(result.quantity, INSTRUMENT.lotSize))).toBe(true);
        expect(atLeast(notional(price('100'), result.quantity), INSTRUMENT.minNotional)).toBe(true);
      }),
      { seed: 12, numRuns: 300 },
    );
  });
});
