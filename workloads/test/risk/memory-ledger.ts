import {
  appendToChain,
  EMPTY_HEAD,
  type JournalEntry,
  type JournalHead,
} from '../../src/domain/journal/chain.ts';
import type { Account, RoundTrip } from '../../src/domain/account/account.ts';
import type { Fill, Order } from '../../src/domain/orders/order.ts';
import { isPositive } from '../../src/domain/money/decimal.ts';
import { effectiveState, stricter } from '../../src/domain/risk/demands.ts';
import type { Verdict } from '../../src/domain/risk/verdict.ts';
import {
  type Command,
  type ControlOperation,
  type EntryHold,
  type LatchedDemand,
  type Ledger,
  LedgerError,
  type LedgerTransaction,
  type RecoverableCause,
  type Reservation,
} from '../../src/ports/ledger.ts';

/** What is stored. Every map keeps the order of insertion. */
interface Tables {
  readonly orders: Map<string, Order>;
  readonly fills: Map<string, Fill>;
  readonly trips: Map<string, RoundTrip>;
  readonly verdicts: Map<string, Verdict>;
  readonly reservations: Map<string, Reservation>;
  readonly demands: Map<string, LatchedDemand>;
  readonly commands: Map<string, Command>;
  readonly operations: Map<string, ControlOperation>;
  readonly states: Map<string, unknown>;
  readonly consumed: Set<string>;
  readonly journal: Map<string, readonly JournalEntry[]>;
  readonly heads: Map<string, JournalHead>;
  causes: readonly RecoverableCause[];
  hold: EntryHold | undefined;
  account: Account | undefined;
}

const emptyTables = (): Tables => ({
  orders: new Map(),
  fills: new Map(),
  trips: new Map(),
  verdicts: new Map(),
  reservations: new Map(),
  demands: new Map(),
  commands: new Map(),
  operations: new Map(),
  states: new Map(),
  consumed: new Set(),
  journal: new Map(),
  heads: new Map(),
  causes: [],
  hold: undefined,
  account: undefined,
});

const copyOf = (tables: Tables): Tables => ({
  orders: new Map(tables.orders),
  fills: new Map(tables.fills),
  trips: new Map(tables.trips),
  verdicts: new Map(tables.verdicts),
  reservations: new Map(tables.reservations),
  demands: new Map(tables.demands),
  commands: new Map(tables.commands),
  operations: new Map(tables.operations),
  states: new Map(tables.states),
  consumed: new Set(tables.consumed),
  journal: new Map(tables.journal),
  heads: new Map(tables.heads),
  causes: tables.causes,
  hold: tables.hold,
  account: tables.account,
});

function added<Value>(map: Map<string, Value>, key: string, value: Value): Promise<boolean> {
  const isNew = !map.has(key);
  if (isNew) map.set(key, value);
  return Promise.resolve(isNew);
}

const DONE = Promise.resolve();
const all = <Value>(map: ReadonlyMap<string, Value>): Promise<readonly Value[]> =>
  Promise.resolve([...map.values()]);

/** What risk, execution's order steps and the control API use of the port; anything else is not there. */
function transactionOn(tables: Tables): Partial<LedgerTransaction> {
  return {
    order: (id) => Promise.resolve(tables.orders.get(id)),
    orders: (states) =>
      Promise.resolve([...tables.orders.values()].filter(({ state }) => states?.includes(state) ?? true)),
    // Everything, every time: who asks must stand that.
    ordersChangedSince: () => Promise.resolve({ orders: [...tables.orders.values()], revision: 0 }),
    ordersSinceEntry: (symbol) => {
      const own = [...tables.orders.values()].filter((order) => order.symbol === symbol);
      const entry = own.findLastIndex(
        ({ purpose, filledQuantity }) => purpose === 'ENTRY' && isPositive(filledQuantity),
      );
      return Promise.resolve(own.slice(Math.max(entry, 0)));
    },
    fills: (id) =>
      Promise.resolve([...tables.fills.values()].filter(({ orderId }) => id === undefined || orderId === id)),
    account: () => Promise.resolve(tables.account),
    roundTrips: () => all(tables.trips),
    verdicts: () => all(tables.verdicts),
    reservations: () => all(tables.reservations),
    demands: () => all(tables.demands),
    causes: () => Promise.resolve(tables.causes),
    commands: () => all(tables.commands),
    breaks: () => Promise.resolve([]),
    journal: (component, after, limit) =>
      Promise.resolve((tables.journal.get(component) ?? []).slice(after, after + limit)),
    lastEntryTimes: () => {
      const fills = [...tables.fills.values()].filter(
        ({ orderId }) => tables.orders.get(orderId)?.purpose === 'ENTRY',
      );
      return Promise.resolve(new Map(fills.map(({ symbol, time }) => [symbol, time])));
    },
    journalHead: (component) => Promise.resolve(tables.heads.get(component) ?? EMPTY_HEAD),
    state: (component) => Promise.resolve(structuredClone(tables.states.get(component))),
    operation: (id) => Promise.resolve(tables.operations.get(id)),
    entryHold: () => Promise.resolve(tables.hold),
    insertOrder: (order) => {
      const { orderId, verdictId } = order;
      if ((tables.orders.get(orderId)?.verdictId ?? verdictId) !== verdictId) {
        throw new LedgerError('LEDGER_CONFLICT', `${orderId} is another's`, { retryable: false });
      }
      return added(tables.orders, orderId, order);
    },
    updateOrder: (order, from) => {
      if (tables.orders.get(order.orderId)?.state !== from) {
        throw new Error(`${order.orderId} is not ${from}`);
      }
      tables.orders.set(order.orderId, order);
      return DONE;
    },
    insertFill: (fill) => added(tables.fills, fill.tradeId, fill),
    putAccount: (account) => {
      tables.account = account;
      return DONE;
    },
    insertRoundTrip: (trip) => added(tables.trips, `${trip.entryOrderId} ${trip.exitOrderId}`, trip),
    insertEquity: () => DONE,
    insertVerdict: (verdict) => added(tables.verdicts, verdict.verdictId, verdict),
    insertReservation: (reservation) => added(tables.reservations, reservation.orderId, reservation),
    releaseReservation: (id) => {
      tables.reservations.delete(id);
      return DONE;
    },
    latchDemand: (demand) => {
      const held = tables.demands.get(demand.source);
      if (held === undefined || stricter(held.state, demand.state) === demand.state) {
        tables.demands.set(demand.source, demand);
      }
      return DONE;
    },
    clearDemand: (source) => {
      tables.demands.delete(source);
      return DONE;
    },
    putCauses: (causes) => {
      tables.causes = causes;
      return DONE;
    },
    holdJournal: () => DONE,
    appendJournal: (component, drafts) => {
      const { head, entries } = appendToChain(tables.heads.get(component) ?? EMPTY_HEAD, drafts);
      tables.journal.set(component, [...(tables.journal.get(component) ?? []), ...entries]);
      tables.heads.set(component, head);
      return Promise.resolve(head);
    },
    markConsumed: (consumer, id) => {
      const key = `${consumer} ${id}`;
      const isNew = !tables.consumed.has(key);
      tables.consumed.add(key);
      return Promise.resolve(isNew);
    },
    addOutbox: () => DONE,
    outbox: () => Promise.resolve([]),
    removeOutbox: () => DONE,
    putState: (component, state) => {
      tables.states.set(component, state);
      return DONE;
    },
    addCommand: (command) => added(tables.commands, command.commandId, command),
    removeCommand: (id) => {
      tables.commands.delete(id);
      return DONE;
    },
    insertOperation: (operation) => added(tables.operations, operation.operationId, operation),
    putEntryHold: (hold) => {
      tables.hold = hold;
      return DONE;
    },
  };
}

/** The process is gone in the middle of a transaction: nothing of it is kept. */
export class Killed extends Error {}

/**
 * A ledger in memory for histories by the thousand: all or nothing, one transaction after the other. `dies` is asked
 * before and after each commit whether the process is killed there.
 */
export class MemoryLedger implements Ledger {
  readonly identity = {
    bot: 'histories',
    mode: 'paper',
    venue: 'replay',
    market: 'spot',
    account: 'paper:histories',
    quote: 'USDT',
  };
  dies: (point: 'before commit' | 'after commit') => boolean = () => false;
  #tables = emptyTables();
  #last: Promise<unknown> = Promise.resolve();

  get tables(): Tables {
    return this.#tables;
  }

  /** The strictest of what is latched, commanded, or a cause that passes. */
  get state(): ReturnType<typeof effectiveState> {
    const { demands, commands, causes } = this.#tables;
    const reduceOnly = commands.size > 0 || causes.length > 0 ? [{ state: 'ReduceOnly' as const }] : [];
    return effectiveState([...demands.values(), ...reduceOnly]);
  }

  transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      const tables = copyOf(this.#tables);
      const result = await work(transactionOn(tables) as LedgerTransaction);
      if (this.dies('before commit')) throw new Killed('before commit');
      this.#tables = tables;
      if (this.dies('after commit')) throw new Killed('after commit');
      return result;
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  close(): Promise<void> {
    return DONE;
  }
}
