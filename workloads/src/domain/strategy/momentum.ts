import type { CandleSeries } from '../market/candle-series.ts';
import type { Candle } from '../market/candle.ts';
import { formatPercent, ONE_RATIO, type Price, type Ratio, asRatio, ratioOf } from '../money/amounts.ts';
import { changeOf, compareChange } from '../money/change.ts';
import { formatDecimal, lessThan, subtract } from '../money/decimal.ts';
import { formatDuration } from '../time.ts';
import { candleInterval, candlesBack, type Parameters, type SettingsOf } from './parameters.ts';
import { type EntryRule, noTrigger, type PriceColumns, type StrategyDecision } from './strategy.ts';
import { strategyKind } from './strategy-kind.ts';

const PARAMETERS = {
  thresholdRatio: {
    kind: 'percentage',
    doc: 'The rise over the look-back that makes a signal.',
    atLeast: '0.01%',
    atMost: '100%',
    default: '3%',
  },
  lookback: {
    kind: 'lookback',
    doc: 'The window of the rise.',
    default: '15m',
  },
  interval: candleInterval,
  /** Summed over the look-back. */
  minQuoteVolume: {
    kind: 'amount',
    doc: 'The least quote volume summed over the look-back, in the quote asset; "0" asks for none.',
    dollars: '100000',
  },
  cooldown: {
    kind: 'duration',
    doc: 'How long a symbol waits after an entry before the next one.',
    atLeast: '0s',
    atMost: '720h',
    default: '15m',
  },
} as const satisfies Parameters;

/** The momentum rule (trading-rules: momentum). */
export type MomentumSettings = SettingsOf<typeof PARAMETERS>;

/** The change at which confidence is full is 10 %: confidence = change × 10 (the original's rule). */
const CONFIDENCE_FACTOR = 10n;

const WARMUP = noTrigger('WARMUP');
const GAP = noTrigger('GAP');
const BELOW_THRESHOLD = noTrigger('BELOW_THRESHOLD');
const LOW_VOLUME = noTrigger('LOW_VOLUME');

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
function scanRises(settings: MomentumSettings): NonNullable<EntryRule['nextCandidate']> {
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

export const momentum = strategyKind({
  summary:
    'Buys a symbol whose closed candles rose by `threshold` over `lookback`; sells at `takeProfit`, after `maxHolding`, or at `risk.stopLoss`.',
  parameters: PARAMETERS,
  exits: { takeProfit: '4%', maxHolding: '4h' },
  describe: ({ thresholdRatio, lookback, interval, minQuoteVolume, cooldown }, quote) =>
    `on a rise of ${formatPercent(thresholdRatio)} within ${formatDuration(lookback)} (candles of ${formatDuration(interval)}, volume from ${formatDecimal(minQuoteVolume)} ${quote}), then waits ${formatDuration(cooldown)}`,
  entry: (settings) => ({
    warmupCandles: candlesBack(settings.lookback, settings.interval) + 1,
    nextCandidate: scanRises(settings),
    evaluate: (window) => evaluateMomentum(window, settings),
  }),
});
