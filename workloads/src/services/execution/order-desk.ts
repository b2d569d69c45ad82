/**
 * Between the ledger's orders and the venue. Every method reads the order again inside the transaction that changes it,
 * so that reports, answers and look-ups may come in any order and more than once.
 */
import { BrokenInvariantError } from '../../domain/invariant.ts';
import { isOwnOrderId, orderIdPrefix } from '../../domain/orders/client-id.ts';
import type { Fill, Order, OrderState } from '../../domain/orders/order.ts';
import { isWithinCollar } from '../../domain/orders/collar.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Price } from '../../domain/money/amounts.ts';
import { isTerminal, type OrderEvent } from '../../domain/orders/order-machine.ts';
import { compare } from '../../domain/money/decimal.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import { type Duration, MINUTE, SECOND, type Timestamp } from '../../domain/time.ts';
import type { LatchedDemand, LedgerTransaction } from '../../ports/ledger.ts';
import type {
  CancelOutcome,
  ExecutionReport,
  OrderGateway,
  OrderRef,
  SubmitOutcome,
  VenueOrder,
  VenueOrderStatus,
} from '../../ports/venue.ts';
import { raiseAlert } from '../alert-event.ts';
import { breakerEntry } from '../journal-kinds.ts';
import type { ServiceDeps } from '../service.ts';
import { allowsOrder, STATE_REASONS } from '../state-gate.ts';
import type { ExecutionMetrics } from './metrics.ts';
import type { OrderSteps, StepResult } from './order-steps.ts';
import { isCovered } from './sale-cover.ts';
import { evidenceOf } from './venue-evidence.ts';

export interface OrderDeskDeps extends Pick<ServiceDeps, 'bot' | 'ledger' | 'relay' | 'clock' | 'log'> {
  readonly account: string;
  readonly gateway: OrderGateway;
  readonly steps: OrderSteps;
  readonly metrics: ExecutionMetrics;
  /** The strictest demand in force. */
  readonly state: (tx: LedgerTransaction) => Promise<BotState>;
  /** Whether ledger and venue agree: entries wait for it. */
  readonly isReconciled: () => boolean;
  /** The newest price of a symbol. */
  readonly mark: (symbol: TradingSymbol) => Price | undefined;
  /** A latch was set that may forbid what works. Called inside the transaction. */
  readonly onHalt: () => void;
  /** The venue pushed an order that counts fills nobody has told of: they follow, or have to be asked for. */
  readonly onLackingFills: (orderId: string) => void;
}

/**
 * What a look-up found: `unproved` when the venue knows the order but not yet enough of it, `silent` when it gave no
 * answer.
 */
export type LookUp = 'proved' | 'unproved' | 'absent' | 'silent';

/** Statuses at which nothing more can happen. */
const OVER: ReadonlySet<VenueOrderStatus> = new Set<VenueOrderStatus>([
  'FILLED',
  'CANCELED',
  'PARTIALLY_CANCELED',
  'REJECTED',
]);

/** States in which it is not known what the venue has. */
const UNPROVED: ReadonlySet<OrderState> = new Set<OrderState>(['SUBMITTING', 'UNKNOWN', 'CANCEL_PENDING']);

/** The order history is asked from so long before the decision: clocks differ. */
const HISTORY_MARGIN: Duration = MINUTE;

const FOREIGN_SOURCE = 'breaker:foreign-writer';

type Evidence = Exclude<OrderEvent, { kind: 'fill' }>;

export class OrderDesk {
  readonly #deps: OrderDeskDeps;
  readonly #ownPrefix: string;
  readonly #sending = new Set<string>();

  constructor(deps: OrderDeskDeps) {
    this.#deps = deps;
    this.#ownPrefix = orderIdPrefix(deps.account, deps.bot);
  }

  /** Whether the order is on its way to the venue right now: what the venue says of it meanwhile proves nothing. */
  isSending(orderId: string): boolean {
    return this.#sending.has(orderId);
  }

  /** Sends an approved order, once: true when its outcome is proved, false when it must be looked up. */
  async send(orderId: string, cause?: string): Promise<boolean> {
    const { ledger, relay } = this.#deps;
    const order = await ledger.transaction((tx) => this.#claim(tx, orderId, cause));
    await relay.flush();
    if (order === undefined) return true;
    this.#sending.add(orderId);
    try {
      return await this.#submit(order);
    } finally {
      this.#sending.delete(orderId);
    }
  }

  async #submit(order: Order): Promise<boolean> {
    const { gateway, metrics, clock } = this.#deps;
    const sent = clock.now();
    const outcome = await gateway.submit(order);
    metrics.outcomes.add(1, { outcome: outcome.kind });
    metrics.ack.observe((clock.now() - sent) / SECOND, {});
    await this.#record(order.orderId, (at) => outcomeEvent(outcome, at));
    metrics.latency.observe(clock.now() - order.decidedTime, {});
    return outcome.kind !== 'unknown';
  }

  /** Asks the venue to cancel what works. False when the outcome must be looked up. */
  async cancel(order: Order): Promise<boolean> {
    await this.#record(order.orderId, (at) => ({ kind: 'cancel-requested', at }));
    const outcome = await this.#deps.gateway.cancel(order);
    await this.#record(order.orderId, (at) => cancelEvent(outcome, at));
    return outcome.kind === 'accepted';
  }

  /** Takes in what the venue pushed. */
  async report(report: ExecutionReport): Promise<void> {
    if (report.kind === 'fill') await this.#book([report.fill]);
    else if (await this.#deps.ledger.transaction((tx) => this.#applyReport(tx, report.order))) {
      this.#deps.onLackingFills(report.order.orderId);
    }
    await this.#deps.relay.flush();
  }

  /** Notes that these are about to be cancelled, in one transaction. */
  async noteCancels(orders: readonly Order[]): Promise<void> {
    const { ledger, steps, clock, relay } = this.#deps;
    if (orders.length === 0) return;
    await ledger.transaction(async (tx) => {
      for (const { orderId } of orders) {
        const order = await tx.order(orderId);
        if (order === undefined || isTerminal(order.state)) continue;
        this.#check(await steps.advance(tx, order, { kind: 'cancel-requested', at: clock.now() }), order);
      }
    });
    await relay.flush();
  }

  /** Has the venue cancel an order that the books take to be over. What it says then is taken in as usual. */
  async withdraw(order: Order): Promise<void> {
    await this.#deps.gateway.cancel(order);
    await this.lookUp(order);
  }

  /** Asks the venue what became of an order, and takes in what it says. */
  async lookUp(order: OrderRef): Promise<LookUp> {
    const { gateway } = this.#deps;
    const found = await this.#ask(() => gateway.order(order));
    if (found === 'silent') return 'silent';
    return found === undefined ? 'absent' : this.#takeIn(found);
  }

  /** Asks the venue for all that was placed on a symbol, and takes in what it says of these; returns the unproved ones. */
  async lookUpTogether(orders: readonly Order[]): Promise<readonly Order[]> {
    const [first] = orders;
    if (first === undefined) return [];
    const since = Math.min(...orders.map(({ decidedTime }) => decidedTime)) - HISTORY_MARGIN;
    const recent = await this.#ask(() => this.#deps.gateway.recentOrders(first.symbol, since));
    if (recent === 'silent') return orders;
    const byId = new Map(recent.map((one) => [one.orderId, one]));
    const left: Order[] = [];
    for (const order of orders) {
      const found = byId.get(order.orderId);
      if (found === undefined || (await this.#takeIn(found)) !== 'proved') left.push(order);
    }
    return left;
  }

  /** The outcome of an order is not proved. */
  doubt(orderId: string, reason: string): Promise<void> {
    return this.#record(orderId, (at) => ({ kind: 'unknown', at, reason }));
  }

  /**
   * Looked for by its id often and late enough: concluded to be absent when neither the open orders nor the order history
   * have it either. False when one of them has, or does not answer.
   */
  async conclude(order: Order): Promise<boolean> {
    const { gateway } = this.#deps;
    const { orderId, symbol } = order;
    const since = order.decidedTime - HISTORY_MARGIN;
    for (const list of [() => gateway.openOrders([symbol]), () => gateway.recentOrders(symbol, since)]) {
      const listed = await this.#ask(list);
      if (listed === 'silent') return false;
      const found = listed.find((one) => one.orderId === orderId);
      if (found !== undefined) return (await this.#takeIn(found)) === 'proved';
    }
    await this.#record(orderId, (at) => ({ kind: 'not-found-proved', at }));
    return true;
  }

  /** An order is looked for so long that people should know; or was, and is found. */
  async overdue(order: Order, since: Timestamp, isSettled: boolean): Promise<void> {
    const { ledger, clock, relay, log } = this.#deps;
    const { orderId: subject, symbol, state } = order;
    const kind = 'ORDER_UNRESOLVED';
    const at = clock.now();
    await ledger.transaction(async (tx) => {
      if (isSettled) {
        return tx.resolveBreak({ kind, subject }, { at, resolution: 'the venue has proved its fate' });
      }
      const detail = `the venue does not tell what became of order ${subject} (${symbol}), looked for since ${since}`;
      if (!(await tx.seeBreak({ kind, subject, expected: 'proved', found: state, detail, at }))) return;
      log.error({ orderId: subject, since }, detail);
      await raiseAlert(this.#deps, tx, {
        name: 'TradingOrderUnknown',
        about: [subject, at],
        eventTime: at,
        message: detail,
        context: { orderId: subject, state },
      });
    });
    await relay.flush();
  }

  /** The venue has an order with our prefix that the ledger does not know. */
  async meetForeign(orderId: string): Promise<void> {
    await this.#deps.ledger.transaction((tx) => this.#meetForeign(tx, orderId));
    await this.#deps.relay.flush();
  }

  /** The venue's word on an order, with the fills it counts and the books do not have. */
  async #takeIn(found: VenueOrder): Promise<LookUp> {
    const { ledger, relay } = this.#deps;
    const isTaken = await this.#believe(found);
    await relay.flush();
    if (!isTaken) return 'silent';
    const known = await ledger.transaction((tx) => tx.order(found.orderId));
    // Over by the venue's word, and its last fills cannot be fetched yet.
    const isBehind = known !== undefined && OVER.has(found.status) && !isTerminal(known.state);
    return known === undefined || isBehind || UNPROVED.has(known.state) ? 'unproved' : 'proved';
  }

  /** Reads of the venue: no answer is no evidence. */
  async #ask<T>(question: () => Promise<T>): Promise<T | 'silent'> {
    try {
      return await question();
    } catch (error) {
      if (error instanceof BrokenInvariantError) throw error;
      this.#deps.log.warn({ error: String(error) }, 'the venue did not answer');
      return 'silent';
    }
  }

  /** APPROVED → SUBMITTING, durable before the venue hears of it; or given up, when it may not go out any more. */
  async #claim(
    tx: LedgerTransaction,
    orderId: string,
    cause: string | undefined,
  ): Promise<Order | undefined> {
    const order = await tx.order(orderId);
    if (order?.state !== 'APPROVED') return undefined;
    const at = this.#deps.clock.now();
    const reason = await this.#obstacle(tx, order, at);
    const event: Evidence = reason === undefined ? { kind: 'submit', at } : { kind: 'expire', at, reason };
    const result = await this.#deps.steps.advance(tx, order, event, cause);
    return reason === undefined && result.kind === 'changed' ? result.order : undefined;
  }

  async #obstacle(tx: LedgerTransaction, order: Order, at: Timestamp): Promise<string | undefined> {
    if (order.validUntil !== undefined && at >= order.validUntil) return 'EXPIRED_STALE';
    const state = await this.#deps.state(tx);
    if (state !== 'Running' && !allowsOrder(state, order.purpose)) return STATE_REASONS[state];
    // Nothing that holds an entry back holds an exit back; but nothing is sold that the bot does not hold.
    if (order.side === 'SELL' && !(await isCovered(tx, order))) return 'EXCEEDS_POSITION';
    if (order.purpose !== 'ENTRY') return undefined;
    if (!this.#deps.isReconciled()) return 'NOT_RECONCILED';
    return isWithinCollar(order, this.#deps.mark(order.symbol)) ? undefined : 'EXPIRED_STALE';
  }

  async #record(orderId: string, eventAt: (at: Timestamp) => Evidence | undefined): Promise<void> {
    const { ledger, relay, clock } = this.#deps;
    await ledger.transaction(async (tx) => {
      const order = await tx.order(orderId);
      const event = eventAt(clock.now());
      if (order === undefined || event === undefined || isTerminal(order.state)) return;
      this.#check(await this.#deps.steps.advance(tx, order, event), order);
    });
    await relay.flush();
  }

  async #book(fills: readonly Fill[]): Promise<void> {
    if (fills.length === 0) return;
    await this.#deps.ledger.transaction(async (tx) => {
      for (const fill of fills) {
        const order = await tx.order(fill.orderId);
        if (order === undefined) await this.#meetForeign(tx, fill.orderId);
        else this.#check(await this.#deps.steps.bookFill(tx, order, fill), order);
      }
    });
  }

  /** Takes in what the venue answered. False when the fills that it counts could not be fetched. */
  async #believe(report: VenueOrder): Promise<boolean> {
    const { ledger, gateway } = this.#deps;
    const missing = await ledger.transaction(
      async (tx) => (await this.#lacksFills(tx, report)) || this.#applyReport(tx, report),
    );
    if (!missing) return true;
    // The venue counts more than is booked: its fills come first, then its word on the order.
    const fills = await this.#ask(() => gateway.fills(report));
    if (fills === 'silent') return false;
    await this.#book(fills);
    await ledger.transaction((tx) => this.#applyReport(tx, report));
    return true;
  }

  async #lacksFills(tx: LedgerTransaction, report: VenueOrder): Promise<boolean> {
    const order = await tx.order(report.orderId);
    return order !== undefined && compare(report.filledQuantity, order.filledQuantity) > 0;
  }

  /** True when fills are missing before the report can be believed. */
  async #applyReport(tx: LedgerTransaction, report: VenueOrder): Promise<boolean> {
    const order = await tx.order(report.orderId);
    if (order === undefined) {
      await this.#meetForeign(tx, report.orderId);
      return false;
    }
    if (report.status === 'FILLED') return compare(report.filledQuantity, order.filledQuantity) > 0;
    const event = evidenceOf(report, order);
    if (event === undefined || isTerminal(order.state)) return false;
    const result = await this.#deps.steps.advance(tx, order, event);
    if (result.kind === 'refused' && result.refusal.code === 'FILLS_MISSING') return true;
    this.#check(result, order);
    return false;
  }

  /** Evidence that the table does not allow is old news, unless it contradicts what is booked. */
  #check(result: StepResult, order: Order): void {
    if (result.kind !== 'refused') return;
    const { code, message } = result.refusal;
    if (code === 'CONTRADICTS_FILLS' || code === 'VENUE_ID_DIFFERS') {
      throw new BrokenInvariantError(code, message);
    }
    this.#deps.log.warn({ orderId: order.orderId, code }, message);
  }

  /**
   * Somebody else's order is never touched. One with our prefix that the ledger does not know means a second writer: the
   * bot halts until a person has found out who it is.
   */
  async #meetForeign(tx: LedgerTransaction, orderId: string): Promise<void> {
    const { clock, log } = this.#deps;
    log.warn({ orderId }, 'the venue reports an order that is not in the ledger');
    const latched = await tx.demands();
    if (!isOwnOrderId(this.#ownPrefix, orderId) || latched.some(({ source }) => source === FOREIGN_SOURCE)) {
      return;
    }
    const since = clock.now();
    const reason = `the venue reports order ${orderId}, which bears this bot's prefix and is not in its ledger`;
    const demand: LatchedDemand = {
      source: FOREIGN_SOURCE,
      state: 'Halted',
      reason,
      evidence: { orderId },
      since,
    };
    await tx.latchDemand(demand);
    await tx.seeBreak({
      kind: 'FOREIGN_WRITER',
      subject: orderId,
      expected: 'none',
      found: orderId,
      detail: reason,
      at: since,
    });
    await tx.appendJournal('execution', [breakerEntry(demand, { eventTime: since })]);
    await raiseAlert(this.#deps, tx, {
      name: 'TradingForeignWriter',
      about: [orderId],
      eventTime: since,
      message: reason,
      context: { orderId },
    });
    this.#deps.onHalt();
  }
}

function outcomeEvent(outcome: SubmitOutcome, at: Timestamp): Evidence {
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'accepted', at, venueOrderId: outcome.venueOrderId };
    case 'rejected':
      return { kind: 'rejected', at, reason: outcome.code };
    case 'unknown':
      return { kind: 'unknown', at, reason: outcome.message };
  }
}

/** An accepted cancel is proved by the report that follows; the other two must be looked up. */
const cancelEvent = (outcome: CancelOutcome, at: Timestamp): Evidence | undefined =>
  outcome.kind === 'unknown' ? { kind: 'unknown', at, reason: outcome.message } : undefined;
