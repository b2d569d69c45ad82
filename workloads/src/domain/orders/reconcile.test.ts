import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asQuantity, money, price, quantity } from '../money/amounts.ts';
import { formatDecimal } from '../money/decimal.ts';
import { isWithinCollar } from './collar.ts';
import { orderId, orderIdPrefix, purposeOfOrderId } from './client-id.ts';
import type { Order } from './order.ts';
import { compareOrders, findDeficits, openingBalances } from './reconcile.ts';

const PREFIX = orderIdPrefix('account', 'bot');
const own = (subject: string): string => orderId({ prefix: PREFIX, subject, purpose: 'ENTRY', attempt: 0 });
const booked = (subject: string, changes: Partial<Order> = {}): Order =>
  ({ orderId: own(subject), state: 'WORKING', filledQuantity: quantity('0'), ...changes }) as Order;
const listed = (id: string, filled = '0') => ({
  orderId: id,
  venueOrderId: `v-${id}`,
  symbol: 'BTCUSDT',
  filledQuantity: quantity(filled),
});

describe('orders of ledger and venue', () => {
  it('agree when every working order is listed with the fills that are booked', () => {
    const result = compareOrders([booked('a')], [listed(own('a'))], PREFIX);
    expect(result).toEqual({ differing: [], unexpected: [], foreign: [] });
  });

  it('differ when one is not listed, is listed with other fills, or is in doubt', () => {
    const orders = [booked('gone'), booked('filled'), booked('doubt', { state: 'UNKNOWN' })];
    const { differing } = compareOrders(orders, [listed(own('filled'), '1'), listed(own('doubt'))], PREFIX);
    expect(differing).toEqual(orders);
  });

  it('tell our unknown orders from those of others', () => {
    const { unexpected, foreign } = compareOrders(
      [],
      [listed(own('x')), listed('somebody'), listed('')],
      PREFIX,
    );
    expect(unexpected.map((order) => order.orderId)).toEqual([own('x')]);
    expect(foreign.map((order) => order.orderId)).toEqual(['somebody', '']);
  });

  it('name their purpose by their id, and nothing for somebody else’s', () => {
    const exit = orderId({ prefix: PREFIX, subject: 's', purpose: 'EXIT', attempt: 12 });
    expect([own('a'), exit, 'somebody', ''].map((id) => purposeOfOrderId(PREFIX, id))).toEqual([
      'ENTRY',
      'EXIT',
      undefined,
      undefined,
    ]);
  });
});

describe('balances', () => {
  const question = (free: string, changes: Partial<Parameters<typeof findDeficits>[0]> = {}) => ({
    quote: 'USDT',
    capital: money('1000'),
    cash: money('900'),
    held: new Map([['BTC', quantity('1')]]),
    opening: new Map([
      ['BTC', quantity('2')],
      ['USDT', quantity('5000')],
    ]),
    balances: [
      { asset: 'BTC', free: quantity(free), locked: quantity('0.5') },
      { asset: 'USDT', free: quantity('4900'), locked: quantity('0') },
    ],
    ...changes,
  });

  it('are enough when the account holds the opening balance and what the bot holds, or more', () => {
    expect(findDeficits(question('2.5'))).toEqual([]);
    expect(findDeficits(question('100'))).toEqual([]);
  });

  it('are a deficit when somebody sold of it', () => {
    expect(
      findDeficits(question('2.4')).map(({ asset, expected, total }) => [
        asset,
        formatDecimal(expected),
        formatDecimal(total),
      ]),
    ).toEqual([['BTC', '3', '2.9']]);
  });

  it('are no concern of the bot where it holds nothing', () => {
    expect(findDeficits(question('0', { held: new Map() }))).toEqual([]);
  });

  it('must cover the cash of the bot, not the rest of the account', () => {
    const withQuote = (free: string) => [
      { asset: 'BTC', free: quantity('3'), locked: quantity('0') },
      { asset: 'USDT', free: quantity(free), locked: quantity('0') },
    ];
    expect(findDeficits(question('3', { balances: withQuote('900') }))).toEqual([]);
    expect(findDeficits(question('3', { balances: withQuote('899') })).map(({ asset }) => asset)).toEqual([
      'USDT',
    ]);
  });

  it('never show a deficit right after the opening balance was recorded', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 12n }).map((units) => asQuantity({ units, scale: 6 }));
    fc.assert(
      fc.property(amount, amount, amount, (free, locked, extra) => {
        const total = { units: free.units + locked.units, scale: 6 };
        const held = new Map([['BTC', asQuantity({ units: extra.units % (total.units + 1n), scale: 6 })]]);
        const balances = [{ asset: 'BTC', free, locked }];
        const opening = new Map(openingBalances({ balances, held }).map((one) => [one.asset, one.amount]));
        return findDeficits(question('0', { held, opening, balances, cash: money('0') })).length === 0;
      }),
    );
  });
});

describe('the collar at the newest price', () => {
  const order = { limitPrice: price('101'), referencePrice: price('100') };
  it.each([
    ['101', true],
    ['99', true],
    ['101.01', false],
    ['98.99', false],
  ])('at %s lets an order out: %s', (mark, expected) => {
    expect(isWithinCollar(order, price(mark))).toBe(expected);
  });

  it('holds back an order whose price nobody knows', () => {
    expect(isWithinCollar(order, undefined)).toBe(false);
  });
});
