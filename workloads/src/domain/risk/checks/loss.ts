/** Layer 1 of the original: what was lost. */
import { drawdownRatio } from '../../account/drawdown.ts';
import { type EntryCheck, instant, judge, missing, percent } from './result.ts';

/** Loss of the UTC day against its highest equity, realised and unrealised. Breached at the limit exactly. */
export const checkDailyDrawdown: EntryCheck = ({ limits, money }) => {
  const limit = `below ${percent(limits.maxDailyDrawdownRatio)}`;
  if (money.equity === undefined || money.dayMark === undefined) {
    return missing('daily-drawdown', limit, 'EQUITY_MISSING');
  }
  const lost = drawdownRatio(money.dayMark.highWater, money.equity);
  return judge(
    { check: 'daily-drawdown', value: percent(lost), limit },
    lost < limits.maxDailyDrawdownRatio,
    'DAILY_DRAWDOWN',
  );
};

/** After a losing streak entries wait; without the time of the last loss they wait until one is won. */
export const checkConsecutiveLosses: EntryCheck = ({ limits, activity, now }) => {
  const { lossesInRow, lastLossTime } = activity;
  const until = lastLossTime === undefined ? undefined : lastLossTime + limits.lossCooldown;
  const streak = lossesInRow >= limits.maxConsecutiveLosses;
  const waits = streak && (until === undefined || now < until);
  const value = streak
    ? `${lossesInRow}, waits until ${until === undefined ? 'a win' : instant(until)}`
    : `${lossesInRow}`;
  return judge(
    { check: 'consecutive-losses', value, limit: `below ${limits.maxConsecutiveLosses}` },
    !waits,
    'CONSECUTIVE_LOSSES',
  );
};
