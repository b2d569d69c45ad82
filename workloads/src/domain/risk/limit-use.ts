/** How much of each limit is used now, as the control API and the status show it. */
import { drawdownRatio } from '../account/drawdown.ts';
import { formatPercent } from '../money/amounts.ts';
import { add, formatDecimal } from '../money/decimal.ts';
import type { Timestamp } from '../time.ts';
import {
  type Activity,
  countsToday,
  entriesLastHour,
  messagesLastMinute,
  messagesLastSecond,
} from './activity.ts';
import { limitTexts } from './change-limits.ts';
import type { AccountView } from './entry-input.ts';
import type { RiskLimits } from './limits.ts';

export interface LimitUse {
  readonly name: string;
  readonly value: string;
  /** Null where nothing adds up: the limit is of one order, or of the market. */
  readonly used: string | null;
}

export interface UseQuestion {
  readonly limits: RiskLimits;
  readonly money: AccountView;
  readonly activity: Activity;
  readonly now: Timestamp;
}

const UNKNOWN = 'not known';

function exposedText({ holdings, reserved }: AccountView): string {
  return holdings === undefined ? UNKNOWN : formatDecimal(add(holdings, reserved.quote));
}

function drawdownText({ dayMark, equity }: AccountView): string {
  if (dayMark === undefined || equity === undefined) return UNKNOWN;
  return formatPercent(drawdownRatio(dayMark.highWater, equity));
}

function heldText({ book, reserved }: AccountView): string {
  if (book === undefined) return UNKNOWN;
  return String(new Set([...book.positions.keys(), ...reserved.buys.keys()]).size);
}

/** Every limit in force with what is used of it. */
export function limitUse({ limits, money, activity, now }: UseQuestion): readonly LimitUse[] {
  const today = countsToday(activity, now);
  const used: Readonly<Record<string, string>> = {
    capital: exposedText(money),
    maxExposure: exposedText(money),
    maxDailyDrawdown: drawdownText(money),
    maxOpenPositions: heldText(money),
    maxOrdersPerSecond: String(messagesLastSecond(activity, now)),
    maxOrdersPerMinute: String(messagesLastMinute(activity, now)),
    maxOrderToTradeRatio: `${today.ordersToday} orders, ${today.fillsToday} fills`,
    maxEntriesPerDay: String(today.entriesToday),
    maxTradesPerHour: String(entriesLastHour(activity, now)),
    maxConsecutiveLosses: String(activity.lossesInRow),
  };
  return limitTexts(limits).map(({ name, value }) => ({ name, value, used: used[name] ?? null }));
}
