import type { Parameters, SettingsOf } from './parameters.ts';
import type { EntryRule, ExitRule } from './strategy.ts';

/** A kind of strategy: one file that says what may be set and decides by it, registered in `registry.ts`. */
export interface StrategyKind<All extends Parameters, OfExit extends keyof All & string = never> {
  /** What it does, for the API reference: sentences with a full stop. */
  readonly summary: string;
  readonly parameters: All;
  /** What `takeProfit` and `maxHolding` are when they are left out; without a value there is no such exit then. */
  readonly exits: { readonly takeProfit?: string; readonly maxHolding?: string };
  /** When it enters, in words: completes "enters …". */
  readonly describe: (settings: SettingsOf<All>, quote: string) => string;
  /** @throws RangeError when settings contradict each other */
  readonly entry: (settings: SettingsOf<All>) => EntryRule;
  /** Its own exit besides those that every strategy has; risk gets the settings named here, and the interval. */
  readonly exit?: {
    readonly parameters: readonly OfExit[];
    /** Completes "exits …". */
    readonly describe: (settings: Pick<SettingsOf<All>, OfExit | 'interval'>) => string;
    readonly rule: (settings: Pick<SettingsOf<All>, OfExit | 'interval'>) => ExitRule;
  };
}

/** Says that a literal is a kind, and keeps the names and kinds of its parameters. */
export const strategyKind = <const All extends Parameters, const OfExit extends keyof All & string = never>(
  kind: StrategyKind<All, OfExit>,
): StrategyKind<All, OfExit> => kind;
