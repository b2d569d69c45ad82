import { DAY, type Duration, HOUR, MINUTE } from '../../../domain/time.ts';
import { WireError } from './wire-error.ts';

/** How REST and the WebSocket name one kline interval. REST refuses `1h`. */
export interface IntervalNames {
  readonly duration: Duration;
  readonly rest: string;
  /** Kline channels also have Hour8, which REST has not: it is left out, since gaps could not be filled. */
  readonly channel: string;
}

/** Weeks and months are left out: their windows are not multiples of a fixed duration since 1970. */
export const INTERVALS: readonly IntervalNames[] = [
  { duration: MINUTE, rest: '1m', channel: 'Min1' },
  { duration: 5 * MINUTE, rest: '5m', channel: 'Min5' },
  { duration: 15 * MINUTE, rest: '15m', channel: 'Min15' },
  { duration: 30 * MINUTE, rest: '30m', channel: 'Min30' },
  { duration: HOUR, rest: '60m', channel: 'Min60' },
  { duration: 4 * HOUR, rest: '4h', channel: 'Hour4' },
  { duration: DAY, rest: '1d', channel: 'Day1' },
];

/** @throws WireError INTERVAL_UNKNOWN, naming what is allowed */
export function intervalNames(duration: Duration): IntervalNames {
  const found = INTERVALS.find((names) => names.duration === duration);
  if (found !== undefined) return found;
  const allowed = INTERVALS.map(({ rest }) => rest).join(', ');
  throw new WireError(
    'INTERVAL_UNKNOWN',
    `MEXC has no klines of ${duration} ms: allowed are ${allowed} (60m is an hour)`,
  );
}
