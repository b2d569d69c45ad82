import type { RiskSettings } from '../../contract/settings.ts';
import type { Position } from '../../domain/account/account.ts';
import { CandleWindow } from '../../domain/market/candle-window.ts';
import { type Candle, closeTime, type TradingSymbol } from '../../domain/market/candle.ts';
import { wantsToLeave } from '../../domain/risk/exits.ts';
import { makeExitRule } from '../../domain/strategy/registry.ts';
import type { ExitRule } from '../../domain/strategy/strategy.ts';

/** The strategy's own exit, and the candles it looks at: nothing for a strategy that has none. */
export class ExitWatch {
  readonly #rule: ExitRule | undefined;
  readonly #windows = new Map<TradingSymbol, CandleWindow>();

  /** @throws RangeError when the settings of the rule contradict themselves */
  constructor({ exitRule }: Pick<RiskSettings, 'exitRule'>) {
    this.#rule = exitRule === undefined ? undefined : makeExitRule(exitRule);
  }

  /** Takes in a closed candle of any origin. */
  take(candle: Candle): void {
    const rule = this.#rule;
    if (rule === undefined) return;
    const { symbol, interval } = candle;
    let window = this.#windows.get(symbol);
    if (window === undefined) {
      window = new CandleWindow({ interval, capacity: rule.candles });
      this.#windows.set(symbol, window);
    }
    window.put(candle);
  }

  /** Whether the strategy wants the position left, as of the newest candle of its symbol. */
  wantsToLeave(position: Position): boolean {
    const window = this.#windows.get(position.symbol);
    const newest = window?.latest;
    if (window === undefined || newest === undefined) return false;
    return wantsToLeave({ position, rule: this.#rule, window, closeTime: closeTime(newest) });
  }
}
