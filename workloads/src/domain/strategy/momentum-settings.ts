import type { Money, Ratio } from '../money/amounts.ts';
import type { Duration } from '../time.ts';

/** The momentum rule (trading-rules: momentum). `lookback` is a whole multiple of `interval`. */
export interface MomentumSettings {
  readonly thresholdRatio: Ratio;
  readonly lookback: Duration;
  readonly interval: Duration;
  /** Quote volume summed over the look-back. */
  readonly minQuoteVolume: Money;
  readonly cooldown: Duration;
}
