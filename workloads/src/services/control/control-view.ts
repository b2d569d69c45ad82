/** How a bot stands, as the control API shows it: from the ledger, and from what only the process knows. */
import type { ControlState } from '../../contract/control-api.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import { type Demand, type DemandState, effectiveState, stricter } from '../../domain/risk/demands.ts';
import { OPEN_STATES } from '../../domain/orders/order-machine.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { LedgerReading } from '../../ports/ledger.ts';

/** What only the process itself knows. */
export type ProcessFacts = Pick<
  ControlState,
  | 'reconciled'
  | 'lastReconciliation'
  | 'feedHealthy'
  | 'credentialsValid'
  | 'accountHash'
  | 'settingsHash'
  | 'hotSettingsHash'
  | 'limitsHash'
>;

interface ShownDemand {
  readonly source: string;
  readonly state: DemandState;
  readonly reason: string;
  readonly since: Timestamp;
  readonly latched: boolean;
}

/** What the ledger says of the state. */
export interface Standing {
  readonly demands: readonly ShownDemand[];
  readonly openPositions: number;
  readonly workingOrders: number;
  readonly heldUntil: Timestamp | null;
}

/** What is shown for a command to sell everything. */
const FLATTEN_SOURCE = 'command:flatten';

export async function readStanding(ledger: LedgerReading): Promise<Standing> {
  const [demands, commands] = [await ledger.demands(), await ledger.commands()];
  const causes = await ledger.causes();
  const account = await ledger.account();
  const hold = await ledger.entryHold();
  return {
    demands: [
      ...demands.map(({ source, state, reason, since }) => ({ source, state, reason, since, latched: true })),
      ...causes.map((cause) => ({ ...cause, state: 'ReduceOnly' as const, latched: false })),
      ...commands.slice(0, 1).map(({ commandId, requestedTime }) => ({
        source: FLATTEN_SOURCE,
        state: 'ReduceOnly' as const,
        latched: true,
        reason: `positions are being sold by command ${commandId}`,
        since: requestedTime,
      })),
    ],
    openPositions: account?.positions.size ?? 0,
    workingOrders: (await ledger.orders(OPEN_STATES)).length,
    heldUntil: hold?.until ?? null,
  };
}

const STRICTEST_FIRST: readonly DemandState[] = ['Stopped', 'Halted', 'ReduceOnly'];

export interface ControlView {
  readonly component: ControlState['component'];
  readonly bot: string;
  /** Undefined: the ledger is away. */
  readonly standing: Standing | undefined;
  /** Demands in force that are not latched, each with when it began. */
  readonly unlatched: readonly (Demand & { readonly since: Timestamp })[];
  /** What is assumed while the ledger is away. */
  readonly assumed: BotState;
  readonly facts: ProcessFacts;
  readonly now: Timestamp;
}

/** The state as the API answers it: what is not known is null, never a guess. */
export function controlView(view: ControlView): ControlState {
  const { component, bot, standing, unlatched, assumed, facts, now } = view;
  const demands = [
    ...(standing?.demands ?? []),
    ...unlatched.map(({ source, state, reason, since }) => ({
      source,
      state,
      reason,
      since,
      latched: false,
    })),
  ].toSorted((a, b) => STRICTEST_FIRST.indexOf(a.state) - STRICTEST_FIRST.indexOf(b.state));
  const state = effectiveState(demands);
  return {
    component,
    bot,
    effectiveState: standing === undefined ? stricter(assumed, state) : state,
    demands,
    ...counted(standing, now),
    ...facts,
    time: now,
  };
}

function counted(
  standing: Standing | undefined,
  now: Timestamp,
): Pick<ControlState, 'openPositions' | 'workingOrders' | 'heldUntil'> {
  if (standing === undefined) return { openPositions: null, workingOrders: null, heldUntil: null };
  const { openPositions, workingOrders, heldUntil } = standing;
  return {
    openPositions,
    workingOrders,
    heldUntil: heldUntil !== null && heldUntil > now ? heldUntil : null,
  };
}
