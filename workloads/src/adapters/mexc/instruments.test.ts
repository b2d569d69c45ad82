import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDecimal } from '../../domain/money/decimal.ts';
import { readInstrument } from './instruments.ts';
import { readDecimal } from './venue-decimal.ts';
import { WireError } from './wire/wire-error.ts';

/** As documented for BTCUSDT. */
const BTCUSDT = {
  symbol: 'BTCUSDT',
  status: '1',
  baseAsset: 'BTC',
  baseAssetPrecision: 8,
  quoteAsset: 'USDT',
  quotePrecision: 2,
  quoteAssetPrecision: 2,
  orderTypes: ['LIMIT', 'MARKET', 'LIMIT_MAKER'],
  isSpotTradingAllowed: true,
  permissions: ['SPOT'],
  quoteAmountPrecision: '1',
  baseSizePrecision: '0.000001',
  maxQuoteAmount: '4000000',
  makerCommission: '0',
  takerCommission: '0.0005',
  quoteAmountPrecisionMarket: '1',
  maxQuoteAmountMarket: '2000000',
  tradeSideType: 1,
  st: false,
};

describe('instruments', () => {
  it('reads minimums as minimums and digit counts as steps', () => {
    const { tickSize, lotSize, minQuantity, minNotional, maxNotional, ...rest } = readInstrument(BTCUSDT);
    expect([tickSize, lotSize, minQuantity, minNotional].map(formatDecimal)).toEqual([
      '0.01',
      '0.00000001',
      '0.000001',
      '1',
    ]);
    expect(maxNotional && formatDecimal(maxNotional)).toBe('2000000');
    expect(rest).toEqual({
      symbol: 'BTCUSDT',
      base: 'BTC',
      quote: 'USDT',
      takerFeeRatio: 50_000n,
      makerFeeRatio: 0n,
      tradable: true,
      marketOrders: true,
    });
  });

  it('takes a minimum quantity of zero and the status word of older answers', () => {
    const instrument = readInstrument({
      ...BTCUSDT,
      baseSizePrecision: '0',
      status: 'ENABLED',
      tradeSideType: '1',
    });
    expect(formatDecimal(instrument.minQuantity)).toBe('0');
    expect(instrument.tradable).toBe(true);
  });

  it.each([
    ['paused', { status: '2' }],
    ['offline', { status: '3' }],
    ['closed to the API although online', { isSpotTradingAllowed: false }],
    ['buy only', { tradeSideType: 2 }],
    ['sell only', { tradeSideType: '3' }],
    ['closed', { tradeSideType: 4 }],
    ['without the spot permission', { permissions: ['MARGIN'] }],
  ])('is not tradable when %s', (_name, change) => {
    expect(readInstrument({ ...BTCUSDT, ...change }).tradable).toBe(false);
  });

  it('knows a symbol without market orders and one of another script', () => {
    const instrument = readInstrument({ ...BTCUSDT, symbol: '龙虾USDT', orderTypes: ['LIMIT'] });
    expect(instrument).toMatchObject({ symbol: '龙虾USDT', marketOrders: false });
  });

  it.each([
    ['no symbol', { symbol: undefined }],
    ['a symbol that could break out of a query', { symbol: 'A&B=1' }],
    ['a precision that is no count', { quotePrecision: -1 }],
    ['an absurd precision', { baseAssetPrecision: 99 }],
    ['a minimum that is no number', { quoteAmountPrecision: 'x' }],
  ])('refuses %s with a typed error', (_name, change) => {
    expect(() => readInstrument({ ...BTCUSDT, ...change })).toThrow(WireError);
  });

  it('answers any JSON value with an instrument or a typed error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.record({ ...Object.fromEntries(Object.keys(BTCUSDT).map((key) => [key, fc.jsonValue()])) }),
          fc
            .tuple(fc.constantFrom(...Object.keys(BTCUSDT)), fc.jsonValue())
            .map(([key, value]) => ({ ...BTCUSDT, [key]: value })),
        ),
        (row) => {
          try {
            return readInstrument(row).symbol.length > 0;
          } catch (error) {
            return error instanceof WireError;
          }
        },
      ),
      { seed: 53, numRuns: 2_000 },
    );
  });
});

describe('amounts of the venue', () => {
  it.each([
    ['1e-7', '0.0000001'],
    ['1.25E+2', '125'],
    ['-3e0', '-3'],
    ['00012.50', '12.5'],
  ])('reads %s as %s', (text, expected) => {
    expect(formatDecimal(readDecimal(text))).toBe(expected);
  });

  it.each(['', ' 1', '1e99', '1e-40', 'NaN', 'Infinity', '1,5', '0x10', '١'])('refuses %j', (text) => {
    expect(() => readDecimal(text)).toThrow(WireError);
  });

  it('reads every float that JSON can write as the same number', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e15, max: 1e15, noNaN: true }), (value) => {
        fc.pre(value === 0 || Math.abs(value) > 1e-15);
        expect(Number(formatDecimal(readDecimal(String(value))))).toBe(value === 0 ? 0 : value);
      }),
      { seed: 54 },
    );
  });
});
