/**
 * An entry that passes every check with room to spare, for tests and benchmarks that change one thing at a time:
 * 10,000 USDT, BTCUSDT at 35,250, confidence 0.8 (the original's first worked example).
 */
import type { Position } from '../../src/domain/account/account.ts';
import { openAccount } from '../../src/domain/account/book.ts';
import type { Instrument } from '../../src/domain/market/instrument.ts';
import { money, price, quantity, ratio } from '../../src/domain/money/amounts.ts';
import { NOTHING_RESERVED } from '../../src/domain/orders/reservation.ts';
import { type Activity, NO_ACTIVITY } from '../../src/domain/risk/activity.ts';
import type { AccountView, EntryInput, EntryTerms, MarketView } from '../../src/domain/risk/entry-input.ts';
import { limitsHash } from '../../src/domain/risk/limits-hash.ts';
import type { RiskLimits } from '../../src/domain/risk/limits.ts';
import type { Signal } from '../../src/domain/strategy/signal.ts';
import { HOUR, MINUTE, SECOND, utcDay } from '../../src/domain/time.ts';

/** 2024-03-01T12:00:00Z */
export const NOW = 1_709_294_400_000;

/** An instrument that leaves the fees to the settings. */
export const FEELESS_INSTRUMENT: Instrument = {
  symbol: 'BTCUSDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: price('0.01'),
  lotSize: quantity('0.000001'),
  minQuantity: quantity('0.00001'),
  minNotional: money('5'),
  maxNotional: money('5000'),
  tradable: true,
  marketOrders: true,
};

export const INSTRUMENT: Instrument = {
  ...FEELESS_INSTRUMENT,
  takerFeeRatio: ratio('0.0006'),
  makerFeeRatio: ratio('0.0002'),
};

export const LIMITS: RiskLimits = {
  capital: money('10000'),
  maxDailyDrawdownRatio: ratio('0.05'),
  onBreaker: 'ReduceOnly',
  maxExposureRatio: ratio('0.5'),
  maxPositionRatio: ratio('0.1'),
  maxOpenPositions: 10,
  maxSlippageRatio: ratio('0.01'),
  maxPriceMoveRatio: ratio('0.1'),
  priceWindow: 5 * MINUTE,
  maxSpreadMultiple: 5,
  maxVolatilityMultiple: 20,
  maxDataAge: 30 * SECOND,
  maxClockSkew: SECOND,
  maxOrderNotional: money('2000'),
  maxOrdersPerSecond: 5,
  maxOrdersPerMinute: 60,
  maxOrderToTradeRatio: 20,
  maxEntriesPerDay: 200,
  maxTradesPerHour: 10,
  maxConsecutiveLosses: 5,
  lossCooldown: HOUR,
  duplicateWindow: MINUTE,
};

export const SIGNAL: Signal = {
  signalId: 'b5bb9d8014a0f9b1d61e21e796d78dcc',
  strategy: 'momentum',
  symbol: 'BTCUSDT',
  side: 'BUY',
  price: price('35250'),
  changeRatio: ratio('0.08'),
  quoteVolume: money('250000'),
  confidenceRatio: ratio('0.8'),
  candleOpenTime: NOW - MINUTE,
  decidedTime: NOW,
};

/** A position without anything in it, to be filled in. */
export const EMPTY_POSITION: Position = {
  symbol: 'BTCUSDT',
  quantity: quantity('0'),
  totalCost: money('0'),
  realizedPnl: money('0'),
  fees: money('0'),
  entryTime: NOW - HOUR,
  boughtQuantity: quantity('0'),
  boughtNotional: money('0'),
  soldQuantity: quantity('0'),
  soldNotional: money('0'),
};

/** What to change, part by part; the hash of the limits follows them. */
export interface EntryChange extends Partial<Omit<EntryInput, 'market' | 'money' | 'limits' | 'activity'>> {
  readonly market?: Partial<MarketView>;
  readonly money?: Partial<AccountView>;
  readonly limits?: Partial<RiskLimits>;
  readonly activity?: Partial<Activity>;
  readonly terms?: EntryTerms;
}

export const TERMS: EntryTerms = {
  orderType: 'LIMIT_IOC',
  validFor: 5 * SECOND,
  takerFeeRatio: ratio('0.0006'),
};

const MARKET: MarketView = {
  instrument: INSTRUMENT,
  referencePrice: price('35250'),
  dataTime: NOW,
  feedInterval: MINUTE,
  priceMove: ratio('0.02'),
  spread: { current: ratio('0.0004'), average: ratio('0.0004') },
  volatility: { latestBps: 30, sigmaBps: 10 },
  depth: money('100000'),
  clockOffset: 0,
  quality: { spread: 'measured', depth: 'measured', clockOffset: 'measured', balances: 'measured' },
};

const MONEY: AccountView = {
  book: openAccount(money('10000')),
  equity: money('10000'),
  holdings: money('0'),
  cash: money('10000'),
  reserved: NOTHING_RESERVED,
  dayMark: { day: utcDay(NOW), openingEquity: money('10000'), highWater: money('10000') },
};

/** The entry with these changes. */
export function entry(change: EntryChange = {}): EntryInput {
  const limits = { ...LIMITS, ...change.limits };
  return {
    bot: 'momentum',
    account: 'paper:momentum',
    signal: SIGNAL,
    now: NOW,
    state: 'Running',
    heldUntil: undefined,
    reconciled: true,
    terms: TERMS,
    cooldownUntil: undefined,
    ...change,
    limits,
    limitsHash: limitsHash(limits),
    market: { ...MARKET, ...change.market },
    money: { ...MONEY, ...change.money },
    activity: { ...NO_ACTIVITY, ...change.activity },
  };
}
