import type { LedgerStorage } from './ledger-storage.ts';
import type { OrderChanges } from './order-changes.ts';
import type { SignalRecord } from './signal-record.ts';
import type { OutboxListener, OutboxRow } from './outbox.ts';
import type { Account, Position, RoundTrip } from '../domain/account/account.ts';
import type { JournalDraft, JournalEntry, JournalHead } from '../domain/journal/chain.ts';
import type { Candle, TradingSymbol } from '../domain/market/candle.ts';
import type { Instrument } from '../domain/market/instrument.ts';
import type { Money, Quantity } from '../domain/money/amounts.ts';
import type { Fill, Order, OrderState, Side } from '../domain/orders/order.ts';
import type { BotState } from '../domain/risk/bot-state.ts';
import type { ControlAction } from '../domain/risk/decide-control.ts';
import type { Verdict } from '../domain/risk/verdict.ts';
import type { Duration, Timestamp } from '../domain/time.ts';
import type { StreamEvents, StreamName } from '../events/event.ts';

export { LedgerError, type LedgerErrorCode } from './ledger-error.ts';

/** What one process at a time writes as, in the order of the data flow. */
export const WRITERS = ['screener', 'screener-rest', 'signal', 'risk', 'execution'] as const;
export type Writer = (typeof WRITERS)[number];
/** What writes. Each has one journal chain and one state document; `control` is shared by all processes. */
export const COMPONENTS = [...WRITERS, 'control'] as const;
export type Component = (typeof COMPONENTS)[number];

/** Who this ledger belongs to: a process whose settings differ must not touch it (exit 78). */
export interface LedgerIdentity {
  readonly bot: string;
  readonly mode: string;
  readonly venue: string;
  readonly market: string;
  readonly account: string;
  readonly quote: string;
}

/** What an order holds back until it is terminal: BUY quote units (collar price + fee), SELL base units. */
export interface Reservation {
  readonly orderId: string;
  readonly symbol: TradingSymbol;
  readonly side: Side;
  readonly quote: Money;
  readonly quantity: Quantity;
}

/** A latched demand for a stricter state (trading-rules: states and breakers). */
export interface LatchedDemand {
  /** `spec`, `control` or `breaker:<code>`. */
  readonly source: string;
  readonly state: 'ReduceOnly' | 'Halted' | 'Stopped';
  readonly reason: string;
  /** JSON-serialisable facts that prove it. */
  readonly evidence: Readonly<Record<string, string>>;
  readonly since: Timestamp;
}

/** A cause that passes by itself: while it is in the ledger the bot is ReduceOnly. */
export interface RecoverableCause {
  /** `cause:<name>` */
  readonly source: string;
  readonly reason: string;
  readonly since: Timestamp;
}

/** How much a ledger holds. */
export interface Tallies {
  readonly orders: number;
  readonly fills: number;
  readonly roundTrips: number;
}

export interface EquitySnapshot {
  readonly time: Timestamp;
  readonly equity: Money;
  readonly cash: Money;
  readonly realizedPnl: Money;
  readonly unrealizedPnl: Money;
  readonly fees: Money;
}

/** Candles of a symbol that open in [from, to), at most `limit` of them from the oldest on. */
export interface CandleRange {
  readonly symbol: TradingSymbol;
  readonly interval: Duration;
  readonly from: Timestamp;
  readonly to: Timestamp;
  readonly limit: number;
}

/** A person's command, waiting to be carried out by the component that may. */
export interface Command {
  readonly commandId: string;
  readonly kind: 'FLATTEN';
  readonly requestedTime: Timestamp;
}

/** A call of the control API and what it was answered: the same call again is answered from here. */
export interface ControlOperation {
  /** Chosen by the caller. */
  readonly operationId: string;
  readonly action: ControlAction;
  readonly actor: string;
  readonly reason: string;
  readonly result: 'done' | 'refused';
  /** Of a refusal. */
  readonly code?: string;
  readonly message: string;
  /** The effective state afterwards. */
  readonly state: BotState;
  readonly time: Timestamp;
}

/** Entries wait while the operator replaces pods. */
export interface EntryHold {
  /** The call that took or last renewed it. */
  readonly operationId: string;
  readonly until: Timestamp;
}

/**
 * Who may trade for the account: one holder at a time, until `leaseUntil` by the venue's clock (the one that judges
 * signed requests). The epoch rises with every change of holder.
 */
export interface WriterEpoch {
  /** From 1. */
  readonly epoch: number;
  /** Names one life of one process. */
  readonly holder: string;
  readonly leaseUntil: Timestamp;
}

export interface AssetAmount {
  readonly asset: string;
  readonly amount: Quantity;
}

/** Where ledger and venue disagree. `subject`: what it is about, an order id or an asset. */
export interface Break {
  /**
   * `FOREIGN_ORDER`: somebody else's order on the account; never touched. `FOREIGN_WRITER`: an order with our prefix that
   * is not in the ledger. `BALANCE_DEFICIT`: the account holds less than the ledger says. `ORDER_UNRESOLVED`: an order
   * whose fate the venue does not tell.
   */
  readonly kind: 'FOREIGN_ORDER' | 'FOREIGN_WRITER' | 'BALANCE_DEFICIT' | 'ORDER_UNRESOLVED';
  readonly subject: string;
  readonly expected: string;
  /** Of a deficit: what of the asset is free at the venue. */
  readonly found: string;
  readonly detail: string;
  readonly since: Timestamp;
  readonly lastSeen: Timestamp;
  /** Absent while it is open; with `resolution`. */
  readonly resolvedTime?: Timestamp;
  readonly resolution?: string;
}

export type BreakSighting = Pick<Break, 'kind' | 'subject' | 'expected' | 'found' | 'detail'> & {
  readonly at: Timestamp;
};

/**
 * The durable truth of one bot.
 *
 * In the contract:
 * - `transaction` is all or nothing: when its promise resolves everything in it is durable, when `work` rejects nothing is.
 *   Writes of one transaction see each other. Transactions of one ledger object run one after the other.
 *   A write may resolve before it is carried out; if it fails then, the transaction rejects with its error.
 * - Calling `transaction` from within `work` of another is not allowed: it would wait for itself.
 * - One process at a time writes as a component; a ledger is opened for the components it writes as, and the second
 *   opener of one is refused (`LEDGER_LOCKED`). `control` is shared: every process may append to its journal.
 * - Transactions of all processes of a bot are serializable: those of risk, execution and control happen one after the
 *   other, those of screeners and signal see one state. Transactions of a group are so among themselves only.
 * - The outbox holds what each writer has to publish: a ledger shows the rows of the writers it is opened for, and what is
 *   added for a stream with one producer (`orders`: risk, `order_results`: execution, `signals`: signal) is that producer's.
 * - Inserting what is there already with the same content is not an error and returns false; the same key with different
 *   content is a broken invariant (`LEDGER_CONFLICT`).
 * - Journal entries can be appended and read, never changed or removed.
 * Errors are `LedgerError`s with a stable code and whether a retry can help.
 */
export interface Ledger {
  readonly identity: LedgerIdentity;
  transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * A ledger whose transactions can share one durable commit. A replay groups all that one step of candles caused:
 * inner transactions see each other's writes at once, and the disk is asked once, at `commit`.
 */
export interface GroupingLedger extends Ledger {
  /**
   * Opens a group. Until it ends, `transaction` of the ledger itself waits; one group at a time.
   * A crash before `commit` leaves nothing of the group.
   */
  beginGroup(): Promise<LedgerGroup>;
}

export interface LedgerGroup {
  /** All or nothing within the group: when `work` rejects, what it wrote is taken back and the group goes on. */
  transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
  /** Makes everything durable and ends the group. When it rejects with a retryable error the outcome must be read back. */
  commit(): Promise<void>;
  /** Takes everything back and ends the group. Does nothing on an ended group. */
  rollback(): Promise<void>;
}

/** What can be asked of a ledger. All answers of one `read` or `transaction` are of one state. */
export interface LedgerReading {
  order(orderId: string): Promise<Order | undefined>;
  /** By insertion; all when no states are named. */
  orders(states?: readonly OrderState[]): Promise<readonly Order[]>;
  /** What changed since; the open ones alone when nothing was seen before. */
  ordersChangedSince(revision: number | undefined): Promise<OrderChanges>;
  /** The symbol's latest entry that was filled and every order of the symbol after it; every one before an entry was. */
  ordersSinceEntry(symbol: TradingSymbol): Promise<readonly Order[]>;
  /** The time of each symbol's last fill of an entry. */
  lastEntryTimes(): Promise<ReadonlyMap<TradingSymbol, Timestamp>>;
  tallies(): Promise<Tallies>;
  /** By insertion. */
  fills(orderId?: string): Promise<readonly Fill[]>;
  account(): Promise<Account | undefined>;
  /** The open position; undefined when flat, dust included. */
  position(symbol: TradingSymbol): Promise<Position | undefined>;
  /** By insertion. */
  roundTrips(): Promise<readonly RoundTrip[]>;
  /** By time. */
  equity(): Promise<readonly EquitySnapshot[]>;
  /** By time: what the screener kept. Services that begin fill their windows from it; people read it. */
  candles(range: CandleRange): Promise<readonly Candle[]>;
  verdict(verdictId: string): Promise<Verdict | undefined>;
  /** By insertion. */
  verdicts(): Promise<readonly Verdict[]>;
  /** By insertion. */
  reservations(): Promise<readonly Reservation[]>;
  demands(): Promise<readonly LatchedDemand[]>;
  /** By source. */
  causes(): Promise<readonly RecoverableCause[]>;
  /** The empty head before the first entry. */
  journalHead(component: Component): Promise<JournalHead>;
  /** Entries with sequence > `after`, ascending. */
  journal(component: Component, after: number, limit: number): Promise<readonly JournalEntry[]>;
  /** By sequence. */
  outbox(limit: number): Promise<readonly OutboxRow[]>;
  /** A component's own document (counters, high-water marks); undefined before the first. */
  state(component: Component): Promise<unknown>;
  cursor(): Promise<ReplayCursor | undefined>;
  /** By insertion. */
  commands(): Promise<readonly Command[]>;
  /** The trading rules of each symbol as the screeners last left them, by symbol. */
  instruments(): Promise<readonly Instrument[]>;
  operation(operationId: string): Promise<ControlOperation | undefined>;
  /** As it was taken: whether it is over is the reader's clock to tell. Undefined when there is none. */
  entryHold(): Promise<EntryHold | undefined>;
  /** Undefined before the first. */
  epoch(): Promise<WriterEpoch | undefined>;
  /** What the account held before the bot, by asset; empty when it was not recorded. */
  openingBalances(): Promise<readonly AssetAmount[]>;
  /** By insertion; one open break of a kind and subject. */
  breaks(which: 'open' | 'all'): Promise<readonly Break[]>;
  storage(): Promise<LedgerStorage>;
}

export interface LedgerTransaction extends LedgerReading {
  // -- orders and fills
  /**
   * False when it is there already. Its content is its intent: what became of it meanwhile is no conflict.
   * Refused (`LEDGER_IDENTITY`) for another account than the ledger's.
   */
  insertOrder(order: Order): Promise<boolean>;
  /**
   * Stores what became of the order; its intent never changes.
   * Refused (`LEDGER_CONFLICT`) when the stored state is not `from`.
   */
  updateOrder(order: Order, from: OrderState): Promise<void>;
  /** False when the account has this trade id already. Refused (`LEDGER_CONFLICT`) for an order not in the ledger. */
  insertFill(fill: Fill): Promise<boolean>;

  // -- account
  /** Replaces totals and the one position named; a position not in `account` any more is removed. */
  putAccount(account: Account, changed: TradingSymbol | undefined): Promise<void>;
  insertRoundTrip(trip: RoundTrip): Promise<boolean>;
  /** One a time: the last one given for a time stands. */
  insertEquity(snapshots: readonly EquitySnapshot[]): Promise<void>;

  // -- market data
  /** One a window: the last one given stands. */
  insertCandles(candles: readonly Candle[]): Promise<void>;
  /** Removes those that opened before; returns how many there were. */
  forgetCandles(before: Timestamp): Promise<number>;

  // -- risk
  insertVerdict(verdict: Verdict): Promise<boolean>;
  /** The order must be in the ledger. */
  insertReservation(reservation: Reservation): Promise<boolean>;
  /** Does nothing when there is none. */
  releaseReservation(orderId: string): Promise<void>;
  /** Adds or tightens; a demand of the same source is replaced only by an equal or stricter one. */
  latchDemand(demand: LatchedDemand): Promise<void>;
  /** A recorded human action only. */
  clearDemand(source: string): Promise<void>;
  /** Replaces all causes. */
  putCauses(causes: readonly RecoverableCause[]): Promise<void>;

  // -- journal
  /** Asked together with what is read first, it spares a later append of the transaction the wait for the chain's end. */
  holdJournal(component: Component): Promise<void>;
  appendJournal(component: Component, drafts: readonly JournalDraft[]): Promise<JournalHead>;

  // -- delivery
  /** False when this consumer has marked the event before. */
  markConsumed(consumer: string, eventId: string): Promise<boolean>;
  /**
   * Marks the signal as judged, journals it and puts it into the outbox, without a wait for anything. The transaction is
   * refused as a whole (`LEDGER_CONFLICT`) when the symbol has a position or an open entry, when the signal was judged
   * before, and when the journal of `signal` has another end. Returns the new end.
   */
  storeSignal(record: SignalRecord): Promise<JournalHead>;
  /**
   * Removes the marks older than this by the ledger's own clock: for events that no stream delivers again any more.
   * Returns how many there were.
   */
  forgetConsumed(age: Duration): Promise<number>;
  /** `done` is told of the rows that are ours to publish once they are stored; never when they are taken back. */
  addOutbox<Name extends StreamName>(
    ...added: [stream: Name, events: readonly StreamEvents[Name][], done?: OutboxListener]
  ): Promise<void>;
  removeOutbox(sequences: readonly number[]): Promise<void>;

  // -- recovery
  /** Any JSON value; it comes back as JSON.parse gives it. */
  putState(component: Component, state: unknown): Promise<void>;
  /** Refused (`LEDGER_CONFLICT`) when a cursor with other data or settings is there. */
  putCursor(cursor: ReplayCursor): Promise<void>;

  // -- one writer, and what the venue says
  /** Refused (`LEDGER_CONFLICT`) when the stored epoch is not `after` (undefined: none is stored). */
  putEpoch(next: WriterEpoch, after: number | undefined): Promise<void>;
  /** An asset that is recorded keeps its amount. */
  insertOpeningBalances(held: readonly AssetAmount[], at: Timestamp): Promise<void>;
  /** Opens a break, or renews the open one of its kind and subject; true when it was opened. */
  seeBreak(sighting: BreakSighting): Promise<boolean>;
  /** Does nothing when none is open. */
  resolveBreak(
    which: Pick<Break, 'kind' | 'subject'>,
    end: { readonly at: Timestamp; readonly resolution: string },
  ): Promise<void>;
  // -- trading rules
  /** One a symbol: the last one given stands. */
  putInstruments(instruments: readonly Instrument[]): Promise<void>;

  // -- people
  addCommand(command: Command): Promise<boolean>;
  removeCommand(commandId: string): Promise<void>;
  insertOperation(operation: ControlOperation): Promise<boolean>;
  /** Replaces the hold, or ends it. */
  putEntryHold(hold: EntryHold | undefined): Promise<void>;
}

/**
 * What another process may do while a run holds the ledger: read it, and leave a command. Nothing read is ever half a
 * transaction.
 */
export interface LedgerView {
  readonly identity: LedgerIdentity;
  read<T>(work: (reading: LedgerReading) => Promise<T>): Promise<T>;
  /** Durable when it resolves; false when the command is there already. */
  addCommand(command: Command): Promise<boolean>;
  close(): Promise<void>;
}

/** How far a replay has come. A replay with another key is refused. */
export interface ReplayCursor {
  /** Hash over the data files' contents. */
  readonly dataHash: string;
  /** Hash over the settings that decide. */
  readonly settingsHash: string;
  /** Candles handled, over all symbols. */
  readonly candles: number;
  /** Event time reached. */
  readonly time: Timestamp;
  readonly finished: boolean;
}
