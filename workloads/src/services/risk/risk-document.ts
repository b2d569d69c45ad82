/**
 * What risk remembers besides the ledger's tables: counters, high-water marks, excursions. Stored as one JSON document
 * in the transactions that change it; prices are not in it, they are rebuilt from market data.
 */
import { z } from 'zod';
import type { DayMark, RunDrawdown } from '../../domain/account/drawdown.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Price } from '../../domain/money/amounts.ts';
import { type Activity, NO_ACTIVITY } from '../../domain/risk/activity.ts';
import type { Timestamp } from '../../domain/time.ts';
import { moneyOnWire, optionalOnWire, priceOnWire, ratioOnWire } from '../../events/wire.ts';

/** What is remembered of an open position. */
export interface Holding {
  /** Names the position. */
  readonly entryOrderId: string;
  readonly adversePrice: Price;
  readonly favorablePrice: Price;
  /** The strategy wants it left, until it is flat. */
  readonly leaving?: boolean;
}

export interface RiskDocument {
  readonly dayMark?: DayMark;
  readonly run?: RunDrawdown;
  readonly activity: Activity;
  readonly holdings: Readonly<Record<TradingSymbol, Holding>>;
  /** Fill time of each symbol's last entry. */
  readonly lastEntry: Readonly<Record<TradingSymbol, Timestamp>>;
  /** Event time of the newest live price. */
  readonly time: Timestamp;
  /** Event time of the last hourly equity snapshot. */
  readonly snapshotTime: Timestamp;
  /** Whether it was told that open positions are unprotected. */
  readonly unprotected: boolean;
  /** How far the journal of execution was taken in. */
  readonly executionSeen: number;
  /** The breaker of the entries of a day is latched: once it is cleared the strategy has a day's entries again. */
  readonly entriesLatched: boolean;
  /** Version of the limits that were last journalled as in force. */
  readonly limitsHash?: string;
}

export const EMPTY_DOCUMENT: RiskDocument = {
  activity: NO_ACTIVITY,
  holdings: {},
  lastEntry: {},
  time: 0,
  snapshotTime: 0,
  unprotected: false,
  executionSeen: 0,
  entriesLatched: false,
};

const instant = z.int();
const count = z.int().nonnegative();

const document = z.strictObject({
  dayMark: optionalOnWire(z.strictObject({ day: count, openingEquity: moneyOnWire, highWater: moneyOnWire })),
  run: optionalOnWire(
    z.strictObject({ peak: moneyOnWire, trough: moneyOnWire, maxDrawdownRatio: ratioOnWire }),
  ),
  activity: z.strictObject({
    messageTimes: z.array(instant).readonly(),
    entryTimes: z.array(instant).readonly(),
    day: count,
    ordersToday: count,
    fillsToday: count,
    entriesToday: count,
    lossesInRow: count,
    lastLossTime: optionalOnWire(instant),
    intents: z.record(z.string(), instant),
  }),
  holdings: z.record(
    z.string(),
    z.strictObject({
      entryOrderId: z.string(),
      adversePrice: priceOnWire,
      favorablePrice: priceOnWire,
      leaving: optionalOnWire(z.boolean()),
    }),
  ),
  lastEntry: z.record(z.string(), instant),
  time: instant,
  snapshotTime: instant,
  unprotected: z.boolean(),
  executionSeen: count,
  entriesLatched: z.boolean(),
  limitsHash: optionalOnWire(z.string()),
});

const SCHEMA: z.ZodType<RiskDocument> = document;

/** @throws ZodError when it is not one of ours (the ledger is broken) */
export const readRiskDocument = (stored: unknown): RiskDocument =>
  stored === undefined ? EMPTY_DOCUMENT : SCHEMA.parse(stored);

export const writeRiskDocument = (value: RiskDocument): unknown => SCHEMA.encode(value);
