/**
 * Every code a verdict can carry, in one place: `docs/risk-codes.md` is generated from it, metrics use it as label and
 * `claire explain` prints it. A code never changes its meaning; a new cause gets a new code.
 */

export interface RiskCodeEntry {
  readonly code: string;
  /** The check that gives it; `verdict` for the outcomes without a failed check. */
  readonly check: string;
  readonly meaning: string;
  /** What a person does about it. */
  readonly action: string;
}

const WAIT = 'Nothing: it clears by itself.';
const WARMUP = 'Wait for the warm-up; when it lasts, look at the feed and at what the venue declares absent.';
const COUNT = 'Wait for the window to pass, or raise the limit if it is too tight for the strategy.';

export const RISK_CODES = [
  { code: 'OK', check: 'verdict', meaning: 'Allowed as requested.', action: 'Nothing.' },
  {
    code: 'TRIMMED',
    check: 'verdict',
    meaning: 'Allowed with a smaller quantity: a size limit applied.',
    action: 'Nothing; the check that trimmed says which limit.',
  },
  {
    code: 'STATE_MISSING',
    check: 'state',
    meaning: 'The effective state of the bot is not known.',
    action: 'Look at the ledger connection of the risk service: without it nothing is entered.',
  },
  {
    code: 'STATE_REDUCE_ONLY',
    check: 'state',
    meaning: 'The bot is ReduceOnly: positions may only get smaller.',
    action: 'See which demand holds it (`claire status`); a latched one needs `resume` by a person.',
  },
  {
    code: 'STATE_HALTED',
    check: 'state',
    meaning: 'The bot is Halted: no entries and no automatic exits.',
    action: 'Find out why, then `resume`; open positions are unprotected until then (or `flatten`).',
  },
  {
    code: 'STATE_STOPPED',
    check: 'state',
    meaning: 'The bot is Stopped.',
    action: 'Set spec.state to Running.',
  },
  {
    code: 'UPDATE_HOLD',
    check: 'hold',
    meaning: 'Entries are held back while pods are replaced.',
    action: 'Nothing: the hold ends when it is released, or by itself 60 s after it was last renewed.',
  },
  {
    code: 'NOT_RECONCILED',
    check: 'reconciled',
    meaning: 'Ledger and venue do not agree, or were not compared yet.',
    action: 'Wait for the reconciliation; when it stays, look at the breaks it lists.',
  },
  {
    code: 'RECONCILED_MISSING',
    check: 'reconciled',
    meaning: 'It is not known whether ledger and venue agree.',
    action: 'Look at the execution service: it has not reported.',
  },
  {
    code: 'EQUITY_MISSING',
    check: 'daily-drawdown',
    meaning: 'The equity, or the highest equity of the day, is not known.',
    action: 'Look for an open position without a market price.',
  },
  {
    code: 'DAILY_DRAWDOWN',
    check: 'daily-drawdown',
    meaning: 'The day has lost risk.maxDailyDrawdown or more of its highest equity; the breaker latches.',
    action:
      'Review the day; `resume` when trading may go on. The figure restarts at 00:00 UTC, the latch does not.',
  },
  {
    code: 'CONSECUTIVE_LOSSES',
    check: 'consecutive-losses',
    meaning:
      'As many round trips in a row as risk.maxConsecutiveLosses lost, and risk.lossCooldown has not passed.',
    action: WAIT,
  },
  {
    code: 'SIGNAL_EXPIRED',
    check: 'signal-age',
    meaning: 'The signal reached the decision at or after its validUntil.',
    action: 'When frequent, look at the lag of the streams.',
  },
  {
    code: 'INSTRUMENT_MISSING',
    check: 'instrument',
    meaning: 'The trading rules of the symbol are not known.',
    action: 'Check that the venue lists the symbol (replays: that the instruments file has it).',
  },
  {
    code: 'INSTRUMENT_INVALID',
    check: 'instrument',
    meaning: 'The tick or lot of the symbol is not above 0.',
    action: 'Correct the instruments file, or report the venue data.',
  },
  {
    code: 'INSTRUMENT_NOT_TRADABLE',
    check: 'instrument',
    meaning: 'The venue does not take orders for the symbol.',
    action: 'Remove the symbol from the universe, or wait until the venue opens it.',
  },
  {
    code: 'PRICE_MISSING',
    check: 'price-collar',
    meaning: 'No reference price is known for the symbol.',
    action: WARMUP,
  },
  {
    code: 'PRICE_COLLAR',
    check: 'price-collar',
    meaning: 'The price of the signal is further from the reference than risk.maxSlippage.',
    action: 'Nothing when the market ran away; else look for a late signal or a wrong unit.',
  },
  {
    code: 'PRICE_MOVE_MISSING',
    check: 'price-move',
    meaning: 'A price within risk.priceWindow is not known.',
    action: WARMUP,
  },
  {
    code: 'PRICE_MOVE',
    check: 'price-move',
    meaning: 'The reference moved by more than risk.maxPriceMove within risk.priceWindow.',
    action: WAIT,
  },
  {
    code: 'SPREAD_MISSING',
    check: 'spread',
    meaning: 'The spread, or its 24 h average, is not known.',
    action: WARMUP,
  },
  {
    code: 'SPREAD_WIDE',
    check: 'spread',
    meaning: 'The spread is wider than risk.maxSpreadMultiple times its 24 h average.',
    action: WAIT,
  },
  {
    code: 'VOLATILITY_MISSING',
    check: 'volatility',
    meaning: 'The last return, or the deviation of the returns of 24 h, is not known.',
    action: WARMUP,
  },
  {
    code: 'VOLATILITY_JUMP',
    check: 'volatility',
    meaning: 'The last return is larger than risk.maxVolatilityMultiple deviations.',
    action: WAIT,
  },
  {
    code: 'DEPTH_MISSING',
    check: 'depth',
    meaning: 'The depth of the book is not known or nothing.',
    action: WARMUP,
  },
  {
    code: 'DATA_MISSING',
    check: 'data-age',
    meaning: 'No market data of the symbol has been seen.',
    action: WARMUP,
  },
  {
    code: 'DATA_STALE',
    check: 'data-age',
    meaning: 'The market data is older than risk.maxDataAge (candle feeds: plus one interval).',
    action: 'Look at the feed; it clears with the next data.',
  },
  {
    code: 'DATA_FUTURE',
    check: 'data-age',
    meaning: 'The market data is from the future by more than risk.maxClockSkew.',
    action: 'Correct the clock of this machine.',
  },
  {
    code: 'CLOCK_MISSING',
    check: 'clock-skew',
    meaning: 'The offset between our clock and the venue is not known.',
    action: 'Look at the connection to the venue: the offset is measured over it.',
  },
  {
    code: 'CLOCK_SKEW',
    check: 'clock-skew',
    meaning: 'Our clock is off by more than risk.maxClockSkew.',
    action: 'Correct the clock of this machine.',
  },
  {
    code: 'ACCOUNT_MISSING',
    check: 'position-open',
    meaning: 'The account of the bot is not known.',
    action: 'Look at the ledger connection of the risk service.',
  },
  {
    code: 'POSITION_OPEN',
    check: 'position-open',
    meaning: 'The symbol has a position or a working order: there is no adding.',
    action: 'Nothing.',
  },
  {
    code: 'COOLDOWN',
    check: 'cooldown',
    meaning: 'The cooldown after the last entry of the symbol has not passed.',
    action: WAIT,
  },
  {
    code: 'ORDER_OVERSIZED',
    check: 'position-size',
    meaning: 'The size asked for is more than twice the position limit: an error, so nothing is trimmed.',
    action: 'Find out what asked for it; a strategy never asks for more than the limit.',
  },
  {
    code: 'BELOW_LOT',
    check: 'lot',
    meaning: 'Nothing is left of the quantity when it is floored to the lot.',
    action: 'Raise the capital or the limit that trims, or drop the symbol.',
  },
  {
    code: 'BELOW_MIN_QUANTITY',
    check: 'min-quantity',
    meaning: 'The quantity is below the least the venue takes.',
    action: 'Raise the capital or the limit that trims, or drop the symbol.',
  },
  {
    code: 'BELOW_MIN_NOTIONAL',
    check: 'min-notional',
    meaning: 'The value of the order is below the least the venue takes.',
    action: 'Raise the capital or the limit that trims, or drop the symbol.',
  },
  {
    code: 'ABOVE_MAX_NOTIONAL',
    check: 'max-notional',
    meaning: 'The value of the order is above the most the venue takes.',
    action: 'Lower risk.maxOrderNotional to what the venue takes.',
  },
  {
    code: 'DUPLICATE_INTENT',
    check: 'duplicate',
    meaning: 'The same intent (symbol, side, quantity) was accepted within risk.duplicateWindow.',
    action: 'When frequent, look for a strategy or stream that repeats itself.',
  },
  {
    code: 'EXPOSURE_MISSING',
    check: 'exposure',
    meaning: 'The value of what is held is not known.',
    action: 'Look for an open position without a market price.',
  },
  {
    code: 'EXPOSURE_LIMIT',
    check: 'exposure',
    meaning: 'Positions, working orders and this order together exceed risk.maxExposure.',
    action: 'Nothing: it passes again when exposure falls.',
  },
  {
    code: 'OPEN_POSITIONS',
    check: 'open-positions',
    meaning: 'There would be more positions than risk.maxOpenPositions.',
    action: 'Nothing: it passes again when a position closes.',
  },
  {
    code: 'BALANCE_MISSING',
    check: 'balance',
    meaning: 'The cash of the account is not known.',
    action: 'Look at the ledger, and in live at the balances of the venue.',
  },
  {
    code: 'BALANCE',
    check: 'balance',
    meaning: 'Cash less reservations does not pay for the order at its collar with its fee.',
    action: 'Nothing, or lower risk.maxExposure.',
  },
  {
    code: 'ORDER_RATE_SECOND',
    check: 'order-rate-second',
    meaning:
      'One order more would exceed risk.maxOrdersPerSecond (new and cancel). Exits count, and are not held back.',
    action: COUNT,
  },
  {
    code: 'ORDER_RATE_MINUTE',
    check: 'order-rate-minute',
    meaning: 'One order more would exceed risk.maxOrdersPerMinute (new and cancel).',
    action: COUNT,
  },
  {
    code: 'ORDER_TO_TRADE',
    check: 'order-to-trade',
    meaning: 'The orders of the UTC day exceed risk.maxOrderToTradeRatio for each fill.',
    action: 'Find out why orders do not fill (collar too tight, no depth); it restarts at 00:00 UTC.',
  },
  {
    code: 'ENTRIES_PER_DAY',
    check: 'entries-per-day',
    meaning: 'One entry more would exceed risk.maxEntriesPerDay; the strategy is latched ReduceOnly.',
    action: 'Find out why it traded so often, then `resume`.',
  },
  {
    code: 'TRADES_PER_HOUR',
    check: 'trades-per-hour',
    meaning: 'One entry more would exceed risk.maxTradesPerHour.',
    action: COUNT,
  },
  {
    code: 'EXIT_TOO_SMALL',
    check: 'exit-quantity',
    meaning: 'There is nothing to sell.',
    action: 'Nothing: the rest is booked as dust.',
  },
  {
    code: 'EXIT_TOO_LARGE',
    check: 'exit-quantity',
    meaning: 'An exit would sell more than is held: what is not ours is never sold.',
    action: 'Report it: exits are sized from the position.',
  },
] as const satisfies readonly RiskCodeEntry[];

/** A code of the registry. */
export type RiskCode = (typeof RISK_CODES)[number]['code'];

/** The registry as a Markdown table, in the order of the checks. */
export function riskCodeTable(): string {
  const rows = RISK_CODES.map(
    ({ code, check, meaning, action }) => `| \`${code}\` | ${check} | ${meaning} | ${action} |`,
  );
  return ['| code | check | meaning | what to do |', '|---|---|---|---|', ...rows].join('\n');
}
