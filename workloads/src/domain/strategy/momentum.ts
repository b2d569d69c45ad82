import type { CandleSeries } from '../market/candle-series.ts';
import type { Candle } from '../market/candle.ts';
import { ONE_RATIO, type Price, type Ratio, asRatio, ratioOf } from '../money/amounts.ts';
import { changeOf, compareChange } from '../money/change.ts';
import { lessThan, subtract } from '../money/decimal.ts';
import type { MomentumSettings } from './momentum-settings.ts';
import type { NoTrigger, PriceColumns, Strategy, StrategyDecision } from './strategy.ts';
import type { SignalRejection } from './signal.ts';

export const MOMENTUM = 'momentum';

/** The change at which confidence is full is 10 %: confidence = change × 10 (the original's rule). */
const CONFIDENCE_FACTOR = 10n;

const none = (reason: SignalRejection): NoTrigger => Object.freeze({ kind: 'none', reason });
const WARMUP = none('WARMUP');
const GAP = none('GAP');
const BELOW_THRESHOLD = none('BELOW_THRESHOLD');
const LOW_VOLUME = none('LOW_VOLUME');

/** k of trading-rules §3: how many candles back the newest close is compared with. @throws RangeError */
export function lookbackCandles({
  lookback,
  interval,
}: Pick<MomentumSettings, 'lookback' | 'interval'>): number {
  const count = lookback / interval;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(
      `the look-back must be a multiple of the interval (${interval} ms): was ${lookback} ms`,
    );
  }
  return count;
}

/** min(change / 10 %, 1), rounded down to 1e-8. */
function confidence(close: Price, past: Price): Ratio {
  const rise = subtract(close, past);
  const ratio = ratioOf({ units: rise.units * CONFIDENCE_FACTOR, scale: rise.scale }, past, 'floor');
  return ratio > ONE_RATIO ? ONE_RATIO : asRatio(ratio);
}

function judge(
  window: CandleSeries,
  pair: { now: Candle; then: Candle },
  settings: MomentumSettings,
): StrategyDecision {
  const { now, then } = pair;
  if (compareChange(now.close, then.close, settings.thresholdRatio) < 0) return BELOW_THRESHOLD;
  const quoteVolume = window.quoteVolume(settings.lookback / settings.interval);
  if (lessThan(quoteVolume, settings.minQuoteVolume)) return LOW_VOLUME;
  return {
    kind: 'trigger',
    changeRatio: changeOf(now.close, then.close),
    quoteVolume,
    confidenceRatio: confidence(now.close, then.close),
  };
}

/**
 * Trading-rules §3 on the newest candle of a window: close[t] / close[t−k] − 1 ≥ threshold, compared exactly, with all
 * k+1 candles there and enough quote volume over the k newest.
 * @throws RangeError when the window is too small for the look-back
 */
export function evaluateMomentum(window: CandleSeries, settings: MomentumSettings): StrategyDecision {
  const steps = settings.lookback / settings.interval;
  if (!window.isComplete(steps + 1)) return window.seen <= steps ? WARMUP : GAP;
  const now = window.at(0);
  const then = window.at(steps);
  return now && then ? judge(window, { now, then }, settings) : GAP;
}

/** Far more than the three roundings of 2^-53 that the comparison below carries, far less than any move that matters. */
const MARGIN = 1e-12;

/**
 * Rules out candles that did not rise enough: now < then × (1 + threshold) by more than any rounding. A missing candle
 * then (0) rules nothing out, and what is before the columns does not either.
 */
function scanRises(settings: MomentumSettings): NonNullable<Strategy['nextCandidate']> {
  const steps = settings.lookback / settings.interval;
  const factor = (1 + Number(settings.thresholdRatio) / Number(ONE_RATIO)) * (1 - MARGIN);
  return ({ close }: PriceColumns, from, to) => {
    if (from < steps) return from;
    for (let i = from; i < to; i += 1) {
      const now = close[i] as number;
      if (now !== 0 && now >= (close[i - steps] as number) * factor) return i;
    }
    return to;
  };
}

/** @throws RangeError when the look-back is no multiple of the interval */
export function makeMomentum(settings: MomentumSettings): Strategy {
  return {
    name: MOMENTUM,
    interval: settings.interval,
    warmupCandles: lookbackCandles(settings) + 1,
    cooldown: settings.cooldown,
    nextCandidate: scanRises(settings),
    evaluate: (window) => evaluateMomentum(window, settings),
  };
}
