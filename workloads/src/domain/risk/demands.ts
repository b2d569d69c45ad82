/**
 * Who demands what of the bot (trading-rules: states and breakers). Each source (spec, control API, each breaker) holds
 * its own demand; the effective state is the strictest. A latched demand only ever tightens (the ledger sees to it); it
 * goes when a person clears it (`decideControl`). What can pass (`causes.ts`: a silent feed, wide spreads, not reconciled)
 * demands ReduceOnly and clears by itself, with hysteresis.
 */
import type { BotState } from './bot-state.ts';
import type { BreakerAction } from './limits.ts';
import type { CheckResult, Verdict } from './verdict.ts';

export type DemandState = Exclude<BotState, 'Running'>;

export interface Demand {
  /** `spec`, `control`, `breaker:<code>` or, of a cause that passes, `cause:<name>`. */
  readonly source: string;
  readonly state: DemandState;
  readonly reason: string;
}

/** The breaker of the daily drawdown. */
export const DRAWDOWN_SOURCE = 'breaker:daily-drawdown';
/** The breaker of the entries of a day. */
export const ENTRIES_SOURCE = 'breaker:entries-per-day';

const STRICTNESS: Readonly<Record<BotState, number>> = { Running: 0, ReduceOnly: 1, Halted: 2, Stopped: 3 };

/** The stricter of two. */
export const stricter = <State extends BotState>(a: State, b: State): State =>
  STRICTNESS[a] >= STRICTNESS[b] ? a : b;

/** The strictest demand; Running when there is none. */
export const effectiveState = (demands: Iterable<Pick<Demand, 'state'>>): BotState => {
  let state: BotState = 'Running';
  for (const demand of demands) state = stricter(state, demand.state);
  return state;
};

/** The demand of `spec.state` as long as it stands there: putting it back to Running removes only this one. */
export const specDemand = (wanted: BotState): Demand | undefined =>
  wanted === 'Running' ? undefined : { source: 'spec', state: wanted, reason: `spec.state is ${wanted}` };

/**
 * What of the spec's demand is latched. In live a halt that came by the spec stays until a person resumes (of a Stopped
 * bot too: stopping halts it first), so that a GitOps tool that reverts a manual halt does not restart trading. On paper
 * the spec alone resumes.
 */
export function specLatch(wanted: BotState, mode: 'paper' | 'live'): Demand | undefined {
  if (mode === 'paper' || (wanted !== 'Halted' && wanted !== 'Stopped')) return undefined;
  return { source: 'spec', state: 'Halted', reason: `spec.state was ${wanted}: a person must resume` };
}

/** What a breaker latches, and whether the positions are sold as well. */
export interface BreakerEffect {
  readonly state: DemandState;
  readonly flatten: boolean;
}

/**
 * What `risk.onBreaker` means. Flatten leaves the bot ReduceOnly and not Halted: the exits that flatten it must be
 * allowed to go out and to be repeated.
 */
export function drawdownDemand(action: BreakerAction): BreakerEffect {
  switch (action) {
    case 'ReduceOnly':
      return { state: 'ReduceOnly', flatten: false };
    case 'Halt':
      return { state: 'Halted', flatten: false };
    case 'Flatten':
      return { state: 'ReduceOnly', flatten: true };
  }
}

/**
 * The breaker that a denied entry trips, if any: a daily drawdown wherever it is found, the entries of the day only when
 * they alone are why the entry was denied (what was denied for another reason would not have been one more).
 */
export function breakerOf(
  verdict: Pick<Verdict, 'code' | 'checks'>,
  onBreaker: BreakerAction,
): (Demand & BreakerEffect) | undefined {
  const drawdown = verdict.checks.find((check) => check.code === 'DAILY_DRAWDOWN');
  if (drawdown) {
    return { source: DRAWDOWN_SOURCE, reason: describe(drawdown), ...drawdownDemand(onBreaker) };
  }
  const entries = verdict.checks.find((check) => check.code === verdict.code);
  if (entries?.code !== 'ENTRIES_PER_DAY') return undefined;
  return {
    source: ENTRIES_SOURCE,
    state: 'ReduceOnly',
    reason: describe(entries),
    flatten: false,
  };
}

const describe = (check: CheckResult): string => `${check.check} ${check.value}, limit: ${check.limit}`;
