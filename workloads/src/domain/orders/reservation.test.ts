import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOW } from '../../../test/domain/entry-fixture.ts';
import {
  ONE_RATIO,
  asMoney,
  asPrice,
  asQuantity,
  asRatio,
  money,
  notional,
  price,
  quantity,
  ratio,
} from '../money/amounts.ts';
import { atLeast, atMost, compare, decimal, multiply, parseDecimal, subtract } from '../money/decimal.ts';
import { collarPrice } from './collar.ts';
import { openOrder } from './order-machine.ts';
import type { Order } from './order.ts';
import {
  joinReserved,
  type OrderReservation,
  purchaseCost,
  reservationOf,
  sumReservations,
} from './reservation.ts';

const TERMS = { feeRatio: ratio('0.001'), marketCollarRatio: ratio('0.01') };
const order = (change: Partial<Order> = {}): Order => ({
  ...openOrder(
    {
      orderId: 'o1',
      account: 'paper:momentum',
      symbol: 'BTCUSDT',
      side: 'BUY',
      purpose: 'ENTRY',
      type: 'LIMIT_IOC',
      quantity: quantity('10'),
      limitPrice: price('101'),
      referencePrice: price('100'),
      verdictId: 'v1',
      attempt: 0,
      decidedTime: NOW,
    },
    NOW,
  ),
  ...change,
});

describe('what an order reserves', () => {
  it('is collar × remaining × (1 + fee) for a purchase', () => {
    expect(reservationOf(order(), TERMS).quote).toEqual(money('1011.01'));
    expect(reservationOf(order({ filledQuantity: quantity('4') }), TERMS).quote).toEqual(money('606.606'));
  });

  it('is the remaining quantity for a sale', () => {
    expect(reservationOf(order({ side: 'SELL', filledQuantity: quantity('4') }), TERMS)).toEqual({
      orderId: 'o1',
      symbol: 'BTCUSDT',
      side: 'SELL',
      quote: money('0'),
      quantity: quantity('6'),
    });
  });

  it('takes a MARKET order to trade at the collar from its reference', () => {
    const { limitPrice, ...market } = order({ type: 'MARKET' });
    expect(limitPrice).toEqual(price('101'));
    expect(reservationOf(market, TERMS).quote).toEqual(money('1011.01'));
  });

  it('is kept in every open state and gone in every terminal one', () => {
    for (const state of ['NEW', 'APPROVED', 'SUBMITTING', 'WORKING', 'UNKNOWN', 'CANCEL_PENDING'] as const) {
      expect(reservationOf(order({ state }), TERMS).quote).toEqual(money('1011.01'));
    }
    for (const state of ['CANCELED', 'PARTIALLY_CANCELED', 'REJECTED', 'EXPIRED'] as const) {
      expect(reservationOf(order({ state }), TERMS)).toMatchObject({ quote: money('0') });
      expect(reservationOf(order({ state, side: 'SELL' }), TERMS)).toMatchObject({ quantity: quantity('0') });
    }
  });

  it('is rounded up at eight places', () => {
    const tiny = { limitPrice: price('0.00000001'), referencePrice: price('0.00000001') };
    expect(purchaseCost(tiny, quantity('1'), TERMS)).toEqual(money('0.00000002'));
    expect(purchaseCost(tiny, quantity('1'), { ...TERMS, feeRatio: asRatio(0n) })).toEqual(
      money('0.00000001'),
    );
  });

  it('covers every way the order can be filled within its collar', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        (ticks, lots, below, fee) => {
          const limitPrice = asPrice(decimal(BigInt(ticks), 4));
          const amount = asQuantity(decimal(BigInt(lots), 6));
          const paid = asPrice(decimal(BigInt(Math.max(1, ticks - below)), 4));
          const feeRatio = asRatio(BigInt(fee));
          const cost = multiply(notional(paid, amount), decimal(ONE_RATIO + feeRatio, 8));
          const reserved = purchaseCost({ limitPrice, referencePrice: limitPrice }, amount, {
            ...TERMS,
            feeRatio,
          });
          expect(atLeast(reserved, cost)).toBe(true);
        },
      ),
      { seed: 12, numRuns: 1_000 },
    );
  });
});

const reservations: fc.Arbitrary<readonly OrderReservation[]> = fc
  .array(
    fc.record({
      symbol: fc.constantFrom('AUSDT', 'BUSDT', 'CUSDT'),
      side: fc.constantFrom<'BUY' | 'SELL'>('BUY', 'SELL'),
      units: fc.integer({ min: 1, max: 1_000_000 }),
    }),
    { maxLength: 20 },
  )
  .map((drawn) =>
    drawn.map(({ symbol, side, units }, index) => ({
      orderId: `o${index}`,
      symbol,
      side,
      quote: side === 'BUY' ? asMoney(decimal(BigInt(units), 8)) : money('0'),
      quantity: side === 'SELL' ? asQuantity(decimal(BigInt(units), 6)) : quantity('0'),
    })),
  );

describe('sums of reservations', () => {
  it('are the same in any order, and what the symbols hold together', () => {
    fc.assert(
      fc.property(
        reservations.chain((held) =>
          fc.tuple(fc.constant(held), fc.shuffledSubarray([...held], { minLength: held.length })),
        ),
        ([held, shuffled]) => {
          const sum = sumReservations(held);
          const bySymbol = [...sum.buys.values()].reduce(
            (total, amount) => total + amount.units * 10n ** BigInt(8 - amount.scale),
            0n,
          );
          expect(compare(sum.quote, decimal(bySymbol, 8))).toBe(0);
          expect(sumReservations(shuffled)).toEqual(sum);
        },
      ),
      { seed: 13, numRuns: 500 },
    );
  });

  it('are the same when they are made in parts', () => {
    fc.assert(
      fc.property(reservations, fc.array(fc.nat(3), { minLength: 20, maxLength: 20 }), (held, part) => {
        const parts = [0, 1, 2, 3].map((one) =>
          sumReservations(held.filter((_, index) => part[index] === one)),
        );
        expect(joinReserved(parts)).toEqual(sumReservations(held));
      }),
      { seed: 14, numRuns: 500 },
    );
  });

  it('add up by symbol and side', () => {
    const buy = reservationOf(order(), TERMS);
    const sell = { ...reservationOf(order({ side: 'SELL' }), TERMS), orderId: 'o2' };
    expect(sumReservations([buy, sell, { ...buy, orderId: 'o3' }])).toEqual({
      quote: money('2022.02'),
      buys: new Map([['BTCUSDT', money('2022.02')]]),
      sells: new Map([['BTCUSDT', quantity('10')]]),
    });
  });
});

describe('the collar of an order', () => {
  it('is rounded to the tick on the near side', () => {
    expect(collarPrice('BUY', price('100.05'), ratio('0.01'), price('0.1'))).toEqual(price('101'));
    expect(collarPrice('SELL', price('100.05'), ratio('0.01'), price('0.1'))).toEqual(price('99.1'));
  });

  it('is never further away than its ratio', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000, max: 9_999_999 }),
        fc.integer({ min: 0, max: 50_000_000 }),
        (cents, units) => {
          const reference = asPrice(decimal(BigInt(cents), 2));
          const away = multiply(reference, decimal(BigInt(units), 8));
          const up = collarPrice('BUY', reference, asRatio(BigInt(units)), price('0.05'));
          const down = collarPrice('SELL', reference, asRatio(BigInt(units)), price('0.05'));
          expect(atMost(subtract(up, reference), away)).toBe(true);
          expect(atMost(subtract(reference, down), away)).toBe(true);
          expect(atLeast(up, subtract(reference, parseDecimal('0.05')))).toBe(true);
        },
      ),
      { seed: 14, numRuns: 500 },
    );
  });
});
