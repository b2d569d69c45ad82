/** How a bot stands by its ledger: what `claire status` and `claire positions` show. */
import type { Account } from '../../domain/account/account.ts';
import type { JournalHead } from '../../domain/journal/chain.ts';
import type { Ratio } from '../../domain/money/amounts.ts';
import type { Order } from '../../domain/orders/order.ts';
import { OPEN_STATES } from '../../domain/orders/order-machine.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import { readRiskDocument } from '../../services/risk/risk-document.ts';
import {
  COMPONENTS,
  type Command,
  type Component,
  type EquitySnapshot,
  type LatchedDemand,
  type LedgerIdentity,
  type LedgerReading,
  type ReplayCursor,
} from '../../ports/ledger.ts';
import { tallyTrades, type TradeTally } from './trade-tally.ts';

export interface BotStanding {
  readonly identity: LedgerIdentity;
  /** The process that holds the ledger; undefined when none does. */
  readonly holder?: string;
  /** The strictest latched demand; `Running` when nothing is latched. The state the spec asks for is not in it. */
  readonly latched: BotState;
  readonly demands: readonly LatchedDemand[];
  /** Replays only. */
  readonly cursor?: ReplayCursor;
  readonly account?: Account;
  /** The latest of the equity curve. */
  readonly equity?: EquitySnapshot;
  /** Largest fall of equity from a highest point since the ledger began. */
  readonly maxDrawdown?: Ratio;
  readonly openOrders: readonly Order[];
  readonly tally: TradeTally;
  readonly commands: readonly Command[];
  readonly journal: readonly (JournalHead & { readonly component: Component })[];
}

const STRICTNESS: readonly BotState[] = ['Running', 'ReduceOnly', 'Halted', 'Stopped'];

/** The strictest of what is demanded. */
export const strictest = (demands: readonly LatchedDemand[]): BotState =>
  demands.reduce<BotState>(
    (state, demand) => (STRICTNESS.indexOf(demand.state) > STRICTNESS.indexOf(state) ? demand.state : state),
    'Running',
  );

async function readHeads(reading: LedgerReading): Promise<BotStanding['journal']> {
  const heads = [];
  for (const component of COMPONENTS) heads.push({ component, ...(await reading.journalHead(component)) });
  return heads;
}

/** Leaves `undefined` fields out. */
const present = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

export async function readStanding(
  reading: LedgerReading,
  identity: LedgerIdentity,
  holder: string | undefined,
): Promise<BotStanding> {
  const demands = await reading.demands();
  const curve = await reading.equity();
  const document = readRiskDocument(await reading.state('risk'));
  return {
    identity,
    latched: strictest(demands),
    demands,
    openOrders: await reading.orders(OPEN_STATES),
    tally: tallyTrades(await reading.roundTrips()),
    commands: await reading.commands(),
    journal: await readHeads(reading),
    ...present({
      holder,
      cursor: await reading.cursor(),
      account: await reading.account(),
      equity: curve.at(-1),
      maxDrawdown: document.run?.maxDrawdownRatio,
    }),
  };
}
