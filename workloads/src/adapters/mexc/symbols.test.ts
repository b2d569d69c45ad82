import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normalizeSymbol, withUnderscore } from './symbols.ts';
import { WireError } from './wire/wire-error.ts';

describe('symbols', () => {
  it.each(['BTCUSDT', 'BTC_USDT', 'btc_usdt', 'BTC/USDT', 'btc-usdt'])('reads %s as BTCUSDT', (text) => {
    expect(normalizeSymbol(text)).toBe('BTCUSDT');
  });

  it('keeps symbols of other scripts', () => {
    expect(normalizeSymbol('龙虾USDT')).toBe('龙虾USDT');
    expect(withUnderscore('龙虾USDT', 'USDT')).toBe('龙虾_USDT');
  });

  it.each(['', 'B', 'BTC USDT', 'A,B', 'X@Min1', 'A&b=1', '__', 'A_B_C', 'x'.repeat(41), 'A\nB'])(
    'refuses %j',
    (text) => {
      expect(() => normalizeSymbol(text)).toThrow(WireError);
    },
  );

  it('gives a symbol with an underscore back unchanged', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Z0-9]{1,20}$/),
        fc.constantFrom('USDT', 'USDC', 'BTC'),
        (base, quote) => {
          expect(normalizeSymbol(withUnderscore(`${base}${quote}`, quote))).toBe(`${base}${quote}`);
        },
      ),
      { seed: 46 },
    );
  });

  it('refuses an underscore where the quote asset does not end the symbol', () => {
    expect(() => withUnderscore('BTCUSDT', 'USDC')).toThrow('BTCUSDT is not a symbol quoted in USDC');
    expect(() => withUnderscore('USDT', 'USDT')).toThrow(WireError);
  });
});
