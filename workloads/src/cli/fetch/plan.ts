import { INTERVALS, type IntervalName } from '../../contract/text-forms.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import { DAY, type Timestamp } from '../../domain/time.ts';
import { EXIT } from '../../process/exit-code.ts';
import { oneOf, parseTime } from '../backtest/plan.ts';
import { CliFailure } from '../failure.ts';
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

function parsed<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CliFailure(EXIT.USAGE, `${option}: ${error.message}`, { cause: error });
  }
}

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

/**
 * What the options mean. `now`: the venue's time; only candles that are closed by then can be had.
 * @throws CliFailure
 */
export function planFetch(options: FetchOptions, now: Timestamp): FetchPlan {
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
  const to = options.to === undefined ? today(now) : aligned('--to', options.to);
  if (to <= from) {
    throw new CliFailure(
      EXIT.USAGE,
      `--to: was ${timeName(to)}; allowed is later than --from (${timeName(from)})`,
    );
  }
  if (to > now) {
    const latest = timeName(Math.floor(now / interval) * interval);
    throw new CliFailure(
      EXIT.USAGE,
      `--to: was ${timeName(to)}; allowed is up to ${latest}: later candles are not closed`,
    );
  }
  return { symbols, intervalName, interval, from, to };
}

/** `2024-03-01`, or `2024-03-01T1200` within a day: for names of files. */
export function timeName(time: Timestamp): string {
  const text = new Date(time).toISOString();
  return time % DAY === 0 ? text.slice(0, 10) : text.slice(0, 16).replace(':', '');
}

/** The name of a symbol's file: the symbol up to the first `-`, as `--data` reads it, then what it holds. */
export const fileName = (symbol: TradingSymbol, { intervalName, from, to }: FetchPlan): string =>
  `${symbol}-${intervalName}-${timeName(from)}-${timeName(to)}.csv`;
