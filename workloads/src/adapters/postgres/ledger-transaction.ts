import { LedgerError, type LedgerReading, type LedgerTransaction, type Writer } from '../../ports/ledger.ts';
import type { Statements, TransactionStatements } from './statement.ts';
import * as account from './tables/account.ts';
import * as candles from './tables/candles.ts';
import * as control from './tables/control.ts';
import * as delivery from './tables/delivery.ts';
import * as fencing from './tables/fencing.ts';
import * as fills from './tables/fills.ts';
import * as history from './tables/history.ts';
import * as instruments from './tables/instruments.ts';
import * as journal from './tables/journal.ts';
import * as orders from './tables/orders.ts';
import * as reconciliation from './tables/reconciliation.ts';
import * as recovery from './tables/recovery.ts';
import * as restraints from './tables/restraints.ts';
import * as signals from './tables/signals.ts';
import * as storage from './tables/storage.ts';
import * as verdicts from './tables/verdicts.ts';

/** On whose behalf a ledger is used. */
export interface LedgerUser {
  /** The only account that may be written. */
  readonly account: string;
  /** What the process writes as; none for one that only controls or reads. */
  readonly writers: readonly Writer[];
}

/** The reading half of the port over a connection's statements. */
export function makeReading(db: Statements, writers: readonly Writer[]): LedgerReading {
  return {
    order: (orderId) => orders.readOrder(db, orderId),
    orders: (states) => orders.readOrders(db, states),
    ordersChangedSince: (revision) => orders.readOrderChanges(db, revision),
    ordersSinceEntry: (symbol) => orders.readOrdersSinceEntry(db, symbol),
    lastEntryTimes: () => orders.readLastEntryTimes(db),
    tallies: () => history.readTallies(db),
    fills: (orderId) => fills.readFills(db, orderId),
    account: () => account.readAccount(db),
    position: (symbol) => account.readPosition(db, symbol),
    roundTrips: () => history.readRoundTrips(db),
    equity: () => history.readEquity(db),
    candles: (range) => candles.readCandles(db, range),
    verdict: (verdictId) => verdicts.readVerdict(db, verdictId),
    verdicts: () => verdicts.readVerdicts(db),
    reservations: () => restraints.readReservations(db),
    demands: () => restraints.readDemands(db),
    causes: () => restraints.readCauses(db),
    journalHead: (component) => journal.readJournalHead(db, component),
    journal: (component, after, limit) => journal.readJournal(db, component, { after, limit }),
    outbox: (limit) => delivery.readOutbox(db, writers, limit),
    state: (component) => recovery.readState(db, component),
    cursor: () => recovery.readCursor(db),
    commands: () => recovery.readCommands(db),
    instruments: () => instruments.readInstruments(db),
    operation: (operationId) => control.readOperation(db, operationId),
    entryHold: () => control.readEntryHold(db),
    epoch: () => fencing.readEpoch(db),
    openingBalances: () => reconciliation.readOpeningBalances(db),
    breaks: (which) => reconciliation.readBreaks(db, which),
    storage: () => storage.readStorage(db),
  };
}

/** The whole port over the statements of an open transaction. */
export function makeTransaction(db: TransactionStatements, user: LedgerUser): LedgerTransaction {
  const { account: ownAccount, writers } = user;
  const ends = new journal.JournalEnds(db);
  return {
    ...makeReading(db, writers),
    insertOrder: async (order) => {
      if (order.account !== ownAccount) {
        throw new LedgerError(
          'LEDGER_IDENTITY',
          `order ${order.orderId} is of another account: was ${order.account}, the ledger's is ${ownAccount}`,
          { retryable: false },
        );
      }
      return orders.insertOrder(db, order);
    },
    updateOrder: (order, from) => orders.updateOrder(db, order, from),
    insertFill: (fill) => fills.insertFill(db, ownAccount, fill),
    putAccount: (book, changed) =>
      sent(() => {
        account.putAccount(db, book, changed);
      }),
    insertRoundTrip: (trip) => history.insertRoundTrip(db, trip),
    insertEquity: (snapshots) =>
      sent(() => {
        history.insertEquity(db, snapshots);
      }),
    insertCandles: (kept) =>
      sent(() => {
        candles.insertCandles(db, kept);
      }),
    forgetCandles: (before) => candles.forgetCandles(db, before),
    insertVerdict: (verdict) => verdicts.insertVerdict(db, verdict),
    insertReservation: (reservation) => restraints.insertReservation(db, reservation),
    releaseReservation: (orderId) =>
      sent(() => {
        restraints.releaseReservation(db, orderId);
      }),
    latchDemand: (demand) =>
      sent(() => {
        restraints.latchDemand(db, demand);
      }),
    clearDemand: (source) =>
      sent(() => {
        restraints.clearDemand(db, source);
      }),
    putCauses: (causes) =>
      sent(() => {
        restraints.putCauses(db, causes);
      }),
    holdJournal: async (component) => {
      await ends.hold(component);
    },
    storeSignal: (record) => Promise.resolve(signals.storeSignal(db, record)),
    appendJournal: (component, drafts) => ends.append(component, drafts),
    markConsumed: (consumer, eventId) => delivery.markConsumed(db, consumer, eventId),
    forgetConsumed: (age) => delivery.forgetConsumed(db, age),
    addOutbox: (stream, events, done) =>
      sent(() => {
        delivery.addOutbox(db, writers, { stream, events, done });
      }),
    removeOutbox: (sequences) =>
      sent(() => {
        delivery.removeOutbox(db, sequences);
      }),
    putState: (component, state) =>
      sent(() => {
        recovery.putState(db, component, state);
      }),
    putCursor: (cursor) => recovery.putCursor(db, cursor),
    putInstruments: (rules) =>
      sent(() => {
        instruments.putInstruments(db, rules);
      }),
    addCommand: (command) => recovery.addCommand(db, command),
    removeCommand: (commandId) =>
      sent(() => {
        recovery.removeCommand(db, commandId);
      }),
    insertOperation: (operation) => control.insertOperation(db, operation),
    putEntryHold: (hold) =>
      sent(() => {
        control.putEntryHold(db, hold);
      }),
    putEpoch: (next, after) => fencing.putEpoch(db, next, after),
    insertOpeningBalances: (held, at) =>
      sent(() => {
        reconciliation.insertOpeningBalances(db, held, at);
      }),
    seeBreak: (sighting) => reconciliation.seeBreak(db, sighting),
    resolveBreak: (which, end) =>
      sent(() => {
        reconciliation.resolveBreak(db, which, end);
      }),
  };
}

/** A write whose answer is not waited for. What it throws at once becomes a rejection, as everywhere in the port. */
const sent = (write: () => void): Promise<void> =>
  new Promise((resolve) => {
    write();
    resolve();
  });
