import type { z } from 'zod';
import { amount, fields, integer, LARGEST_AMOUNT, list, text } from './fields.ts';

const symbol = (description: string): z.ZodString =>
  text(description, {
    pattern: /^[A-Z0-9]+$/,
    max: 24,
    must: 'a symbol in upper case without separator, such as BTCUSDT',
  });

/** The most symbols one bot watches; metrics and journals are sized for it. */
export const MAX_SYMBOLS = 200;

/** What the bot watches and trades. */
export const universe = fields('What the bot watches and trades: `symbols`, `topMovers` or both.', {
  quote: text(
    'The one asset all symbols are priced in; every absolute amount of this file is in it. Cannot be changed later.',
    { pattern: /^[A-Z0-9]+$/, max: 12, must: 'an asset in upper case, such as USDT' },
  ),
  symbols: list('Symbols that are always watched.', symbol('A symbol, ending with the quote asset.'), {
    max: MAX_SYMBOLS,
  }).default([]),
  topMovers: fields(
    'Also watch the symbols that moved most over the look-back, gainers and losers, found anew once an interval. One that came stays for a look-back at least, and a symbol with a position or a working order is never dropped.',
    {
      count: integer('How many symbols.', 1, MAX_SYMBOLS),
      minQuoteVolume: amount(
        'Only symbols that traded at least this much in the last 24 hours, in the quote asset.',
        { atLeast: '0', atMost: LARGEST_AMOUNT },
      ).exactOptional(),
    },
  ).exactOptional(),
  deny: list(
    'Symbols never traded, whatever the top movers are.',
    symbol('A symbol, ending with the quote asset.'),
    {
      max: 500,
    },
  ).default([]),
  maxSymbolsPerConnection: integer(
    'How many symbols share one WebSocket connection. MEXC allows 30 subscriptions a connection.',
    1,
    30,
  ).default(30),
});
