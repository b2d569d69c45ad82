import { ZERO, add, type Decimal, formatDecimal, maximum, minimum } from '../../domain/money/decimal.ts';
import type { Timestamp } from '../../domain/time.ts';
import { KLINE_INTERVALS, type KlineInterval } from './intervals.ts';
import type { Print } from './print.ts';

/** A window of one symbol: under way, or done when a later one has begun. */
export interface Kline {
  readonly start: Timestamp;
  readonly end: Timestamp;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: Decimal;
  readonly quoteVolume: Decimal;
}

function begin(print: Print, interval: KlineInterval): Kline {
  const start = interval.startOf(print.time);
  const { price } = print;
  return {
    start,
    end: interval.endOf(start),
    open: price,
    high: price,
    low: price,
    close: price,
    volume: print.quantity,
    quoteVolume: print.amount,
  };
}

const extend = (kline: Kline, print: Print): Kline => ({
  ...kline,
  high: maximum(kline.high, print.price),
  low: minimum(kline.low, print.price),
  close: print.price,
  volume: add(kline.volume, print.quantity),
  quoteVolume: add(kline.quoteVolume, print.amount),
});

/** The klines of one symbol in every interval, made of its prints. Keeps the latest `kept` of each. */
export class KlineBook {
  readonly #kept: number;
  readonly #windows = new Map<string, Kline[]>();

  constructor(kept: number) {
    this.#kept = kept;
  }

  add(print: Print): void {
    for (const interval of KLINE_INTERVALS) this.#addTo(interval, print);
  }

  /** By time; the last one is under way. */
  windows(channel: string): readonly Kline[] {
    return this.#windows.get(channel) ?? [];
  }

  current(channel: string): Kline | undefined {
    return this.#windows.get(channel)?.at(-1);
  }

  #addTo(interval: KlineInterval, print: Print): void {
    const windows = this.#windows.get(interval.channel) ?? [];
    this.#windows.set(interval.channel, windows);
    const last = windows.at(-1);
    if (last !== undefined && print.time < last.end) {
      windows[windows.length - 1] = extend(last, print);
      return;
    }
    windows.push(begin(print, interval));
    // A quarter more than is kept, so that the array is not moved with every window.
    if (windows.length > this.#kept * 1.25) windows.splice(0, windows.length - this.#kept);
  }
}

/** Statistics of the last 24 hours. */
export interface DayStatistics {
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: Decimal;
  readonly quoteVolume: Decimal;
}

const HOURS = 24;

/** Over the latest 24 hourly windows, the one under way among them. Undefined before the first print. */
export function dayStatistics(hourly: readonly Kline[]): DayStatistics | undefined {
  const last = hourly.at(-1);
  if (last === undefined) return undefined;
  const windows = hourly
    .slice(-HOURS)
    .filter(({ start }) => start > last.start - HOURS * (last.end - last.start));
  const [first = last] = windows;
  return {
    open: first.open,
    high: windows.reduce((high, window) => maximum(high, window.high), last.high),
    low: windows.reduce((low, window) => minimum(low, window.low), last.low),
    close: last.close,
    volume: windows.reduce((sum, { volume }) => add(sum, volume), ZERO),
    quoteVolume: windows.reduce((sum, { quoteVolume }) => add(sum, quoteVolume), ZERO),
  };
}

/** A row of `GET /klines`: eight fields, the close time without the usual millisecond less. */
export const klineRowOf = (kline: Kline): readonly (number | string)[] => [
  kline.start,
  formatDecimal(kline.open),
  formatDecimal(kline.high),
  formatDecimal(kline.low),
  formatDecimal(kline.close),
  formatDecimal(kline.volume),
  kline.end,
  formatDecimal(kline.quoteVolume),
];
