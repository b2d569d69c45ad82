import { INTERVAL_NAMES } from '../text-forms.ts';
import { amount, choice, duration, fields, LARGEST_AMOUNT, percentage } from './fields.ts';

/** When to enter, and the two exits that belong to the strategy (the third, the stop-loss, is `risk.stopLoss`). */
export const strategy = fields('What the bot trades on.', {
  momentum: fields(
    'Buys a symbol whose closed candles rose by `threshold` over `lookback`; sells at `takeProfit`, after `maxHolding`, or at `risk.stopLoss`.',
    {
      threshold: percentage('The rise over the look-back that makes a signal.', {
        atLeast: '0.01%',
        atMost: '100%',
      }).default('3%'),
      lookback: duration('The window of the rise; a whole multiple of `interval`, at most 1000 of them.', {
        atLeast: '1m',
        atMost: '24000h',
      }).default('15m'),
      interval: choice(
        'The length of one candle. Decisions are made when a candle is closed.',
        INTERVAL_NAMES,
      ).default('1m'),
      minQuoteVolume: amount(
        'The least quote volume summed over the look-back, in the quote asset; "0" asks for none.',
        { atLeast: '0', atMost: LARGEST_AMOUNT },
      ).exactOptional(),
      cooldown: duration('How long a symbol waits after an entry before the next one.', {
        atLeast: '0s',
        atMost: '720h',
      }).default('15m'),
      takeProfit: percentage('The gain on the average entry price at which a position is sold.', {
        atLeast: '0.01%',
        atMost: '999%',
      }).default('4%'),
      maxHolding: duration('How long a position is held at most; at least one `interval`.', {
        atLeast: '1m',
        atMost: '24000h',
      }).default('4h'),
    },
  ),
});
