/**
 * Demands with a cause that can pass: stale data, a wide spread, not reconciled. They give ReduceOnly and clear by
 * themselves, with hysteresis in time (a cause must hold for `tripAfter`, and be gone for `clearAfter`) and, where the
 * caller has two thresholds, in value (`between` keeps things as they are).
 */
import type { Duration, Timestamp } from '../time.ts';
import type { Demand } from './demands.ts';

export type RecoverableCause = 'DATA_STALE' | 'SPREAD_WIDE' | 'NOT_RECONCILED';

/** What was observed of a cause: `bad` beyond the limit, `good` within the clearing threshold, `between` neither. */
export type Observation = 'bad' | 'between' | 'good';

export interface Hysteresis {
  readonly tripAfter: Duration;
  readonly clearAfter: Duration;
}

export interface Recoverable {
  readonly cause: RecoverableCause;
  readonly active: boolean;
  /** Since when the observation opposes `active`, without interruption; undefined when it does not. */
  readonly opposedSince?: Timestamp;
}

/** A cause that was not observed yet. `active` for what must be proved first, such as being reconciled. */
export const watchCause = (cause: RecoverableCause, active: boolean): Recoverable => ({ cause, active });

/** The state after one observation. Time that runs backwards never trips or clears. */
export function observe(
  state: Recoverable,
  observation: Observation,
  at: Timestamp,
  hysteresis: Hysteresis,
): Recoverable {
  const { cause, active } = state;
  if (observation !== (active ? 'good' : 'bad')) {
    return state.opposedSince === undefined ? state : { cause, active };
  }
  const since = state.opposedSince ?? at;
  const held = at - since;
  if (held >= (active ? hysteresis.clearAfter : hysteresis.tripAfter)) return { cause, active: !active };
  return state.opposedSince === undefined ? { ...state, opposedSince: at } : state;
}

/** The demand of a cause while it is active. */
export const recoverableDemand = ({ cause, active }: Recoverable): Demand | undefined =>
  active ? { source: `recoverable:${cause}`, state: 'ReduceOnly', reason: cause } : undefined;
