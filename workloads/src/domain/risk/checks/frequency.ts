/**
 * Layer 7 of the original, and the throttles of RTS 6 articles 15 and 18 of its guidance: how often we do what. Every
 * figure includes the order that is judged, and is allowed at its limit.
 */
import { countsToday, entriesLastHour, messagesLastMinute, messagesLastSecond } from '../activity.ts';
import { type EntryCheck, judge } from './result.ts';

/** From how many orders of a day the order-to-trade ratio says something. */
export const ORDER_TO_TRADE_FROM = 20;

/** New and cancel messages of the last second, those of exits among them. */
export const checkOrderRateSecond: EntryCheck = ({ activity, limits, now }) => {
  const count = messagesLastSecond(activity, now) + 1;
  return judge(
    { check: 'order-rate-second', value: `${count}`, limit: `at most ${limits.maxOrdersPerSecond}` },
    count <= limits.maxOrdersPerSecond,
    'ORDER_RATE_SECOND',
  );
};

export const checkOrderRateMinute: EntryCheck = ({ activity, limits, now }) => {
  const count = messagesLastMinute(activity, now) + 1;
  return judge(
    { check: 'order-rate-minute', value: `${count}`, limit: `at most ${limits.maxOrdersPerMinute}` },
    count <= limits.maxOrdersPerMinute,
    'ORDER_RATE_MINUTE',
  );
};

/** Orders per fill of the UTC day. Without a fill every order from the twentieth on is one too many. */
export const checkOrderToTrade: EntryCheck = ({ activity, limits, now }) => {
  const { ordersToday, fillsToday } = countsToday(activity, now);
  const orders = ordersToday + 1;
  return judge(
    {
      check: 'order-to-trade',
      value: `${orders} orders, ${fillsToday} fills`,
      limit: `at most ${limits.maxOrderToTradeRatio} orders a fill from ${ORDER_TO_TRADE_FROM} orders on`,
    },
    orders < ORDER_TO_TRADE_FROM || orders <= limits.maxOrderToTradeRatio * fillsToday,
    'ORDER_TO_TRADE',
  );
};

/** Its failure latches the strategy (risk/demands.ts). */
export const checkEntriesPerDay: EntryCheck = ({ activity, limits, now }) => {
  const count = countsToday(activity, now).entriesToday + 1;
  return judge(
    { check: 'entries-per-day', value: `${count}`, limit: `at most ${limits.maxEntriesPerDay}` },
    count <= limits.maxEntriesPerDay,
    'ENTRIES_PER_DAY',
  );
};

export const checkTradesPerHour: EntryCheck = ({ activity, limits, now }) => {
  const count = entriesLastHour(activity, now) + 1;
  return judge(
    { check: 'trades-per-hour', value: `${count}`, limit: `at most ${limits.maxTradesPerHour}` },
    count <= limits.maxTradesPerHour,
    'TRADES_PER_HOUR',
  );
};
