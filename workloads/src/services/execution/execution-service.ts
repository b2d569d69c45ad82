/**
 * Carries out approved orders. The order table is the truth and the stream `orders` a hint: what a lost event would have
 * said is found by the scan at start, what a repeated one says is done already.
 */
import type { Instrument } from '../../domain/market/instrument.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Money } from '../../domain/money/amounts.ts';
import type { Order } from '../../domain/orders/order.ts';
import { AT_VENUE_STATES } from '../../domain/orders/order-machine.ts';
import type { Demand } from '../../domain/risk/demands.ts';
import { type Duration, SECOND, type Timestamp } from '../../domain/time.ts';
import type { StreamEvents } from '../../events/event.ts';
import type { RunningSubscription } from '../../ports/bus.ts';
import type { OrderGateway } from '../../ports/venue.ts';
import { orCrash, type Service, type ServiceDeps } from '../service.ts';
import { allowsOrder, readState } from '../state-gate.ts';
import { makeExecutionMetrics } from './metrics.ts';
import { openBooks } from './open-books.ts';
import { OrderDesk } from './order-desk.ts';
import { OrderSteps } from './order-steps.ts';

export interface ExecutionDeps extends ServiceDeps {
  readonly gateway: OrderGateway;
  readonly account: string;
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  /** Opens the account of a new ledger. */
  readonly capital: Money;
  readonly specDemand: Demand | undefined;
}

/** When an order whose fate is unknown is looked for again; the last wait repeats. */
const LOOK_UP_AFTER: readonly Duration[] = [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 15 * SECOND];
/** Absence is concluded from this many look-ups and not before this much time: replies and books may lag. */
const ABSENCES = 5;
const ABSENT_FOR: Duration = 20 * SECOND;

/** An order whose fate is being looked for. */
interface Search {
  readonly since: Timestamp;
  readonly absences: number;
  readonly cancel: () => void;
}

const WORKING = ['WORKING', 'PARTIALLY_FILLED'] as const;

export class ExecutionService implements Service {
  readonly #deps: ExecutionDeps;
  readonly #desk: OrderDesk;
  readonly #searches = new Map<string, Search>();
  /** Work that a timer started: `stop` waits for it. */
  readonly #inHand = new Set<Promise<void>>();
  #subscription: RunningSubscription | undefined;
  #reconciled = false;
  #stopped = false;

  constructor(deps: ExecutionDeps) {
    this.#deps = deps;
    const metrics = makeExecutionMetrics(deps.metrics);
    const onHalt = (): void => {
      this.#track(orCrash(deps.crash, () => this.#enforceState()));
    };
    this.#desk = new OrderDesk({ ...deps, metrics, steps: new OrderSteps({ ...deps, metrics }), onHalt });
  }

  /** Whether ledger and venue were compared and agree on every order: entries are refused before. */
  get reconciled(): boolean {
    return this.#reconciled && this.#searches.size === 0;
  }

  async start(): Promise<void> {
    const { ledger, bus, gateway, capital, crash } = this.#deps;
    await openBooks(ledger, capital);
    gateway.onReport((report) => orCrash(crash, () => this.#desk.report(report)));
    await this.#reconcile();
    this.#subscription = await bus.subscribe({
      stream: 'orders',
      group: 'execution',
      handle: (event) => orCrash(crash, () => this.#take(event)),
    });
    for (const order of await this.#orders(['APPROVED'])) await this.#send(order.orderId);
    await this.#enforceState();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { cancel } of this.#searches.values()) cancel();
    this.#searches.clear();
    await this.#subscription?.stop();
    this.#subscription = undefined;
    await this.idle();
  }

  /** Resolves when no look-up is in hand. */
  async idle(): Promise<void> {
    while (this.#inHand.size > 0) await Promise.all(this.#inHand);
  }

  /** Everything execution knows is in the ledger's own tables. */
  checkpoint(): Promise<void> {
    return Promise.resolve();
  }

  #take(event: StreamEvents['orders']): Promise<void> {
    return event.type === 'order' ? this.#send(event.order.orderId, event.eventId) : this.#enforceState();
  }

  async #send(orderId: string, cause?: string): Promise<void> {
    if (!(await this.#desk.send(orderId, cause))) this.#search(orderId);
  }

  /** Everything that may be at the venue is compared with it before anything new is sent. */
  async #reconcile(): Promise<void> {
    for (const order of await this.#orders(AT_VENUE_STATES)) {
      const found = await this.#desk.lookUp(order);
      if (found === 'absent') await this.#desk.doubt(order.orderId, 'NOT_FOUND_AT_START');
      if (found !== 'proved') this.#search(order.orderId);
    }
    this.#reconciled = true;
  }

  /** Cancels what works and may not under the state in force. */
  async #enforceState(): Promise<void> {
    const { ledger, specDemand } = this.#deps;
    const state = await ledger.transaction((tx) => readState(tx, specDemand));
    for (const order of await this.#orders(WORKING)) {
      if (allowsOrder(state, order.purpose)) continue;
      if (!(await this.#desk.cancel(order))) this.#search(order.orderId);
    }
  }

  #orders(states: Parameters<OrdersOf>[0]): ReturnType<OrdersOf> {
    return this.#deps.ledger.transaction((tx) => tx.orders(states));
  }

  /** Look for an order until the venue proves its fate. */
  #search(orderId: string, before?: Pick<Search, 'since' | 'absences'>): void {
    if (this.#stopped || this.#searches.has(orderId)) return;
    const { clock, crash } = this.#deps;
    const { since, absences } = before ?? { since: clock.now(), absences: 0 };
    const wait = LOOK_UP_AFTER[Math.min(absences, LOOK_UP_AFTER.length - 1)] ?? SECOND;
    const cancel = clock.after(wait, () => {
      this.#track(orCrash(crash, () => this.#lookAgain(orderId)));
    });
    this.#searches.set(orderId, { since, absences, cancel });
  }

  async #lookAgain(orderId: string): Promise<void> {
    const search = this.#searches.get(orderId);
    const order = await this.#deps.ledger.transaction((tx) => tx.order(orderId));
    if (search === undefined || order === undefined) return;
    const found = await this.#desk.lookUp(order);
    const absences = found === 'absent' ? search.absences + 1 : 0;
    const isAbsent = absences >= ABSENCES && this.#deps.clock.now() - search.since >= ABSENT_FOR;
    if (isAbsent) await this.#desk.conclude(orderId);
    // The cancel was lost, or asked for by a process that is gone: what works on is cancelled again.
    if (found === 'unproved' && order.state === 'CANCEL_PENDING') await this.#desk.cancel(order);
    this.#searches.delete(orderId);
    if (found !== 'proved' && !isAbsent) this.#search(orderId, { since: search.since, absences });
    // It works, as is known only now: the state may have forbidden that meanwhile.
    else await this.#enforceState();
  }

  /** `orCrash` has told of a failure already. */
  #track(work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch(() => undefined)
      .finally(() => {
        this.#inHand.delete(tracked);
      });
    this.#inHand.add(tracked);
  }
}

type OrdersOf = (states: readonly Order['state'][]) => Promise<readonly Order[]>;
