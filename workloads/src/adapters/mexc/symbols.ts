import type { TradingSymbol } from '../../domain/market/candle.ts';
import { WireError } from './wire/wire-error.ts';

/** Letters and digits of any script: MEXC lists symbols such as 龙虾USDT. No separator of ours or of a channel name. */
const SYMBOL = /^[\p{L}\p{N}]{2,40}$/u;
const SEPARATOR = /[_/-]/;

/**
 * The one spelling of a symbol: `btc_usdt`, `BTC/USDT` and `BTCUSDT` are all `BTCUSDT`.
 * @throws WireError SYMBOL_INVALID for anything that could break out of a query or a channel name
 */
export function normalizeSymbol(text: string): TradingSymbol {
  const symbol = text.replace(SEPARATOR, '').toUpperCase();
  if (SYMBOL.test(symbol)) return symbol;
  throw new WireError(
    'SYMBOL_INVALID',
    `a symbol is 2 to 40 letters and digits with at most one of _ / - inside: was ${JSON.stringify(text.slice(0, 60))}`,
  );
}

/**
 * The form with an underscore that futures use, `BTC_USDT`.
 * @throws WireError SYMBOL_INVALID when the symbol does not end in the quote asset
 */
export function withUnderscore(symbol: TradingSymbol, quote: string): string {
  const base = symbol.slice(0, -quote.length);
  if (quote !== '' && base !== '' && symbol.endsWith(quote)) return `${base}_${quote}`;
  throw new WireError('SYMBOL_INVALID', `${symbol} is not a symbol quoted in ${quote}`);
}
