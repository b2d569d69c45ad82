/**
 * What the bot did lately, for the frequency checks. Plain data (kept as JSON in the state document of risk); every
 * function returns a new value and drops what has left its window. A window of a minute at `now` is (now − 1 min, now].
 */
import { type Money, type Quantity } from '../money/amounts.ts';
import { formatDecimal, isNegative } from '../money/decimal.ts';
import { type Duration, type Timestamp, HOUR, MINUTE, SECOND, utcDay } from '../time.ts';
import type { TradingSymbol } from '../market/candle.ts';
import type { Side } from '../orders/order.ts';

export interface Activity {
  /** When orders were sent or cancelled within the last minute, oldest first. */
  readonly messageTimes: readonly Timestamp[];
  /** When entries were accepted within the last hour, oldest first. */
  readonly entryTimes: readonly Timestamp[];
  /** The UTC day of the three counts below. */
  readonly day: number;
  readonly ordersToday: number;
  readonly fillsToday: number;
  readonly entriesToday: number;
  /** Round trips lost in a row, net of fees. */
  readonly lossesInRow: number;
  readonly lastLossTime?: Timestamp;
  /** When each intent (fingerprint) was last accepted. */
  readonly intents: Readonly<Record<string, Timestamp>>;
}

export const NO_ACTIVITY: Activity = {
  messageTimes: [],
  entryTimes: [],
  day: 0,
  ordersToday: 0,
  fillsToday: 0,
  entriesToday: 0,
  lossesInRow: 0,
  intents: {},
};

/** What makes two intents the same within the duplicate window. */
export const intentFingerprint = (symbol: TradingSymbol, side: Side, quantity: Quantity): string =>
  `${symbol} ${side} ${formatDecimal(quantity)}`;

/** How many of the ascending times lie in (now − window, now]. */
export function countWithin(times: readonly Timestamp[], now: Timestamp, window: Duration): number {
  let count = 0;
  for (let i = times.length - 1; i >= 0; i -= 1) {
    const time = times[i] ?? 0;
    if (time <= now - window) break;
    if (time <= now) count += 1;
  }
  return count;
}

/** Messages (new and cancel) of the last second. */
export const messagesLastSecond = (activity: Activity, now: Timestamp): number =>
  countWithin(activity.messageTimes, now, SECOND);
export const messagesLastMinute = (activity: Activity, now: Timestamp): number =>
  countWithin(activity.messageTimes, now, MINUTE);
export const entriesLastHour = (activity: Activity, now: Timestamp): number =>
  countWithin(activity.entryTimes, now, HOUR);

/** The counts of the UTC day of `now`; zero when the activity is of an earlier day. */
export const countsToday = (
  activity: Activity,
  now: Timestamp,
): Pick<Activity, 'ordersToday' | 'fillsToday' | 'entriesToday'> =>
  utcDay(now) > activity.day ? { ordersToday: 0, fillsToday: 0, entriesToday: 0 } : activity;

function today(activity: Activity, at: Timestamp): Activity {
  return { ...activity, ...pickCounts(countsToday(activity, at)), day: Math.max(activity.day, utcDay(at)) };
}

const pickCounts = (
  counts: Pick<Activity, 'ordersToday' | 'fillsToday' | 'entriesToday'>,
): Pick<Activity, 'ordersToday' | 'fillsToday' | 'entriesToday'> => ({
  ordersToday: counts.ordersToday,
  fillsToday: counts.fillsToday,
  entriesToday: counts.entriesToday,
});

const appended = (times: readonly Timestamp[], at: Timestamp, window: Duration): readonly Timestamp[] => [
  ...times.filter((time) => time > at - window),
  at,
];

/** An order was sent (`new`) or a cancel was: both are messages, only the first is an order. */
export function recordMessage(activity: Activity, kind: 'new' | 'cancel', at: Timestamp): Activity {
  const current = today(activity, at);
  return {
    ...current,
    messageTimes: appended(current.messageTimes, at, MINUTE),
    ordersToday: current.ordersToday + (kind === 'new' ? 1 : 0),
  };
}

/** An entry was accepted; its order is recorded with `recordMessage` as any other. */
export function recordEntry(
  activity: Activity,
  entry: { readonly fingerprint: string; readonly at: Timestamp; readonly duplicateWindow: Duration },
): Activity {
  const current = today(activity, entry.at);
  const recent = Object.entries(current.intents).filter(
    ([, time]) => time > entry.at - entry.duplicateWindow,
  );
  return {
    ...current,
    entryTimes: appended(current.entryTimes, entry.at, HOUR),
    entriesToday: current.entriesToday + 1,
    intents: { ...Object.fromEntries(recent), [entry.fingerprint]: entry.at },
  };
}

/** A person enabled the strategy again after it had used up the entries of the day: it has as many again. */
export const reEnabled = (activity: Activity): Activity => ({ ...activity, entriesToday: 0 });

/** A fill was booked. */
export function recordFill(activity: Activity, at: Timestamp): Activity {
  const current = today(activity, at);
  return { ...current, fillsToday: current.fillsToday + 1 };
}

/** A round trip ended with this result, net of its fees. Zero is no loss. */
export function recordRoundTrip(activity: Activity, netPnl: Money, at: Timestamp): Activity {
  return isNegative(netPnl)
    ? { ...activity, lossesInRow: activity.lossesInRow + 1, lastLossTime: at }
    : { ...activity, lossesInRow: 0 };
}
