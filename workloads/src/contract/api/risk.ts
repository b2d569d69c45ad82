import { amount, choice, duration, fields, integer, LARGEST_AMOUNT, percentage } from './fields.ts';

/** Amounts that must not be zero start at the smallest step of a ratio. */
const SMALLEST_AMOUNT = '0.00000001';

/**
 * One field a check of the risk manager. No field has a schema default: a value comes from the spec, else from the
 * profile, else from the defaults (`profiles.ts`), and `status.effectiveLimits` says which. The upper ends of the ranges
 * are the original system's; stricter values than its lower ends are accepted.
 */
export const risk = fields(
  'What the bot may lose, hold and send. Limits left out come from the profile or from the defaults; `status.effectiveLimits` and `claire validate` show the values in force with their source.',
  {
    profile: choice('The set of values for limits that are left out.', [
      'conservative',
      'balanced',
      'aggressive',
    ]).default('balanced'),
    capital: amount(
      'What the bot may work with, in the quote asset. Percentages are of min(capital, equity).',
      {
        atLeast: SMALLEST_AMOUNT,
        atMost: LARGEST_AMOUNT,
      },
    ).exactOptional(),
    maxDailyDrawdown: percentage(
      "The fall of equity from the UTC day's highest that trips the breaker. A tripped breaker stays until a person resets it.",
      { atLeast: '0.1%', atMost: '20%' },
    ).exactOptional(),
    onBreaker: choice(
      'What a tripped drawdown breaker does: no more entries (`ReduceOnly`), cancel everything and stand still (`Halt`), or sell all positions (`Flatten`).',
      ['ReduceOnly', 'Halt', 'Flatten'],
    ).exactOptional(),
    maxExposure: percentage('Positions and working entries of all symbols together.', {
      atLeast: '0.1%',
      atMost: '100%',
    }).exactOptional(),
    maxPosition: percentage(
      'One symbol. Sizes entries (times the confidence of the signal) and trims them.',
      {
        atLeast: '0.1%',
        atMost: '25%',
      },
    ).exactOptional(),
    maxOpenPositions: integer('Symbols held at the same time.', 1, 200).exactOptional(),
    stopLoss: percentage('The loss on the average entry price at which a position is sold.', {
      atLeast: '0.1%',
      atMost: '10%',
    }).exactOptional(),
    maxSlippage: percentage(
      'How far from the reference price an order may trade: the collar of its limit price.',
      {
        atLeast: '0.01%',
        atMost: '5%',
      },
    ).exactOptional(),
    maxPriceMove: percentage('How far the price may have moved within `priceWindow` for an entry.', {
      atLeast: '0.1%',
      atMost: '100%',
    }).exactOptional(),
    priceWindow: duration('The window of `maxPriceMove`; at least one candle interval.', {
      atLeast: '1m',
      atMost: '24h',
    }).exactOptional(),
    maxSpreadMultiple: integer(
      "The spread against the symbol's average of 24 hours, as a multiple.",
      2,
      10,
    ).exactOptional(),
    maxVolatilityMultiple: integer(
      'The latest one-candle return against the standard deviation of such returns over 24 hours, as a multiple.',
      3,
      100,
    ).exactOptional(),
    maxDataAge: duration(
      'The age of market data beyond which nothing is entered (candles: plus one interval).',
      {
        atLeast: '1s',
        atMost: '2m',
      },
    ).exactOptional(),
    maxClockSkew: duration("How far this machine's clock may be from the venue's.", {
      atLeast: '50ms',
      atMost: '10s',
    }).exactOptional(),
    maxTradesPerHour: integer('Entries accepted within any hour.', 1, 100).exactOptional(),
    maxEntriesPerDay: integer(
      'Entries of the strategy in one UTC day; one more latches the strategy until a person re-enables it.',
      1,
      2400,
    ).exactOptional(),
    maxOrderNotional: amount('The value of one order, in the quote asset.', {
      atLeast: SMALLEST_AMOUNT,
      atMost: LARGEST_AMOUNT,
    }).exactOptional(),
    maxOrderQuantity: amount('The quantity of one order in the base asset; no such limit when left out.', {
      atLeast: SMALLEST_AMOUNT,
      atMost: LARGEST_AMOUNT,
    }).exactOptional(),
    maxOrdersPerSecond: integer(
      'Messages to the venue in one second, new orders and cancels together: beyond it entries are denied, exits never.',
      1,
      12,
    ).exactOptional(),
    maxOrdersPerMinute: integer(
      'Messages to the venue in one minute, new orders and cancels together.',
      1,
      720,
    ).exactOptional(),
    maxOrderToTradeRatio: integer(
      'Orders per fill over the UTC day, counted from 20 orders on.',
      1,
      1000,
    ).exactOptional(),
    maxConsecutiveLosses: integer(
      'Losing round trips in a row after which entries wait `lossCooldown`.',
      1,
      50,
    ).exactOptional(),
    lossCooldown: duration('How long entries wait after `maxConsecutiveLosses`.', {
      atLeast: '1m',
      atMost: '168h',
    }).exactOptional(),
    duplicateWindow: duration(
      'How long the same intent (symbol, side, quantity) is refused as a duplicate.',
      {
        atLeast: '1s',
        atMost: '1h',
      },
    ).exactOptional(),
  },
);
