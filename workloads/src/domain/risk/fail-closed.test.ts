import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY_POSITION, LIMITS, NOW, SIGNAL, entry } from '../../../test/domain/entry-fixture.ts';
import { openAccount } from '../account/book.ts';
import {
  type Money,
  ONE_RATIO,
  asMoney,
  asQuantity,
  asRatio,
  money,
  notional,
  scaleBy,
} from '../money/amounts.ts';
import {
  add,
  atMost,
  decimal,
  greaterThan,
  isPositive,
  lessThan,
  minimum,
  rescale,
  subtract,
} from '../money/decimal.ts';
import type { OrderIntent } from '../orders/order.ts';
import { NOTHING_RESERVED } from '../orders/reservation.ts';
import { utcDay } from '../time.ts';
import { countsToday, entriesLastHour, messagesLastMinute, messagesLastSecond } from './activity.ts';
import { decideEntry } from './decide.ts';
import type { EntryInput } from './entry-input.ts';
import type { RiskLimits } from './limits.ts';

const RUN = { seed: 20_240_301, numRuns: 2_000 };

/** Every input that may be undefined, and how to drop it. */
const OPTIONAL = [
  ['state', (input: EntryInput) => ({ ...input, state: undefined })],
  ['reconciled', (input: EntryInput) => ({ ...input, reconciled: undefined })],
  ...(
    [
      'instrument',
      'referencePrice',
      'dataTime',
      'priceMove',
      'spread',
      'volatility',
      'depth',
      'clockOffset',
    ] as const
  ).map(
    (field) =>
      [
        `market.${field}`,
        (input: EntryInput): EntryInput => ({ ...input, market: { ...input.market, [field]: undefined } }),
      ] as const,
  ),
  ...(['book', 'equity', 'holdings', 'cash', 'dayMark'] as const).map(
    (field) =>
      [
        `money.${field}`,
        (input: EntryInput): EntryInput => ({ ...input, money: { ...input.money, [field]: undefined } }),
      ] as const,
  ),
  ...(['spread', 'depth', 'clockOffset', 'balances'] as const).map(
    (field) =>
      [
        `quality.${field}`,
        (input: EntryInput): EntryInput => ({
          ...input,
          market: { ...input.market, quality: { ...input.market.quality, [field]: 'absent' } },
        }),
      ] as const,
  ),
] as const;

describe('an input that is not there', () => {
  it.each(OPTIONAL)('denies when %s is missing', (_name, drop) => {
    const verdict = decideEntry(drop(entry()));
    expect(verdict.outcome).toBe('DENY');
    expect(verdict.code).toMatch(/_MISSING$/);
    expect(verdict.checks.find((check) => !check.passed)?.value).toBe('missing');
    expect(verdict.order).toBeUndefined();
  });

  it('covers every field that the input marks as unknown', () => {
    const known = entry();
    const may = (part: object): string[] => Object.keys(part);
    const named: readonly string[] = OPTIONAL.map(([name]) => name);
    // `feedInterval` and `reserved` are always known; a symbol that was never entered has no cooldown.
    const market = may(known.market).filter((field) => !['feedInterval', 'quality'].includes(field));
    const account = may(known.money).filter((field) => field !== 'reserved');
    expect(named).toEqual(expect.arrayContaining(market.map((field) => `market.${field}`)));
    expect(named).toEqual(expect.arrayContaining(account.map((field) => `money.${field}`)));
    expect(named).toEqual(
      expect.arrayContaining(may(known.market.quality).map((field) => `quality.${field}`)),
    );
  });

  it('denies whatever else is missing with it', () => {
    fc.assert(
      fc.property(fc.subarray([...OPTIONAL], { minLength: 1 }), (dropped) => {
        const input = dropped.reduce<EntryInput>((current, [, drop]) => drop(current), entry());
        expect(decideEntry(input).outcome).toBe('DENY');
      }),
      RUN,
    );
  });
});

const cents = (max: number) => fc.integer({ min: 0, max }).map((units) => asMoney(decimal(BigInt(units), 2)));
const ratios = (min: number, max: number) => fc.integer({ min, max }).map((units) => asRatio(BigInt(units)));

const limits: fc.Arbitrary<Partial<RiskLimits>> = fc.record({
  capital: cents(2_000_000).filter(isPositive),
  maxPositionRatio: ratios(1_000_000, 25_000_000),
  maxExposureRatio: ratios(10_000_000, 100_000_000),
  maxOpenPositions: fc.integer({ min: 1, max: 6 }),
  maxOrderNotional: cents(200_000).filter(isPositive),
  maxOrderQuantity: fc.integer({ min: 1, max: 90_000 }).map((lots) => asQuantity(decimal(BigInt(lots), 6))),
  maxDailyDrawdownRatio: ratios(1_000_000, 20_000_000),
  maxOrdersPerSecond: fc.integer({ min: 1, max: 4 }),
  maxOrdersPerMinute: fc.integer({ min: 1, max: 6 }),
  maxTradesPerHour: fc.integer({ min: 1, max: 8 }),
  maxEntriesPerDay: fc.integer({ min: 1, max: 20 }),
});

const inputs: fc.Arbitrary<EntryInput> = fc
  .record({
    limits,
    confidence: ratios(1_000_000, 210_000_000),
    cents: fc.integer({ min: 1, max: 9_000_000 }),
    equity: fc.integer({ min: 100_000, max: 2_000_000 }).map((units) => asMoney(decimal(BigInt(units), 2))),
    highWaterAbove: cents(20_000),
    holdings: cents(200_000),
    reserved: cents(50_000),
    positions: fc.integer({ min: 0, max: 4 }),
    messages: fc.array(fc.integer({ min: NOW - 120_000, max: NOW }), { maxLength: 5 }),
    entries: fc.array(fc.integer({ min: NOW - 7_000_000, max: NOW }), { maxLength: 6 }),
    entriesToday: fc.integer({ min: 0, max: 10 }),
  })
  .map((drawn) => {
    const referencePrice = { units: BigInt(drawn.cents), scale: 2 } as EntryInput['signal']['price'];
    const highWater = asMoney(add(drawn.equity, drawn.highWaterAbove));
    const names = Array.from({ length: drawn.positions }, (_, i) => `COIN${i}USDT`);
    return entry({
      limits: drawn.limits,
      signal: { ...SIGNAL, price: referencePrice, confidenceRatio: drawn.confidence },
      market: { referencePrice },
      money: {
        book: {
          ...openAccount(money('10000')),
          positions: new Map(names.map((symbol) => [symbol, { ...EMPTY_POSITION, symbol }])),
        },
        equity: drawn.equity,
        cash: drawn.equity,
        holdings: drawn.holdings,
        reserved: { ...NOTHING_RESERVED, quote: drawn.reserved },
        dayMark: { day: utcDay(NOW), openingEquity: highWater, highWater },
      },
      activity: {
        messageTimes: [...drawn.messages].sort((a, b) => a - b),
        entryTimes: [...drawn.entries].sort((a, b) => a - b),
        day: utcDay(NOW),
        entriesToday: drawn.entriesToday,
        fillsToday: 1_000,
      },
    });
  });

/** What an allowed order costs and weighs, worked out here again from the limits' own words. */
function weighMoney(input: EntryInput, order: OrderIntent): Record<string, boolean> {
  const { limits: most, money: held } = input;
  const { equity = money('0'), holdings = money('0'), cash = money('0') } = held;
  const reference = order.referencePrice;
  const collar = order.limitPrice ?? reference;
  const base: Money = minimum(most.capital, equity);
  const withFee = asRatio(ONE_RATIO + 60_000n);
  const cost = rescale(scaleBy(notional(collar, order.quantity), withFee), 8, 'ceil');
  const highWater = held.dayMark?.highWater ?? money('0');
  return {
    position: atMost(notional(reference, order.quantity), scaleBy(base, most.maxPositionRatio)),
    exposure: atMost(add(add(holdings, held.reserved.quote), cost), scaleBy(base, most.maxExposureRatio)),
    notional: atMost(notional(collar, order.quantity), most.maxOrderNotional),
    quantity: atMost(order.quantity, most.maxOrderQuantity ?? order.quantity),
    balance: atMost(cost, subtract(cash, held.reserved.quote)),
    drawdown: lessThan(subtract(highWater, equity), scaleBy(highWater, most.maxDailyDrawdownRatio)),
    collar: atMost(collar, scaleBy(reference, asRatio(ONE_RATIO + most.maxSlippageRatio))),
    lots: order.quantity.scale <= 6 && isPositive(order.quantity),
  };
}

/** The counts, with this order. */
function weighCounts(input: EntryInput): Record<string, boolean> {
  const { limits: most, money: held, activity, now } = input;
  return {
    positions: (held.book?.positions.size ?? 0) + 1 <= most.maxOpenPositions,
    second: messagesLastSecond(activity, now) + 1 <= most.maxOrdersPerSecond,
    minute: messagesLastMinute(activity, now) + 1 <= most.maxOrdersPerMinute,
    hour: entriesLastHour(activity, now) + 1 <= most.maxTradesPerHour,
    day: countsToday(activity, now).entriesToday + 1 <= most.maxEntriesPerDay,
  };
}

describe('an entry that is allowed', () => {
  it('exceeds no limit, whatever the account, market and limits', () => {
    let allowed = 0;
    fc.assert(
      fc.property(inputs, (input) => {
        const { order } = decideEntry(input);
        if (!order) return;
        allowed += 1;
        const within = { ...weighMoney(input, order), ...weighCounts(input) };
        expect(Object.entries(within).filter(([, holds]) => !holds)).toEqual([]);
      }),
      RUN,
    );
    // The property says nothing when everything is denied.
    expect(allowed).toBeGreaterThan(100);
  });

  it('is judged the same every time', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        expect(decideEntry(input)).toEqual(decideEntry({ ...input }));
      }),
      { ...RUN, numRuns: 200 },
    );
  });

  it('is trimmed, never raised', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const looser = { ...input, limits: { ...input.limits, maxOrderNotional: LIMITS.capital } };
        const strict = decideEntry(input).order?.quantity;
        const loose = decideEntry(looser).order?.quantity;
        if (strict && loose) expect(greaterThan(strict, loose)).toBe(false);
      }),
      { ...RUN, numRuns: 500 },
    );
  });
});
