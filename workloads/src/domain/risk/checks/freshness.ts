/** Layer 3 of the original: how old what we know is, and whether our clock can tell. */
import { formatDuration } from '../../time.ts';
import { type EntryCheck, judge, missing, qualified } from './result.ts';

/** Age against `maxDataAge` plus, for candle feeds, one interval. Allowed at the limit. */
export const checkDataAge: EntryCheck = ({ market, limits, now }) => {
  const limit = `at most ${formatDuration(limits.maxDataAge + market.feedInterval)}`;
  if (market.dataTime === undefined) return missing('data-age', limit, 'DATA_MISSING');
  const age = now - market.dataTime;
  const compared = { check: 'data-age', value: formatDuration(age), limit };
  if (age < -limits.maxClockSkew) return judge(compared, false, 'DATA_FUTURE');
  return judge(compared, age <= limits.maxDataAge + market.feedInterval, 'DATA_STALE');
};

/** Allowed at the limit, in either direction. */
export const checkClockSkew: EntryCheck = ({ market, limits }) => {
  const limit = `at most ${formatDuration(limits.maxClockSkew)}`;
  const { clockOffset, quality } = market;
  if (clockOffset === undefined || quality.clockOffset === 'absent' || !Number.isFinite(clockOffset)) {
    return missing('clock-skew', limit, 'CLOCK_MISSING');
  }
  return judge(
    { check: 'clock-skew', value: qualified(formatDuration(clockOffset), quality.clockOffset), limit },
    Math.abs(clockOffset) <= limits.maxClockSkew,
    'CLOCK_SKEW',
  );
};
