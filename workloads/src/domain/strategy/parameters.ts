/**
 * The settings of a strategy as data: what a person may write for each, and what it means. The contract makes the schema
 * of `spec.strategy`, its rules and the settings files of the processes from it, so that a strategy says it once.
 */
import type { Money, Ratio } from '../money/amounts.ts';
import type { Duration } from '../time.ts';

interface Documented {
  /** What the setting does, for the API reference: sentences with a full stop. */
  readonly doc: string;
}

/** `3%`: becomes a `Ratio`. The setting's name ends in `Ratio`, the field's does not. */
export interface PercentageParameter extends Documented {
  readonly kind: 'percentage';
  readonly atLeast: string;
  readonly atMost: string;
  readonly default: string;
}

/** `15m`: a time that sizes no window, so that it may change while the bot runs. */
export interface DurationParameter extends Documented {
  readonly kind: 'duration';
  readonly atLeast: string;
  readonly atMost: string;
  readonly default: string;
}

/** `15m`: how far back a rule looks, a whole multiple of the interval. Its change is a restart: it sizes a window. */
export interface LookbackParameter extends Documented {
  readonly kind: 'lookback';
  readonly default: string;
}

/** One of the candle intervals that the exchange serves. Every strategy has one, named `interval`. */
export interface IntervalParameter extends Documented {
  readonly kind: 'interval';
  readonly default: '1m' | '5m' | '15m' | '30m' | '1h' | '4h' | '1d';
}

/** `"100000"`: an amount in the quote asset. Only where that is a dollar is there a default. */
export interface AmountParameter extends Documented {
  readonly kind: 'amount';
  readonly dollars: string;
}

export type Parameter =
  PercentageParameter | DurationParameter | LookbackParameter | IntervalParameter | AmountParameter;

/** What every strategy has, and what is its own, in the order of the API reference. */
export type Parameters = Readonly<Record<string, Parameter>> & {
  readonly interval: IntervalParameter;
  readonly cooldown: DurationParameter;
};

interface Meanings {
  readonly percentage: Ratio;
  readonly duration: Duration;
  readonly lookback: Duration;
  readonly interval: Duration;
  readonly amount: Money;
}

/** The settings a rule decides by: one for each parameter, none missing. */
export type SettingsOf<All extends Readonly<Record<string, Parameter>>> = {
  readonly [Name in keyof All]: Meanings[All[Name]['kind']];
};

/** The field of `spec.strategy.<name>` that a setting is written in: a ratio is written as a percentage. */
export const fieldOf = (setting: string): string => setting.replace(/Ratio$/, '');

/** The parameter every strategy has. */
export const candleInterval: IntervalParameter = {
  kind: 'interval',
  doc: 'The length of one candle. Decisions are made when a candle is closed.',
  default: '1m',
};

/** How many candles back a look-back reaches. @throws RangeError when it is no whole multiple of the interval */
export function candlesBack(lookback: Duration, interval: Duration): number {
  const count = lookback / interval;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(
      `the look-back must be a multiple of the interval (${interval} ms): was ${lookback} ms`,
    );
  }
  return count;
}
