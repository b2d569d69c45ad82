import type { BotState } from '../domain/risk/bot-state.ts';
import { type Demand, effectiveState } from '../domain/risk/demands.ts';
import type { OrderPurpose } from '../domain/orders/order.ts';
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

/**
 * The strictest of what the ledger holds (latches, causes that pass, commands of people) and of what is demanded besides:
 * by the spec now, by a call that could not be written yet.
 */
export async function readState(
  ledger: LedgerReading,
  ...unlatched: readonly (Pick<Demand, 'state'> | undefined)[]
): Promise<BotState> {
  const [latched, causes, commands] = await Promise.all([
    ledger.demands(),
    ledger.causes(),
    ledger.commands(),
  ]);
  const passing = causes.length > 0 || commands.length > 0 ? [REDUCE_ONLY] : [];
  return effectiveState([...latched, ...passing, ...unlatched.filter((demand) => demand !== undefined)]);
}
