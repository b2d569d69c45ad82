import { DAY, type Duration, HOUR, MINUTE, type Timestamp } from '../../domain/time.ts';

/** A kline interval as the venue cuts it. */
export interface KlineInterval {
  /** Name in REST calls; absent: the WebSocket only. `1h` is not one of them. */
  readonly rest: string | undefined;
  /** Name in WebSocket channels. */
  readonly channel: string;
  startOf(time: Timestamp): Timestamp;
  endOf(start: Timestamp): Timestamp;
}

/** 1970-01-01 was a Thursday; weeks begin on Monday. */
const FIRST_MONDAY = 4 * DAY;
const WEEK = 7 * DAY;

const fixed = (rest: string | undefined, channel: string, duration: Duration): KlineInterval => ({
  rest,
  channel,
  startOf: (time) => time - (time % duration),
  endOf: (start) => start + duration,
});

const month = (time: Timestamp, ahead: number): Timestamp => {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + ahead);
};

export const KLINE_INTERVALS: readonly KlineInterval[] = [
  fixed('1m', 'Min1', MINUTE),
  fixed('5m', 'Min5', 5 * MINUTE),
  fixed('15m', 'Min15', 15 * MINUTE),
  fixed('30m', 'Min30', 30 * MINUTE),
  fixed('60m', 'Min60', HOUR),
  fixed('4h', 'Hour4', 4 * HOUR),
  fixed(undefined, 'Hour8', 8 * HOUR),
  fixed('1d', 'Day1', DAY),
  {
    rest: '1W',
    channel: 'Week1',
    startOf: (time) => time - ((time - FIRST_MONDAY) % WEEK),
    endOf: (start) => start + WEEK,
  },
  {
    rest: '1M',
    channel: 'Month1',
    startOf: (time) => month(time, 0),
    endOf: (start) => month(start, 1),
  },
];

export const HOURLY = 'Min60';
