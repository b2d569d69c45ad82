import type { BotState } from '../domain/risk/bot-state.ts';
import { type Demand, effectiveState } from '../domain/risk/demands.ts';
import type { OrderPurpose } from '../domain/orders/order.ts';
import type { Timestamp } from '../domain/time.ts';
import type { LedgerReading } from '../ports/ledger.ts';

/** Which orders each state lets out (trading-rules: states and breakers). */
const ALLOWED: Readonly<Record<BotState, readonly OrderPurpose[]>> = {
  Running: ['ENTRY', 'EXIT', 'FLATTEN'],
  ReduceOnly: ['EXIT', 'FLATTEN'],
  Halted: ['FLATTEN'],
  Stopped: [],
};

/** Whether an order may be sent, or may go on working, in this state. */
export const allowsOrder = (state: BotState, purpose: OrderPurpose): boolean =>
  ALLOWED[state].includes(purpose);

/** The code of an order that the state does not let out. */
export const STATE_REASONS: Readonly<Record<Exclude<BotState, 'Running'>, string>> = {
  ReduceOnly: 'STATE_REDUCE_ONLY',
  Halted: 'STATE_HALTED',
  Stopped: 'STATE_STOPPED',
};

/** While a person's command to be flat is carried out, or a cause that passes is there, nothing is entered. */
const REDUCE_ONLY: Pick<Demand, 'state'> = { state: 'ReduceOnly' };

/** The state in force, and how long something has latched it. */
export interface StateInForce {
  readonly state: BotState;
  /** Of the oldest latch that demands this state; undefined when none does. It changes when a halt follows a resume. */
  readonly since: Timestamp | undefined;
}

type Unlatched = readonly (Pick<Demand, 'state'> | undefined)[];

/**
 * The strictest of what the ledger holds (latches, causes that pass, commands of people) and of what is demanded besides:
 * by the spec now, by a call that could not be written yet.
 */
export async function readStateInForce(
  ledger: LedgerReading,
  ...unlatched: Unlatched
): Promise<StateInForce> {
  const [latched, causes, commands] = await Promise.all([
    ledger.demands(),
    ledger.causes(),
    ledger.commands(),
  ]);
  const passing = causes.length > 0 || commands.length > 0 ? [REDUCE_ONLY] : [];
  const state = effectiveState([
    ...latched,
    ...passing,
    ...unlatched.filter((demand) => demand !== undefined),
  ]);
  const latches = latched.filter((demand) => demand.state === state).map(({ since }) => since);
  return { state, since: latches.length === 0 ? undefined : Math.min(...latches) };
}

/** The state alone. */
export const readState = async (ledger: LedgerReading, ...unlatched: Unlatched): Promise<BotState> =>
  (await readStateInForce(ledger, ...unlatched)).state;
