/**
 * Between the ledger's orders and the venue. Every method reads the order again inside the transaction that changes it,
 * so that reports, answers and look-ups may come in any order and more than once.
 */
import { BrokenInvariantError } from '../../domain/invariant.ts';
import { isOwnOrderId, orderIdPrefix } from '../../domain/orders/client-id.ts';
import type { Fill, Order, OrderState } from '../../domain/orders/order.ts';
import { isTerminal, type OrderEvent } from '../../domain/orders/order-machine.ts';
import { compare } from '../../domain/money/decimal.ts';
import type { Demand } from '../../domain/risk/demands.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { LatchedDemand, LedgerTransaction } from '../../ports/ledger.ts';
import type {
  CancelOutcome,
  ExecutionReport,
  OrderGateway,
  SubmitOutcome,
  VenueOrder,
} from '../../ports/venue.ts';
import { envelope } from '../envelope.ts';
import { breakerEntry } from '../journal-kinds.ts';
import type { ServiceDeps } from '../service.ts';
import { allowsOrder, readState, STATE_REASONS } from '../state-gate.ts';
import type { ExecutionMetrics } from './metrics.ts';
import type { OrderSteps, StepResult } from './order-steps.ts';
import { evidenceOf } from './venue-evidence.ts';

export interface OrderDeskDeps extends Pick<ServiceDeps, 'bot' | 'ledger' | 'relay' | 'clock' | 'log'> {
  readonly account: string;
  readonly gateway: OrderGateway;
  readonly steps: OrderSteps;
  readonly metrics: ExecutionMetrics;
  /** What the spec demands; latched demands are read from the ledger. */
  readonly specDemand: Demand | undefined;
  /** A latch was set that may forbid what works. Called inside the transaction. */
  readonly onHalt: () => void;
}

/** What a look-up found: `unproved` when the venue knows the order but not yet enough of it. */
export type LookUp = 'proved' | 'unproved' | 'absent';

/** States in which it is not known what the venue has. */
const UNPROVED: ReadonlySet<OrderState> = new Set<OrderState>(['SUBMITTING', 'UNKNOWN', 'CANCEL_PENDING']);

const FOREIGN_SOURCE = 'breaker:foreign-writer';

type Evidence = Exclude<OrderEvent, { kind: 'fill' }>;

export class OrderDesk {
  readonly #deps: OrderDeskDeps;
  readonly #ownPrefix: string;

  constructor(deps: OrderDeskDeps) {
    this.#deps = deps;
    this.#ownPrefix = orderIdPrefix(deps.account, deps.bot);
  }

  /** Sends an approved order, once: true when its outcome is proved, false when it must be looked up. */
  async send(orderId: string, cause?: string): Promise<boolean> {
    const { ledger, relay, gateway } = this.#deps;
    const order = await ledger.transaction((tx) => this.#claim(tx, orderId, cause));
    await relay.flush();
    if (order === undefined) return true;
    const outcome = await gateway.submit(order);
    await this.#record(orderId, (at) => outcomeEvent(outcome, at));
    this.#deps.metrics.latency.observe(this.#deps.clock.now() - order.decidedTime, {});
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
    else await this.#believe(report.order);
    await this.#deps.relay.flush();
  }

  /** Asks the venue what became of an order, and takes in what it says. */
  async lookUp(order: Order): Promise<LookUp> {
    const { gateway, ledger, relay } = this.#deps;
    const found = await gateway.order(order);
    if (found === undefined) return 'absent';
    await this.#book(await gateway.fills(order));
    await this.#believe(found);
    await relay.flush();
    const known = await ledger.transaction((tx) => tx.order(order.orderId));
    return known === undefined || UNPROVED.has(known.state) ? 'unproved' : 'proved';
  }

  /** The outcome of an order is not proved. */
  doubt(orderId: string, reason: string): Promise<void> {
    return this.#record(orderId, (at) => ({ kind: 'unknown', at, reason }));
  }

  /** Looked for often and late enough: the venue does not have it. */
  conclude(orderId: string): Promise<void> {
    return this.#record(orderId, (at) => ({ kind: 'not-found-proved', at }));
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
    const state = await readState(tx, this.#deps.specDemand);
    return state === 'Running' || allowsOrder(state, order.purpose) ? undefined : STATE_REASONS[state];
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

  async #believe(report: VenueOrder): Promise<void> {
    const missing = await this.#deps.ledger.transaction((tx) => this.#applyReport(tx, report));
    if (!missing) return;
    // The venue counts more than is booked: its fills come first, then its word on the order.
    await this.#book(await this.#deps.gateway.fills(report));
    await this.#deps.ledger.transaction((tx) => this.#applyReport(tx, report));
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
    const { relay, clock, log } = this.#deps;
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
    await tx.appendJournal('execution', [breakerEntry(demand, { eventTime: since })]);
    const head = envelope(this.#deps, { type: 'alert', id: ['FOREIGN_WRITER', orderId], eventTime: since });
    await relay.add(tx, 'alerts', [
      { ...head, level: 'CRITICAL', code: 'FOREIGN_WRITER', message: reason, context: { orderId } },
    ]);
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
