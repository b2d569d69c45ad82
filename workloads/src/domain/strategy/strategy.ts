import type { CandleSeries } from '../market/candle-series.ts';
import type { Money, Ratio } from '../money/amounts.ts';
import type { Duration } from '../time.ts';
import type { SignalRejection } from './signal.ts';

/** What made a strategy want to enter. */
export interface Trigger {
  readonly kind: 'trigger';
  /** Rounded down to 1e-8. */
  readonly changeRatio: Ratio;
  readonly quoteVolume: Money;
  /** In (0, 1], rounded down to 1e-8: scales the size, is no probability. */
  readonly confidenceRatio: Ratio;
}

export interface NoTrigger {
  readonly kind: 'none';
  readonly reason: SignalRejection;
}

export type StrategyDecision = Trigger | NoTrigger;

/** That a strategy does not enter, and why. */
export const noTrigger = (reason: SignalRejection): NoTrigger => Object.freeze({ kind: 'none', reason });

/**
 * Closed candles of one symbol in columns, as a back-test keeps them. Prices are whole numbers of one scale (at most
 * 2^53, so exact as floats); a close of 0 marks a missing candle.
 */
export interface PriceColumns {
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
}

/**
 * When to enter. It is a pure function of a window of closed candles: it keeps nothing of its own, so that a restart
 * that fills the window again decides as if it had never stopped.
 */
export interface EntryRule {
  /** How many candles its window holds; nothing is decided before that many were there. */
  readonly warmupCandles: number;
  /**
   * Optional, for speed: the first index from `from` on at which `evaluate` might trigger; `to` when there is none. It may
   * only rule candles out, and only those that `evaluate` would surely refuse; whatever it leaves is evaluated. Indices
   * before `from` hold earlier candles, as far as the columns reach. A rule without it is evaluated on every candle.
   */
  readonly nextCandidate?: (columns: PriceColumns, from: number, to: number) => number;
  /** Decide on the newest candle of the window. */
  evaluate(window: CandleSeries): StrategyDecision;
}

/**
 * When to leave, besides the exits that every strategy has. It is asked on each closed candle after the entry; once it
 * says so, the position is left until it is flat. Pure like `EntryRule`; missing candles must not keep it from leaving.
 */
export interface ExitRule {
  /** How many candles its window holds. */
  readonly candles: number;
  /** Optional, for speed: false when `leaves` surely says no on the candle at `index`. */
  readonly mayLeave?: (columns: PriceColumns, index: number) => boolean;
  /** Whether a position is to be left on the newest candle of the window. */
  leaves(window: CandleSeries): boolean;
}

/** A kind of strategy with settings. */
export interface Strategy extends EntryRule {
  /** Part of every signal id: never renamed. */
  readonly name: string;
  /** The candle interval it decides on. */
  readonly interval: Duration;
  /** How long a symbol's next entry waits after its last. */
  readonly cooldown: Duration;
  readonly exit?: ExitRule;
}

/** How many closed candles its rules look at. */
export const candlesOf = ({ warmupCandles, exit }: Pick<Strategy, 'warmupCandles' | 'exit'>): number =>
  Math.max(warmupCandles, exit?.candles ?? 0);
