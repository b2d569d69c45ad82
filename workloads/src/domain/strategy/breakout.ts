/**
 * Breakout of a price channel, as the original's later version and Donchian's rule have it: enters above the highest high
 * of a look-back, leaves below the lowest low of a shorter one. The candle decided on is in neither: of it only the close
 * is seen.
 */
import type { CandleSeries } from '../market/candle-series.ts';
import { highestHigh, lowestLow } from '../market/extremes.ts';
import { formatPercent, ONE_RATIO } from '../money/amounts.ts';
import { changeOf, compareChange } from '../money/change.ts';
import { atMost, lessThan } from '../money/decimal.ts';
import { formatDuration } from '../time.ts';
import { candleInterval, candlesBack, type Parameters, type SettingsOf } from './parameters.ts';
import {
  type EntryRule,
  type ExitRule,
  noTrigger,
  type PriceColumns,
  type StrategyDecision,
} from './strategy.ts';
import { strategyKind } from './strategy-kind.ts';

const PARAMETERS = {
  entryLookback: {
    kind: 'lookback',
    doc: 'The window of the highest high that a close must break; the candle decided on is not in it.',
    default: '4h',
  },
  exitLookback: {
    kind: 'lookback',
    doc: 'The window of the lowest low below which a position is sold; the candle decided on is not in it.',
    default: '2h',
  },
  bufferRatio: {
    kind: 'percentage',
    doc: 'How far above the highest high the close must be.',
    atLeast: '0%',
    atMost: '100%',
    default: '0.05%',
  },
  interval: candleInterval,
  cooldown: {
    kind: 'duration',
    doc: 'How long a symbol waits after an entry before the next one.',
    atLeast: '0s',
    atMost: '720h',
    default: '1h',
  },
} as const satisfies Parameters;

export type BreakoutSettings = SettingsOf<typeof PARAMETERS>;
type ExitSettings = Pick<BreakoutSettings, 'exitLookback' | 'interval'>;

const WARMUP = noTrigger('WARMUP');
const GAP = noTrigger('GAP');
const BELOW_THRESHOLD = noTrigger('BELOW_THRESHOLD');

function evaluate(window: CandleSeries, steps: number, settings: BreakoutSettings): StrategyDecision {
  if (!window.isComplete(steps + 1)) return window.seen <= steps ? WARMUP : GAP;
  const [now, before] = [window.at(0), window.at(1)];
  if (now === undefined || before === undefined) return GAP;
  // Nearly every candle, and the channel need not be looked at.
  if (atMost(now.close, before.high)) return BELOW_THRESHOLD;
  const highest = highestHigh(window, steps);
  if (highest === undefined) return GAP;
  if (compareChange(now.close, highest, settings.bufferRatio) <= 0) return BELOW_THRESHOLD;
  return {
    kind: 'trigger',
    changeRatio: changeOf(now.close, highest),
    quoteVolume: window.quoteVolume(steps),
    // A price is above its channel or it is not: there is no degree of it that would scale the size.
    confidenceRatio: ONE_RATIO,
  };
}

/** Far more than the roundings of 2^-53 that the comparison below carries, far less than any move that matters. */
const MARGIN = 1e-12;

/**
 * Rules out candles that any high of the look-back reaches, by more than any rounding. On most the candle before does. A
 * missing one (0) rules nothing out, and what is before the columns does not either.
 */
function scanBreakouts({
  entryLookback,
  interval,
  bufferRatio,
}: BreakoutSettings): NonNullable<EntryRule['nextCandidate']> {
  const steps = entryLookback / interval;
  const factor = (1 + Number(bufferRatio) / Number(ONE_RATIO)) * (1 - MARGIN);
  return ({ high, close }: PriceColumns, from, to) => {
    if (from < steps) return from;
    for (let i = from; i < to; i += 1) {
      const now = close[i] as number;
      if (now === 0) continue;
      let at = i - 1;
      while (at >= i - steps && (high[at] as number) * factor <= now) at -= 1;
      if (at < i - steps) return i;
    }
    return to;
  };
}

/**
 * close < lowest low, over those candles of the look-back that are there, if at least half of them are: a gap must not
 * keep a position in, and a window that was only begun to be filled must not throw it out.
 */
function leaves(window: CandleSeries, steps: number): boolean {
  const [now, before] = [window.at(0), window.at(1)];
  if (now === undefined || (before !== undefined && atMost(before.low, now.close))) return false;
  let there = 0;
  for (let age = 1; age <= steps; age += 1) if (window.at(age) !== undefined) there += 1;
  const lowest = lowestLow(window, steps);
  return 2 * there >= steps && lowest !== undefined && lessThan(now.close, lowest);
}

/** Exact: prices of columns are whole numbers. A missing candle says nothing, and what is before the columns neither. */
function mayLeave({ low, close }: PriceColumns, index: number, steps: number): boolean {
  const now = close[index] as number;
  for (let at = index - 1; at >= Math.max(0, index - steps); at -= 1) {
    const floor = low[at] as number;
    if (floor !== 0 && floor <= now) return false;
  }
  return true;
}

function exitRule({ exitLookback, interval }: ExitSettings): ExitRule {
  const steps = candlesBack(exitLookback, interval);
  return {
    candles: steps + 1,
    mayLeave: (columns, index) => mayLeave(columns, index, steps),
    leaves: (window) => leaves(window, steps),
  };
}

export const breakout = strategyKind({
  summary:
    'Buys a symbol that closes above its highest high of `entryLookback`; sells when it closes below its lowest low of `exitLookback`, at `risk.stopLoss`, and at `takeProfit` or after `maxHolding` where they are given.',
  parameters: PARAMETERS,
  exits: {},
  describe: ({ entryLookback, bufferRatio, interval, cooldown }) =>
    `on a close ${formatPercent(bufferRatio)} above the highest high of ${formatDuration(entryLookback)} (candles of ${formatDuration(interval)}), then waits ${formatDuration(cooldown)}`,
  entry: (settings) => {
    const steps = candlesBack(settings.entryLookback, settings.interval);
    return {
      warmupCandles: steps + 1,
      nextCandidate: scanBreakouts(settings),
      evaluate: (window) => evaluate(window, steps, settings),
    };
  },
  exit: {
    parameters: ['exitLookback'],
    describe: ({ exitLookback }) => `on a close below the lowest low of ${formatDuration(exitLookback)}`,
    rule: exitRule,
  },
});
