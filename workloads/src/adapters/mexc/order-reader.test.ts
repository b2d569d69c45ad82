import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDecimal } from '../../domain/money/decimal.ts';
import { readDealPush, readOpenOrderRow, readOrderPush, readOrderRow, readTradeRow } from './order-reader.ts';
import type { PrivateDealBody, PrivateOrderBody } from './wire/push-frame.ts';
import { orderRow, tradeRow } from './wire/rest-fields.ts';
import { WireError } from './wire/wire-error.ts';

const row = (status: string, executedQty: string) =>
  orderRow.parse({
    symbol: 'BTCUSDT',
    orderId: 'C02__1',
    clientOrderId: 'ours',
    status,
    executedQty,
    side: 'SELL',
  });

const pushed = (status: number, cumulativeQuantity: string) =>
  readOrderPush(
    'BTCUSDT',
    { id: 'C02__1', clientId: 'ours', status, cumulativeQuantity } as PrivateOrderBody,
    7,
  );

const TERMINAL = new Set(['FILLED', 'CANCELED', 'PARTIALLY_CANCELED', 'REJECTED']);

describe('orders as the venue tells them', () => {
  it.each([
    ['NEW', '0', 'WORKING'],
    ['NEW', '0.1', 'PARTIALLY_FILLED'],
    ['PARTIALLY_FILLED', '0.1', 'PARTIALLY_FILLED'],
    ['FILLED', '1', 'FILLED'],
    ['CANCELED', '0', 'CANCELED'],
    ['CANCELED', '0.1', 'PARTIALLY_CANCELED'],
    ['PARTIALLY_CANCELED', '0.1', 'PARTIALLY_CANCELED'],
    ['PENDING', '0', 'WORKING'],
    ['PENDING_CANCEL', '0.1', 'PARTIALLY_FILLED'],
    ['REJECTED', '0', 'REJECTED'],
    ['EXPIRED', '0', 'CANCELED'],
  ])('reads %s with %s filled as %s', (status, filled, expected) => {
    expect(readOrderRow(row(status, filled)).status).toBe(expected);
  });

  it.each([
    [1, '', 'WORKING'],
    [2, '1', 'FILLED'],
    [3, '0.5', 'PARTIALLY_FILLED'],
    [4, '', 'CANCELED'],
    [5, '0.5', 'PARTIALLY_CANCELED'],
    [0, '0.5', undefined],
    [9, '0.5', undefined],
  ])('reads the pushed status %i with %j filled as %s', (status, filled, expected) => {
    expect(pushed(status, filled)?.status).toBe(expected);
  });

  it('calls an order terminal only when the venue clearly does', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('0', '1'), (status, filled) => {
        fc.pre(!['FILLED', 'CANCELED', 'PARTIALLY_CANCELED', 'REJECTED', 'EXPIRED'].includes(status));
        expect(TERMINAL.has(readOpenOrderRow(row(status, filled)).status)).toBe(false);
        try {
          expect(TERMINAL.has(readOrderRow(row(status, filled)).status)).toBe(false);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { seed: 91 },
    );
    expect(() => readOrderRow(row('toString', '0'))).toThrow(WireError);
  });

  it('takes the base quantity of a pushed trade, not its quote amount', () => {
    const body = {
      price: '100',
      quantity: '0.5',
      amount: '50',
      tradeType: 2,
      tradeId: 't',
      feeAmount: '',
    } as PrivateDealBody;
    const fill = readDealPush('BTC_USDT', body, 'ours');
    expect(fill).toMatchObject({ symbol: 'BTCUSDT', side: 'SELL', liquidity: 'TAKER', orderId: 'ours' });
    expect([fill.quantity, fill.feeAmount].map(formatDecimal)).toEqual(['0.5', '0']);
  });

  it('answers any fields of a push or row with a sound value or a typed error', () => {
    const amount = fc.oneof(fc.string(), fc.constantFrom('0', '-1', '1', '0.5', '1e-7', 'NaN'));
    const body = fc.record({
      price: amount,
      quantity: amount,
      amount,
      tradeType: fc.integer({ min: -1, max: 3 }),
      isMaker: fc.boolean(),
      isSelfTrade: fc.boolean(),
      tradeId: fc.string(),
      clientOrderId: fc.string(),
      orderId: fc.string(),
      feeAmount: amount,
      feeCurrency: fc.string(),
      time: fc.nat(),
    });
    const trade = fc.record({ price: amount, qty: amount, commission: amount, isBuyer: fc.boolean() });
    const sound = (
      read: () => {
        readonly price: { readonly units: bigint };
        readonly quantity: { readonly units: bigint };
      },
    ) => {
      try {
        const { price, quantity } = read();
        return price.units > 0n && quantity.units > 0n;
      } catch (error) {
        return error instanceof WireError;
      }
    };
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constant('BTCUSDT')), body, trade, (symbol, deal, fields) => {
        const parsed = tradeRow.parse({ symbol, id: '1', orderId: '2', time: 3, isMaker: true, ...fields });
        return sound(() => readDealPush(symbol, deal, 'x')) && sound(() => readTradeRow(parsed, 'x'));
      }),
      { seed: 92, numRuns: 1_000 },
    );
  });
});
