import { makeMomentum } from './momentum.ts';
import type { MomentumSettings } from './momentum-settings.ts';
import type { Strategy } from './strategy.ts';

/** The settings of the strategy a bot runs: one field a strategy, as in its `spec.strategy`. */
export interface StrategySettings {
  readonly momentum: MomentumSettings;
}

/** The strategy a bot's settings name. @throws RangeError when they contradict themselves */
export const makeStrategy = (settings: StrategySettings): Strategy => makeMomentum(settings.momentum);
