import { describe, expect, it } from '@jest/globals';
import { money, price, quantity } from '../../domain/money/amounts.ts';
import { formatDecimal } from '../../domain/money/decimal.ts';
import { rehearsalOrder } from './rehearsal.ts';

const instrument = {
  symbol: 'BTCUSDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: price('0.01'),
  lotSize: quantity('0.0001'),
  minQuantity: quantity('0.00001'),
  minNotional: money('1'),
  tradable: true,
  marketOrders: true,
};
const by = { account: 'mexc:main', bot: 'momentum', now: 1_000 };

describe('the order of a rehearsal', () => {
  it('is on the steps of its symbol, and twice what the venue takes at least', () => {
    const order = rehearsalOrder(instrument, price('64000.017'), by);
    expect([formatDecimal(order.limitPrice!), formatDecimal(order.quantity)]).toEqual(['64000.01', '0.0001']);
    const dear = rehearsalOrder({ ...instrument, minNotional: money('10') }, price('64000.017'), by);
    expect(formatDecimal(dear.quantity)).toBe('0.0004');
    const coarse = rehearsalOrder({ ...instrument, minQuantity: quantity('5') }, price('64000'), by);
    expect(formatDecimal(coarse.quantity)).toBe('10');
  });

  it('has an id of its own each time, and the bot’s prefix', () => {
    const ids = [1_000, 2_000].map((now) => rehearsalOrder(instrument, price('1'), { ...by, now }).orderId);
    expect(new Set(ids).size).toBe(2);
  });
});
