import type { ExitRule } from '../../domain/strategy/strategy.ts';
import type { Duration } from '../../domain/time.ts';
import type { EquityBand, Lane } from './lane.ts';

export interface QuietSettings {
  readonly interval: Duration;
  /** Stops and targets are judged inside the candle as well. */
  readonly inside: boolean;
  readonly exit: ExitRule | undefined;
}

/** What is known of the account, in floats. */
export interface FloatAccount {
  readonly cash: number;
  readonly band: EquityBand;
}

/**
 * While something is held and no order works: finds the next candle that might matter. Everything before it is ruled out
 * in one loop over columns, by comparisons alone.
 */
export class QuietStretch {
  readonly #lanes: readonly Lane[];
  readonly #settings: QuietSettings;
  /** Of each lane at the slot looked at. */
  readonly #values: Float64Array;

  constructor(lanes: readonly Lane[], settings: QuietSettings) {
    this.#lanes = lanes;
    this.#settings = settings;
    this.#values = new Float64Array(lanes.length);
  }

  /** The first slot from `from` on whose candles may change something; `to` when there is none before. */
  end(from: number, to: number, account: FloatAccount): number {
    for (let i = 0; i < this.#lanes.length; i += 1) this.#values[i] = (this.#lanes[i] as Lane).value;
    for (let slot = from; slot < to; slot += 1) if (this.#mayMatter(slot, account)) return slot;
    return to;
  }

  #mayMatter(slot: number, { cash, band }: FloatAccount): boolean {
    for (let i = 0; i < this.#lanes.length; i += 1) {
      const lane = this.#lanes[i] as Lane;
      const index = slot - lane.tape.base;
      const close = lane.tape.close[index] as number;
      if (lane.size === 0 || close === 0) continue;
      if (this.#mayBeLeft(lane, index, close) || (slot + 1) * this.#settings.interval >= lane.leaveTime) {
        return true;
      }
      this.#values[i] = lane.size * close;
      const equity = cash + this.#sum();
      if (equity <= band.low || equity >= band.high) return true;
    }
    return false;
  }

  /** A stop, a target, a new extreme of the price, or what the strategy wants. */
  #mayBeLeft(lane: Lane, index: number, close: number): boolean {
    const low = lane.tape.low[index] as number;
    const high = lane.tape.high[index] as number;
    if (low < lane.adverse || high > lane.favorable) return true;
    if (close <= lane.stop || close >= lane.target) return true;
    if (this.#settings.inside && (low <= lane.stop || high >= lane.target)) return true;
    return mayWantToLeave(lane, index, this.#settings.exit);
  }

  #sum(): number {
    let sum = 0;
    for (let i = 0; i < this.#values.length; i += 1) sum += this.#values[i] as number;
    return sum;
  }
}

/** False when the strategy surely does not want it left. */
export function mayWantToLeave(
  { isHeld, isLeaving, tape }: Lane,
  index: number,
  exit: ExitRule | undefined,
): boolean {
  if (!isHeld || exit === undefined) return false;
  return isLeaving || (exit.mayLeave?.(tape, index) ?? true);
}
