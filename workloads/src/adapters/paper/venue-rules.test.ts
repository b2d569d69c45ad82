import { describe, expect, it } from '@jest/globals';
import { makeExit, makeInstrument, makeIntent, makeMarketIntent } from '../../../test/replay/paper-market.ts';
import { money, price, quantity } from '../../domain/money/amounts.ts';
import { refuseOrder } from './venue-rules.ts';

describe('refuseOrder', () => {
  it('takes an order that keeps the rules of the instrument', () => {
    expect(refuseOrder(makeIntent(), makeInstrument())).toBeUndefined();
    expect(refuseOrder(makeExit(), makeInstrument())).toBeUndefined();
  });

  const market = makeMarketIntent();
  it.each([
    ['UNKNOWN_SYMBOL', makeIntent(), undefined, /BTCUSDT is not traded/],
    ['NOT_TRADABLE', makeIntent(), makeInstrument({ tradable: false }), /closed/],
    ['MARKET_NOT_ALLOWED', market, makeInstrument({ marketOrders: false }), /MARKET/],
    ['PRICE_MISSING', { ...market, type: 'LIMIT' as const }, makeInstrument(), /limit price/],
    ['PRICE_TICK', makeIntent({ limitPrice: price('100.001') }), makeInstrument(), /was 100.001.*of 0.01/],
    ['QUANTITY_LOT', makeIntent({ quantity: quantity('1.0005') }), makeInstrument(), /was 1.0005.*of 0.001/],
    ['MIN_QUANTITY', makeIntent({ quantity: quantity('0') }), makeInstrument(), /was 0, at least 0.001/],
    ['MIN_NOTIONAL', makeIntent({ quantity: quantity('0.049') }), makeInstrument(), /was 4.949, at least 5/],
    ['MAX_NOTIONAL', makeIntent(), makeInstrument({ maxNotional: money('100') }), /was 101, at most 100/],
  ])('refuses with %s', (code, order, instrument, text) => {
    const rejection = refuseOrder(order, instrument);
    expect(rejection?.code).toBe(code);
    expect(rejection?.message).toMatch(text);
  });

  it('counts an order of exactly the limits as within', () => {
    const instrument = makeInstrument({ minNotional: money('101'), maxNotional: money('101') });
    expect(refuseOrder(makeIntent(), instrument)).toBeUndefined();
  });
});
