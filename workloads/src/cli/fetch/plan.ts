import { INTERVALS, type IntervalName } from '../../contract/text-forms.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import { DAY, type Timestamp } from '../../domain/time.ts';
import { EXIT } from '../../process/exit-code.ts';
import { CliFailure } from '../failure.ts';
import { oneOf, parsed, parseTime } from '../option-values.ts';
import type { CandleSpan } from './candle-file.ts';

export interface FetchOptions {
  readonly symbols: string;
  readonly interval: string;
  readonly from: string;
  readonly to?: string;
  readonly out: string;
  readonly rest?: string;
  readonly gzip?: boolean;
  readonly json?: boolean;
}

/** What is to be there when the command is done. */
export interface FetchPlan extends CandleSpan {
  readonly symbols: readonly TradingSymbol[];
  readonly intervalName: IntervalName;
}

const SYMBOL = /^[A-Z0-9]{2,30}$/;

function symbolsOf(text: string): readonly TradingSymbol[] {
  const symbols = [...new Set(text.split(',').map((symbol) => symbol.trim()))];
  const wrong = symbols.find((symbol) => !SYMBOL.test(symbol));
  if (wrong === undefined) return symbols.toSorted();
  throw new RangeError(
    `was ${JSON.stringify(wrong)}; allowed are upper-case letters and digits, such as BTCUSDT,ETHUSDT`,
  );
}

/** A day that has begun is taken up to its begin. */
const today = (now: Timestamp): Timestamp => Math.floor(now / DAY) * DAY;

/** What the options say by themselves: before anybody is asked for the time. */
export type FetchWish = Omit<FetchPlan, 'to'> & { readonly to: Timestamp | undefined };

const refuseTo = (to: Timestamp, allowed: string): CliFailure =>
  new CliFailure(EXIT.USAGE, `--to: was ${timeName(to)}; allowed is ${allowed}`);

/** @throws CliFailure */
export function readWish(options: FetchOptions): FetchWish {
  const names = Object.keys(INTERVALS) as IntervalName[];
  const intervalName = parsed('--interval', () => oneOf(options.interval, names));
  const interval = INTERVALS[intervalName];
  const symbols = parsed('--symbols', () => symbolsOf(options.symbols));
  const aligned = (option: string, text: string): Timestamp => {
    const time = parsed(option, () => parseTime(text));
    if (time % interval === 0) return time;
    throw new CliFailure(
      EXIT.USAGE,
      `${option}: was ${text}; allowed is where a candle of ${intervalName} begins`,
    );
  };
  const from = aligned('--from', options.from);
  const to = options.to === undefined ? undefined : aligned('--to', options.to);
  if (to !== undefined && to <= from) throw refuseTo(to, `later than --from (${timeName(from)})`);
  return { symbols, intervalName, interval, from, to };
}

/** What can be had of it by `now`, the venue's time: candles that are closed. @throws CliFailure */
export function planFetch(wish: FetchWish, now: Timestamp): FetchPlan {
  const { from, interval, to = today(now) } = wish;
  if (to <= from) throw refuseTo(to, `later than --from (${timeName(from)})`);
  if (to > now) {
    const latest = timeName(Math.floor(now / interval) * interval);
    throw refuseTo(to, `up to ${latest}: later candles are not closed`);
  }
  return { ...wish, to };
}

/** `2024-03-01`, or `2024-03-01T1200` within a day: for names of files. */
export function timeName(time: Timestamp): string {
  const text = new Date(time).toISOString();
  return time % DAY === 0 ? text.slice(0, 10) : text.slice(0, 16).replace(':', '');
}

/** The name of a symbol's file: the symbol up to the first `-`, as `--data` reads it, then what it holds. */
export const fileName = (symbol: TradingSymbol, { intervalName, from, to }: FetchPlan): string =>
  `${symbol}-${intervalName}-${timeName(from)}-${timeName(to)}.csv`;
