import { describe, expect, it } from '@jest/globals';
import {
  EMPTY_POSITION,
  FEELESS_INSTRUMENT,
  entry,
  type EntryChange,
  INSTRUMENT,
  LIMITS,
  NOW,
  SIGNAL,
  TERMS,
} from '../../../test/domain/entry-fixture.ts';
import { openAccount } from '../account/book.ts';
import { asRatio, money, price, quantity, ratio } from '../money/amounts.ts';
import { formatDecimal } from '../money/decimal.ts';
import { NOTHING_RESERVED } from '../orders/reservation.ts';
import { HOUR, MINUTE, SECOND, utcDay } from '../time.ts';
import { intentFingerprint } from './activity.ts';
import { RISK_CODES, type RiskCode } from './codes.ts';
import { ENTRY_CHECKS, decideEntry } from './decide.ts';
import type { Quality } from './entry-input.ts';

const ALL_MEASURED = {
  spread: 'measured',
  depth: 'measured',
  clockOffset: 'measured',
  balances: 'measured',
} as const satisfies Record<string, Quality>;
const flat = openAccount(money('10000'));
const withPosition = (...symbols: string[]) => ({
  ...flat,
  positions: new Map(symbols.map((symbol) => [symbol, { ...EMPTY_POSITION, symbol }])),
});
const symbols = (count: number) => Array.from({ length: count }, (_, i) => `COIN${i}USDT`);
const times = (count: number, at: number) => Array.from({ length: count }, () => at);
const instrument = (change: Partial<typeof INSTRUMENT>): EntryChange => ({
  market: { instrument: { ...INSTRUMENT, ...change } },
});
/** The order of the unchanged entry: 0.022695 at a collar of 35,602.50, with fees 808.48353675 */
const QUANTITY = '0.022695';
const COST = '808.48353675';
const fingerprint = intentFingerprint('BTCUSDT', 'BUY', quantity(QUANTITY));

interface Case {
  readonly code: RiskCode;
  readonly denies: EntryChange;
  /** At the boundary: the nearest that passes. */
  readonly passes: EntryChange;
}

const CASES: readonly Case[] = [
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
const BASIC: readonly Case[] = [
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

describe('deciding an entry', () => {
  it('allows what passes every check and sends it at its collar', () => {
    const verdict = decideEntry(entry());
    expect(verdict).toMatchObject({ outcome: 'ALLOW', code: 'OK', subject: 'ENTRY', symbol: 'BTCUSDT' });
    expect(verdict.checks).toHaveLength(ENTRY_CHECKS.length);
    expect(verdict.checks.every((check) => check.passed)).toBe(true);
    expect(verdict.order).toMatchObject({
      account: 'paper:momentum',
      side: 'BUY',
      purpose: 'ENTRY',
      type: 'LIMIT_IOC',
      quantity: quantity(QUANTITY),
      limitPrice: price('35602.5'),
      referencePrice: price('35250'),
      signalId: SIGNAL.signalId,
      verdictId: verdict.verdictId,
      attempt: 0,
      decidedTime: NOW,
      validUntil: NOW + 5 * SECOND,
    });
  });

  it('names every check once', () => {
    const names = decideEntry(entry()).checks.map(({ check }) => check);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(CASES)('denies with $code, and with nothing else', ({ code, denies }) => {
    const verdict = decideEntry(entry(denies));
    expect(verdict.checks.filter((check) => !check.passed).map((check) => check.code)).toEqual([code]);
    expect(verdict).toMatchObject({ outcome: 'DENY', code });
    expect(verdict.order).toBeUndefined();
    expect(RISK_CODES.find((known) => known.code === code)?.check).toBe(
      verdict.checks.find((check) => !check.passed)?.check,
    );
  });

  it.each(BASIC)('denies with $code and leaves out what cannot be judged', ({ code, denies }) => {
    const verdict = decideEntry(entry(denies));
    expect(verdict).toMatchObject({ outcome: 'DENY', code });
    expect(verdict.checks.filter((check) => !check.passed).map((check) => check.code)).toEqual([code]);
    expect(verdict.checks.length).toBeLessThan(ENTRY_CHECKS.length);
    expect(verdict.order).toBeUndefined();
  });

  it.each([...CASES, ...BASIC])('passes at the boundary of $code', ({ passes }) => {
    const verdict = decideEntry(entry(passes));
    expect(verdict.checks.filter((check) => !check.passed)).toEqual([]);
    expect(verdict.order).toBeDefined();
  });

  it('reports all checks of a denial and takes the code of the first that failed', () => {
    const verdict = decideEntry(
      entry({ state: 'Halted', money: { equity: money('9000') }, activity: { entryTimes: times(10, NOW) } }),
    );
    expect(verdict.checks).toHaveLength(ENTRY_CHECKS.length);
    expect(verdict.checks.filter((check) => !check.passed).map((check) => check.code)).toEqual([
      'STATE_HALTED',
      'DAILY_DRAWDOWN',
      'TRADES_PER_HOUR',
    ]);
    expect(verdict.code).toBe('STATE_HALTED');
  });

  it('says what it measured and what it held it against', () => {
    const checks = new Map(decideEntry(entry()).checks.map((check) => [check.check, check]));
    expect(checks.get('state')).toEqual({ check: 'state', passed: true, value: 'Running', limit: 'Running' });
    expect(checks.get('exposure')).toMatchObject({ value: `${COST} USDT`, limit: 'at most 50% (5000 USDT)' });
    expect(checks.get('daily-drawdown')).toMatchObject({ value: '0%', limit: 'below 5%' });
    expect(checks.get('data-age')).toMatchObject({ value: '0s', limit: 'at most 1m30s' });
    expect(checks.get('spread')).toMatchObject({ limit: 'at most 5 × the 24 h average (0.04%)' });
  });

  it('says which inputs are modelled', () => {
    const quality = { spread: 'modelled', depth: 'modelled', clockOffset: 'modelled', balances: 'modelled' };
    const checks = decideEntry(entry({ market: { quality: quality as never } })).checks;
    expect(checks.filter(({ value }) => value.endsWith('(modelled)')).map(({ check }) => check)).toEqual([
      'spread',
      'depth',
      'clock-skew',
      'balance',
    ]);
  });

  it('gives the same verdict for the same input, and another for another', () => {
    expect(decideEntry(entry())).toEqual(decideEntry(entry()));
    const ids = [
      entry(),
      entry({ bot: 'other' }),
      entry({ account: 'paper:other' }),
      entry({ now: NOW + 1 }),
      entry({ signal: { ...SIGNAL, signalId: 'another' } }),
      entry({ limits: { maxOpenPositions: 9 } }),
    ].map((input) => decideEntry(input).verdictId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('trimming an entry', () => {
  const traded = (change: EntryChange) => {
    const verdict = decideEntry(entry(change));
    const trimmed = verdict.checks.filter(({ trimmedTo }) => trimmedTo !== undefined);
    return {
      code: verdict.code,
      outcome: verdict.outcome,
      quantity: verdict.order && formatDecimal(verdict.order.quantity),
      by: trimmed.map(({ check, trimmedTo }) => `${check} ${trimmedTo ?? ''}`),
    };
  };

  it('trims a confidence above 1 to the position limit', () => {
    expect(traded({ signal: { ...SIGNAL, confidenceRatio: ratio('1.5') } })).toEqual({
      code: 'TRIMMED',
      outcome: 'TRIM',
      quantity: '0.028368',
      by: ['position-size 0.028368'],
    });
  });

  it('trims to maxOrderNotional at the price the order is sent with', () => {
    expect(traded({ limits: { maxOrderNotional: money('356.025') } })).toMatchObject({
      quantity: '0.01',
      by: ['order-notional 0.01'],
    });
  });

  it('trims to maxOrderQuantity, floored to the lot', () => {
    expect(traded({ limits: { maxOrderQuantity: quantity('0.0123456789') } })).toMatchObject({
      quantity: '0.012345',
      by: ['order-quantity 0.012345'],
    });
  });

  it('takes the smallest of several', () => {
    const limits = { maxOrderQuantity: quantity('0.005'), maxOrderNotional: money('356.025') };
    expect(traded({ limits })).toMatchObject({
      quantity: '0.005',
      by: ['order-notional 0.01', 'order-quantity 0.005'],
    });
  });

  it('leaves room for the dust that the symbol holds', () => {
    const dust = new Map([
      ['BTCUSDT', { ...EMPTY_POSITION, symbol: 'BTCUSDT', quantity: quantity('0.0000001') }],
    ]);
    const full = { signal: { ...SIGNAL, confidenceRatio: ratio('1') } };
    expect(traded(full)).toMatchObject({ quantity: '0.028368', by: [] });
    const atLimit = { ...full, ...instrument({ lotSize: quantity('0.0000001') }) };
    expect(traded({ ...atLimit, money: { book: { ...flat, dust } } })).toMatchObject({
      quantity: '0.0283686',
      by: ['position-size 0.0283686'],
    });
  });

  it('does not trim what is exactly at a limit', () => {
    const exact = {
      limits: { maxOrderQuantity: quantity(QUANTITY), maxOrderNotional: money('807.9987375') },
    };
    expect(traded(exact)).toEqual({ code: 'OK', outcome: 'ALLOW', quantity: QUANTITY, by: [] });
  });
});

describe('the order of an entry', () => {
  it('goes to the market without a price where that is wanted and taken', () => {
    const order = decideEntry(entry({ terms: { ...TERMS, orderType: 'MARKET' } })).order;
    expect(order?.type).toBe('MARKET');
    expect(order).not.toHaveProperty('limitPrice');
  });

  it('reserves a MARKET order up to the collar all the same', () => {
    const marketAndPoor = {
      terms: { ...TERMS, orderType: 'MARKET' },
      money: { cash: money('808') },
    } as const;
    expect(decideEntry(entry(marketAndPoor)).code).toBe('BALANCE');
  });

  it('becomes IOC at the collar where the venue takes no MARKET orders', () => {
    const change = {
      ...instrument({ marketOrders: false }),
      terms: { ...TERMS, orderType: 'MARKET' as const },
    };
    expect(decideEntry(entry(change)).order).toMatchObject({
      type: 'LIMIT_IOC',
      limitPrice: price('35602.5'),
    });
  });

  it('prices the fee of the settings where the instrument names none', () => {
    const change: EntryChange = {
      market: { instrument: FEELESS_INSTRUMENT },
      terms: { ...TERMS, takerFeeRatio: ratio('0.01') },
      money: { cash: money('816') },
    };
    expect(decideEntry(entry(change)).code).toBe('BALANCE');
    expect(decideEntry(entry({ ...change, money: { cash: money('816.07872488') } })).code).toBe('OK');
  });

  it('reserves the higher of the two fees of the instrument', () => {
    const change: EntryChange = {
      ...instrument({ makerFeeRatio: ratio('0.01') }),
      money: { cash: money('816') },
    };
    expect(decideEntry(entry(change)).code).toBe('BALANCE');
    expect(decideEntry(entry({ ...change, money: { cash: money('816.07872488') } })).code).toBe('OK');
  });

  it('takes percentage limits of the equity when that is below the capital', () => {
    const poorer = {
      equity: money('5000'),
      dayMark: { day: utcDay(NOW), openingEquity: money('5000'), highWater: money('5000') },
    };
    const verdict = decideEntry(entry({ money: poorer }));
    expect(verdict.order && formatDecimal(verdict.order.quantity)).toBe('0.011347');
    expect(LIMITS.capital).toEqual(money('10000'));
  });
});
