/**
 * Every code that denies an entry: an entry that it alone denies, and the nearest that passes. The test of the registry
 * fails when one lacks either.
 */
import { openAccount } from '../../src/domain/account/book.ts';
import { asRatio, money, price, quantity, ratio } from '../../src/domain/money/amounts.ts';
import { NOTHING_RESERVED } from '../../src/domain/orders/reservation.ts';
import { HOUR, MINUTE, SECOND, utcDay } from '../../src/domain/time.ts';
import { intentFingerprint } from '../../src/domain/risk/activity.ts';
import type { RiskCode } from '../../src/domain/risk/codes.ts';
import type { Quality } from '../../src/domain/risk/entry-input.ts';
import { EMPTY_POSITION, type EntryChange, INSTRUMENT, NOW, SIGNAL } from './entry-fixture.ts';

export const ALL_MEASURED = {
  spread: 'measured',
  depth: 'measured',
  clockOffset: 'measured',
  balances: 'measured',
} as const satisfies Record<string, Quality>;
export const flat = openAccount(money('10000'));
export const withPosition = (...symbols: string[]) => ({
  ...flat,
  positions: new Map(symbols.map((symbol) => [symbol, { ...EMPTY_POSITION, symbol }])),
});
export const symbols = (count: number) => Array.from({ length: count }, (_, i) => `COIN${i}USDT`);
export const times = (count: number, at: number) => Array.from({ length: count }, () => at);
export const instrument = (change: Partial<typeof INSTRUMENT>): EntryChange => ({
  market: { instrument: { ...INSTRUMENT, ...change } },
});
/** The order of the unchanged entry: 0.022695 at a collar of 35,602.50, with fees 808.48353675 */
export const QUANTITY = '0.022695';
export const COST = '808.48353675';
export const fingerprint = intentFingerprint('BTCUSDT', 'BUY', quantity(QUANTITY));

export interface Case {
  readonly code: RiskCode;
  readonly denies: EntryChange;
  /** At the boundary: the nearest that passes. */
  readonly passes: EntryChange;
}

export const CASES: readonly Case[] = [
  { code: 'STATE_MISSING', denies: { state: undefined }, passes: { state: 'Running' } },
  { code: 'STATE_REDUCE_ONLY', denies: { state: 'ReduceOnly' }, passes: { state: 'Running' } },
  { code: 'STATE_HALTED', denies: { state: 'Halted' }, passes: { state: 'Running' } },
  { code: 'STATE_STOPPED', denies: { state: 'Stopped' }, passes: { state: 'Running' } },
  { code: 'UPDATE_HOLD', denies: { heldUntil: NOW + 1 }, passes: { heldUntil: NOW } },
  { code: 'RECONCILED_MISSING', denies: { reconciled: undefined }, passes: { reconciled: true } },
  { code: 'NOT_RECONCILED', denies: { reconciled: false }, passes: { reconciled: true } },
  {
    code: 'SIGNAL_EXPIRED',
    denies: { now: NOW + 5 * SECOND },
    passes: { now: NOW + 5 * SECOND - 1 },
  },
  {
    code: 'INSTRUMENT_NOT_TRADABLE',
    denies: instrument({ tradable: false }),
    passes: instrument({ tradable: true }),
  },
  {
    code: 'EQUITY_MISSING',
    denies: { money: { dayMark: undefined } },
    passes: {
      money: { dayMark: { day: utcDay(NOW), openingEquity: money('1'), highWater: money('10000') } },
    },
  },
  {
    code: 'DAILY_DRAWDOWN',
    denies: { money: { equity: money('9500') } },
    passes: { money: { equity: money('9500.0001') } },
  },
  {
    code: 'CONSECUTIVE_LOSSES',
    denies: { activity: { lossesInRow: 5, lastLossTime: NOW - HOUR + 1 } },
    passes: { activity: { lossesInRow: 5, lastLossTime: NOW - HOUR } },
  },
  {
    code: 'CONSECUTIVE_LOSSES',
    denies: { activity: { lossesInRow: 5 } },
    passes: { activity: { lossesInRow: 4, lastLossTime: NOW } },
  },
  {
    code: 'PRICE_COLLAR',
    denies: { signal: { ...SIGNAL, price: price('35602.5001') } },
    passes: { signal: { ...SIGNAL, price: price('35602.5') } },
  },
  {
    code: 'PRICE_COLLAR',
    denies: { signal: { ...SIGNAL, price: price('34897.4999') } },
    passes: { signal: { ...SIGNAL, price: price('34897.5') } },
  },
  {
    code: 'PRICE_MOVE_MISSING',
    denies: { market: { priceMove: undefined } },
    passes: { market: { priceMove: asRatio(0n) } },
  },
  {
    code: 'PRICE_MOVE',
    denies: { market: { priceMove: asRatio(10_000_001n) } },
    passes: { market: { priceMove: ratio('0.1') } },
  },
  {
    code: 'SPREAD_MISSING',
    denies: { market: { spread: undefined } },
    passes: { market: { quality: { ...ALL_MEASURED, spread: 'modelled' } } },
  },
  {
    code: 'SPREAD_MISSING',
    denies: { market: { quality: { ...ALL_MEASURED, spread: 'absent' } } },
    passes: { market: { spread: { current: asRatio(0n), average: asRatio(0n) } } },
  },
  {
    code: 'SPREAD_WIDE',
    denies: { market: { spread: { current: asRatio(200_001n), average: asRatio(40_000n) } } },
    passes: { market: { spread: { current: asRatio(200_000n), average: asRatio(40_000n) } } },
  },
  {
    code: 'VOLATILITY_MISSING',
    denies: { market: { volatility: undefined } },
    passes: { market: { volatility: { latestBps: 0, sigmaBps: 0 } } },
  },
  {
    code: 'VOLATILITY_MISSING',
    denies: { market: { volatility: { latestBps: NaN, sigmaBps: 10 } } },
    passes: { market: { volatility: { latestBps: -1, sigmaBps: 10 } } },
  },
  {
    code: 'VOLATILITY_JUMP',
    denies: { market: { volatility: { latestBps: -200.001, sigmaBps: 10 } } },
    passes: { market: { volatility: { latestBps: -200, sigmaBps: 10 } } },
  },
  {
    code: 'DEPTH_MISSING',
    denies: { market: { depth: money('0') } },
    passes: { market: { depth: money('0.00000001') } },
  },
  {
    code: 'DEPTH_MISSING',
    denies: { market: { quality: { ...ALL_MEASURED, depth: 'absent' } } },
    passes: { market: { quality: { ...ALL_MEASURED, depth: 'modelled' } } },
  },
  {
    code: 'DATA_MISSING',
    denies: { market: { dataTime: undefined } },
    passes: { market: { dataTime: NOW } },
  },
  {
    code: 'DATA_STALE',
    denies: { market: { dataTime: NOW - 90 * SECOND - 1 } },
    passes: { market: { dataTime: NOW - 90 * SECOND } },
  },
  {
    code: 'DATA_STALE',
    denies: { market: { dataTime: NOW - 30 * SECOND - 1, feedInterval: 0 } },
    passes: { market: { dataTime: NOW - 30 * SECOND, feedInterval: 0 } },
  },
  {
    code: 'DATA_FUTURE',
    denies: { market: { dataTime: NOW + SECOND + 1 } },
    passes: { market: { dataTime: NOW + SECOND } },
  },
  {
    code: 'CLOCK_MISSING',
    denies: { market: { clockOffset: undefined } },
    passes: { market: { quality: { ...ALL_MEASURED, clockOffset: 'modelled' } } },
  },
  {
    code: 'CLOCK_MISSING',
    denies: { market: { quality: { ...ALL_MEASURED, clockOffset: 'absent' } } },
    passes: { market: { clockOffset: 1 } },
  },
  {
    code: 'CLOCK_SKEW',
    denies: { market: { clockOffset: -SECOND - 1 } },
    passes: { market: { clockOffset: -SECOND } },
  },
  { code: 'ACCOUNT_MISSING', denies: { money: { book: undefined } }, passes: { money: { book: flat } } },
  {
    code: 'POSITION_OPEN',
    denies: { money: { book: withPosition('BTCUSDT') } },
    passes: { money: { book: withPosition('ETHUSDT') } },
  },
  {
    code: 'POSITION_OPEN',
    denies: { money: { reserved: { ...NOTHING_RESERVED, buys: new Map([['BTCUSDT', money('10')]]) } } },
    passes: { money: { reserved: { ...NOTHING_RESERVED, buys: new Map([['ETHUSDT', money('10')]]) } } },
  },
  {
    code: 'POSITION_OPEN',
    denies: { money: { reserved: { ...NOTHING_RESERVED, sells: new Map([['BTCUSDT', quantity('1')]]) } } },
    passes: { money: { reserved: { ...NOTHING_RESERVED, sells: new Map([['ETHUSDT', quantity('1')]]) } } },
  },
  { code: 'COOLDOWN', denies: { cooldownUntil: NOW + 1 }, passes: { cooldownUntil: NOW } },
  {
    code: 'ORDER_OVERSIZED',
    denies: { signal: { ...SIGNAL, confidenceRatio: ratio('2.00000001') } },
    passes: { signal: { ...SIGNAL, confidenceRatio: ratio('2') } },
  },
  {
    code: 'BELOW_LOT',
    denies: {
      ...instrument({ minQuantity: quantity('0'), minNotional: money('0') }),
      limits: { maxOrderQuantity: quantity('0.0000009') },
    },
    passes: {
      ...instrument({ minQuantity: quantity('0'), minNotional: money('0') }),
      limits: { maxOrderQuantity: quantity('0.000001') },
    },
  },
  {
    code: 'BELOW_MIN_QUANTITY',
    denies: instrument({ minQuantity: quantity('0.022696') }),
    passes: instrument({ minQuantity: quantity('0.022695') }),
  },
  {
    code: 'BELOW_MIN_NOTIONAL',
    denies: instrument({ minNotional: money('799.99875001') }),
    passes: instrument({ minNotional: money('799.99875') }),
  },
  {
    code: 'ABOVE_MAX_NOTIONAL',
    denies: instrument({ maxNotional: money('807.9987374') }),
    passes: instrument({ maxNotional: money('807.9987375') }),
  },
  {
    code: 'DUPLICATE_INTENT',
    denies: { activity: { intents: { [fingerprint]: NOW - MINUTE + 1 } } },
    passes: { activity: { intents: { [fingerprint]: NOW - MINUTE } } },
  },
  {
    code: 'EXPOSURE_MISSING',
    denies: { money: { holdings: undefined } },
    passes: { money: { holdings: money('0') } },
  },
  {
    code: 'EXPOSURE_LIMIT',
    denies: { money: { holdings: money('4191.51646326') } },
    passes: { money: { holdings: money('4191.51646325') } },
  },
  {
    code: 'EXPOSURE_LIMIT',
    denies: {
      money: { holdings: money('4000'), reserved: { ...NOTHING_RESERVED, quote: money('191.51646326') } },
    },
    passes: {
      money: { holdings: money('4000'), reserved: { ...NOTHING_RESERVED, quote: money('191.51646325') } },
    },
  },
  {
    code: 'OPEN_POSITIONS',
    denies: { money: { book: withPosition(...symbols(10)) } },
    passes: { money: { book: withPosition(...symbols(9)) } },
  },
  {
    code: 'OPEN_POSITIONS',
    denies: {
      money: {
        book: withPosition(...symbols(9)),
        reserved: { ...NOTHING_RESERVED, buys: new Map([['ETHUSDT', money('10')]]) },
      },
    },
    passes: {
      money: {
        book: withPosition(...symbols(9)),
        reserved: { ...NOTHING_RESERVED, buys: new Map([['COIN1USDT', money('10')]]) },
      },
    },
  },
  {
    code: 'BALANCE_MISSING',
    denies: { money: { cash: undefined } },
    passes: { market: { quality: { ...ALL_MEASURED, balances: 'modelled' } } },
  },
  {
    code: 'BALANCE_MISSING',
    denies: { market: { quality: { ...ALL_MEASURED, balances: 'absent' } } },
    passes: { money: { cash: money(COST) } },
  },
  {
    code: 'BALANCE',
    denies: {
      money: { cash: money('1008.48353674'), reserved: { ...NOTHING_RESERVED, quote: money('200') } },
    },
    passes: {
      money: { cash: money('1008.48353675'), reserved: { ...NOTHING_RESERVED, quote: money('200') } },
    },
  },
  {
    code: 'ORDER_RATE_SECOND',
    denies: { activity: { messageTimes: times(5, NOW - SECOND + 1) } },
    passes: { activity: { messageTimes: times(5, NOW - SECOND) } },
  },
  {
    code: 'ORDER_RATE_MINUTE',
    denies: { activity: { messageTimes: times(60, NOW - MINUTE + 1) } },
    passes: { activity: { messageTimes: times(60, NOW - MINUTE) } },
  },
  {
    code: 'ORDER_TO_TRADE',
    denies: { activity: { day: utcDay(NOW), ordersToday: 100, fillsToday: 5 } },
    passes: { activity: { day: utcDay(NOW), ordersToday: 99, fillsToday: 5 } },
  },
  {
    code: 'ORDER_TO_TRADE',
    denies: { activity: { day: utcDay(NOW), ordersToday: 19, fillsToday: 0 } },
    passes: { activity: { day: utcDay(NOW), ordersToday: 18, fillsToday: 0 } },
  },
  {
    code: 'ENTRIES_PER_DAY',
    denies: { activity: { day: utcDay(NOW), entriesToday: 200 } },
    passes: { activity: { day: utcDay(NOW), entriesToday: 199 } },
  },
  {
    code: 'ENTRIES_PER_DAY',
    denies: { activity: { day: utcDay(NOW), entriesToday: 200 } },
    passes: { activity: { day: utcDay(NOW) - 1, entriesToday: 200 } },
  },
  {
    code: 'TRADES_PER_HOUR',
    denies: { activity: { entryTimes: times(10, NOW - HOUR + 1) } },
    passes: { activity: { entryTimes: times(10, NOW - HOUR) } },
  },
];

/** Codes whose missing input is what other checks are made of: those are not made, but nothing else fails. */
export const BASIC: readonly Case[] = [
  {
    code: 'INSTRUMENT_MISSING',
    denies: { market: { instrument: undefined } },
    passes: instrument({}),
  },
  {
    code: 'INSTRUMENT_INVALID',
    denies: instrument({ lotSize: quantity('0') }),
    passes: instrument({ lotSize: quantity('0.00000001') }),
  },
  {
    code: 'PRICE_MISSING',
    denies: { market: { referencePrice: undefined } },
    passes: { market: { referencePrice: price('35250') } },
  },
  {
    code: 'EQUITY_MISSING',
    denies: { money: { equity: undefined } },
    passes: { money: { equity: money('10000') } },
  },
];
