/**
 * Carries out approved orders. The order table is the truth and the stream `orders` a hint: what a lost event would have
 * said is found by a scan, what a repeated one says is done already.
 */
import type { Instrument } from '../../domain/market/instrument.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Money, Price } from '../../domain/money/amounts.ts';
import type { Order, OrderState } from '../../domain/orders/order.ts';
import { AT_VENUE_STATES } from '../../domain/orders/order-machine.ts';
import type { Demand } from '../../domain/risk/demands.ts';
import { SECOND, type Timestamp } from '../../domain/time.ts';
import type { StreamEvents } from '../../events/event.ts';
import type { RunningSubscription } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger, LedgerReading } from '../../ports/ledger.ts';
import type { OrderGateway } from '../../ports/venue.ts';
import type { Service, ServiceDeps } from '../service.ts';
import { allowsOrder, readStateInForce, type StateInForce } from '../state-gate.ts';
import { AbsentOrders } from './absent-orders.ts';
import { type Fence, fencedLedger, NO_FENCE } from './fence.ts';
import { Halt } from './halt.ts';
import { isLedgerAway, probeLedger, tellOutage } from './ledger-outage.ts';
import { type ExecutionMetrics, makeExecutionMetrics } from './metrics.ts';
import { openBooks } from './open-books.ts';
import { OrderDesk } from './order-desk.ts';
import { readOrderFigures, showOrderFigures } from './order-figures.ts';
import { OrderSearch } from './order-search.ts';
import { OrderSteps } from './order-steps.ts';
import { Reconciler } from './reconciler.ts';
import { type Supervision, SUPERVISION_SETTINGS, type SupervisionSettings } from './supervision.ts';
import { WorkInHand } from './work-in-hand.ts';

export interface ExecutionDeps extends ServiceDeps {
  readonly gateway: OrderGateway;
  readonly account: string;
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  /** Opens the account of a new ledger. */
  readonly capital: Money;
  readonly specDemand: Demand | undefined;
  /** A demand in force in memory only: the control API's while the ledger is away. */
  readonly pendingDemand?: () => Demand | undefined;
  /** The newest price of a symbol; undefined when none is known: then no entry goes out. */
  readonly mark: (symbol: TradingSymbol) => Price | undefined;
  /** Absent only for a paper book in this process. */
  readonly supervision?: Supervision;
}

const WORKING = ['WORKING', 'PARTIALLY_FILLED'] as const;

export class ExecutionService implements Service {
  readonly #deps: ExecutionDeps;
  readonly #ledger: Ledger;
  readonly #metrics: ExecutionMetrics;
  readonly #fence: Fence;
  readonly #desk: OrderDesk;
  readonly #search: OrderSearch;
  readonly #reconciler: Reconciler;
  readonly #halt: Halt;
  readonly #absent: AbsentOrders;
  /** Of waiting for venue and ledger. */
  readonly #waits: Clock;
  readonly #inHand = new WorkInHand();
  #subscription: RunningSubscription | undefined;
  /** Whether everything was compared with the venue since the start, or since the ledger came back. */
  #compared = false;
  #ordersAgree = true;
  #balancesAgree = true;
  #lastReconciliation: Timestamp | undefined;
  /** The same by the clock of waiting. */
  #agreedAt: Timestamp | undefined;
  #ordersCompared: Timestamp = 0;
  #balancesCompared: Timestamp = 0;
  #held: readonly TradingSymbol[] | undefined;
  #isLedgerAway = false;
  #stopped = false;
  #isOver = false;
  #isTicking = false;
  #cancelTick: () => void = () => undefined;

  constructor(deps: ExecutionDeps) {
    this.#deps = deps;
    this.#fence = deps.supervision?.fence ?? NO_FENCE;
    this.#ledger = deps.supervision === undefined ? deps.ledger : fencedLedger(deps.ledger, this.#fence);
    const metrics = makeExecutionMetrics(deps.metrics);
    this.#metrics = metrics;
    this.#showStanding();
    const waits = deps.supervision?.waits ?? deps.clock;
    this.#waits = waits;
    const shared = { ...deps, ledger: this.#ledger, metrics };
    this.#desk = new OrderDesk({
      ...shared,
      steps: new OrderSteps(shared),
      state: async (tx) => (await this.#inForce(tx)).state,
      isReconciled: () => this.reconciled,
      onHalt: () => {
        this.#run(() => this.#enforceState());
      },
      onLackingFills: (orderId) => {
        this.#search.expectFills(orderId);
      },
    });
    this.#absent = new AbsentOrders({ ...shared, clock: waits, desk: this.#desk });
    this.#search = new OrderSearch({
      ...shared,
      clock: waits,
      desk: this.#desk,
      run: (work) => {
        this.#run(work);
      },
      mayConclude: () => this.#fence.mayTrade(),
      onSettled: (orderId) => this.#absent.consider(orderId).then(() => this.#enforceState()),
    });
    this.#reconciler = new Reconciler({ ...shared, desk: this.#desk });
    this.#halt = new Halt({ ...shared, desk: this.#desk, search: this.#search, waits });
  }

  /** Whether ledger and venue were compared and agree on every order and balance: entries are refused before. */
  get reconciled(): boolean {
    const agrees = this.#ordersAgree && this.#balancesAgree && this.#isFresh;
    return this.#compared && agrees && this.#search.size === 0 && !this.#isLedgerAway;
  }

  /** A venue that no longer answers must not be believed forever. */
  get #isFresh(): boolean {
    if (this.#deps.supervision === undefined || this.#agreedAt === undefined) return true;
    return this.#waits.now() - this.#agreedAt <= this.#settings.agreementLasts;
  }

  /** When they last agreed; undefined when they never did. */
  get lastReconciliation(): Timestamp | undefined {
    return this.#lastReconciliation;
  }

  get #settings(): SupervisionSettings {
    return this.#deps.supervision?.settings ?? SUPERVISION_SETTINGS;
  }

  /** Whether orders may be sent: an earlier owner's requests have all expired. */
  get trades(): boolean {
    return this.#fence.mayTrade() && this.#compared && !this.#isLedgerAway && !this.#stopped;
  }

  async start(): Promise<void> {
    const { bus, gateway, capital, supervision } = this.#deps;
    await this.#fence.acquire();
    await openBooks(this.#ledger, capital);
    gateway.onReport((report) => this.#guard(() => this.#desk.report(report)));
    gateway.onGap(() => this.#guard(() => this.#compareOrders()));
    await this.#guard(() => this.#recover());
    this.#subscription = await bus.subscribe({
      stream: 'orders',
      group: 'execution',
      handle: (event) => this.#guard(() => this.#take(event)),
      onLost: () => this.#guard(() => this.#scan()),
    });
    await this.#guard(async () => {
      await this.#scan();
      await this.#enforceState();
    });
    if (supervision !== undefined) this.#tickLater();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTick();
    this.#search.clear();
    await this.#subscription?.stop();
    this.#subscription = undefined;
    await this.idle();
    // What the venue pushes from here on is the next owner's to find.
    this.#isOver = true;
    await this.idle();
    if (!this.#isLedgerAway) await this.#fence.release();
  }

  /** Resolves when no look-up is in hand. */
  idle(): Promise<void> {
    return this.#inHand.over();
  }

  /** Everything execution knows is in the ledger's own tables. */
  checkpoint(): Promise<void> {
    return Promise.resolve();
  }

  /** The state may have changed, in the ledger or in memory only: cancels what it forbids. Works without the ledger. */
  enforce(): Promise<void> {
    return this.#isLedgerAway ? this.#enforceInMemory() : this.#guard(() => this.#enforceState());
  }

  #take(event: StreamEvents['orders']): Promise<void> {
    return event.type === 'order' ? this.#send(event.order.orderId, event.eventId) : this.#enforceState();
  }

  async #send(orderId: string, cause?: string): Promise<void> {
    if (!this.trades) return;
    if (!(await this.#desk.send(orderId, cause))) this.#search.begin(orderId);
  }

  async #scan(): Promise<void> {
    if (!this.trades) return;
    for (const order of await this.#orders(['APPROVED'])) await this.#send(order.orderId);
  }

  /** Everything that may be at the venue is compared with it before anything new is sent. */
  async #recover(): Promise<void> {
    this.#search.clear();
    for (const order of await this.#orders(AT_VENUE_STATES)) {
      const found = await this.#desk.lookUp(order);
      if (found === 'absent') await this.#desk.doubt(order.orderId, 'NOT_FOUND_AT_START');
      if (found !== 'proved') this.#search.begin(order.orderId);
    }
    if (this.#deps.supervision !== undefined) {
      if (!(await this.#reconciler.recordOpening())) return;
      await this.#absent.recall();
      await this.#compareOrders();
      await this.#compareBalances();
    }
    this.#compared = true;
  }

  async #compareOrders(): Promise<void> {
    this.#ordersCompared = this.#waits.now();
    const { agrees, differing } = await this.#reconciler.orders();
    for (const order of differing) {
      if (this.#search.has(order.orderId) || this.#desk.isSending(order.orderId)) continue;
      if ((await this.#desk.lookUp(order)) !== 'proved') this.#search.begin(order.orderId);
    }
    this.#ordersAgree = agrees ?? this.#ordersAgree;
    this.#noteComparison(agrees);
  }

  async #compareBalances(): Promise<void> {
    this.#balancesCompared = this.#waits.now();
    const agrees = await this.#reconciler.balances();
    this.#balancesAgree = agrees ?? this.#balancesAgree;
    this.#noteComparison(agrees);
    await this.#deps.relay.flush();
  }

  /** Asked for whenever the metrics are read. */
  #showStanding(): void {
    const { reconciled, lastReconciliation, ledgerAway } = this.#metrics;
    reconciled.follow(() => [[this.reconciled ? 1 : 0, {}]]);
    lastReconciliation.follow(() => [[(this.#lastReconciliation ?? 0) / SECOND, {}]]);
    ledgerAway.follow(() => [[this.#isLedgerAway ? 1 : 0, {}]]);
  }

  /** `agrees` undefined: the venue did not answer, so nothing is known, and what was known stands. */
  #noteComparison(agrees: boolean | undefined): void {
    const { comparisons } = this.#metrics;
    if (agrees === undefined) {
      comparisons.add(1, { outcome: 'unanswered' });
      return;
    }
    comparisons.add(1, { outcome: agrees ? 'agrees' : 'differs' });
    if (!this.#ordersAgree || !this.#balancesAgree) return;
    this.#lastReconciliation = this.#deps.clock.now();
    this.#agreedAt = this.#waits.now();
  }

  // -- the state in force

  #inForce(tx: LedgerReading): Promise<StateInForce> {
    return readStateInForce(tx, this.#deps.specDemand, this.#deps.pendingDemand?.());
  }

  /** Cancels what works and may not under the state in force. */
  async #enforceState(): Promise<void> {
    const { inForce, orders } = await this.#ledger.transaction(async (tx) => ({
      inForce: await this.#inForce(tx),
      orders: await tx.orders(WORKING),
    }));
    const forbidden = orders.filter((order) => !allowsOrder(inForce.state, order.purpose));
    if (this.#deps.supervision !== undefined) return this.#halt.enforce(inForce, forbidden);
    for (const order of forbidden) {
      if (!(await this.#desk.cancel(order))) this.#search.begin(order.orderId);
    }
  }

  async #enforceInMemory(): Promise<void> {
    const demand = this.#deps.pendingDemand?.();
    if (demand !== undefined) await this.#halt.enforceWithoutLedger(demand.state);
  }

  // -- what is done again and again

  #tickLater(): void {
    if (this.#stopped) return;
    this.#cancelTick();
    this.#cancelTick = this.#waits.after(this.#settings.scanEvery, () => {
      this.#run(async () => {
        if (!this.#isTicking) await this.#tickOnce();
        this.#tickLater();
      });
    });
  }

  async #tickOnce(): Promise<void> {
    this.#isTicking = true;
    try {
      await (this.#isLedgerAway ? this.#tryAgain() : this.#watched(() => this.#tick()));
    } finally {
      this.#isTicking = false;
    }
  }

  async #tick(): Promise<void> {
    const now = this.#waits.now();
    const { ordersEvery, balancesEvery } = this.#settings;
    await this.#fence.renew();
    this.#held = await this.#ledger.transaction(async (tx) => [
      ...((await tx.account())?.positions.keys() ?? []),
    ]);
    if (!this.#compared) await this.#recover();
    await this.#scan();
    await this.#enforceState();
    if (now - this.#ordersCompared >= ordersEvery) await this.#compareOrders();
    if (now - this.#balancesCompared >= balancesEvery) await this.#compareBalances();
    await this.#absent.lookAgain();
    showOrderFigures(this.#metrics, await this.#ledger.transaction(readOrderFigures));
  }

  async #watched(work: () => Promise<void>): Promise<void> {
    await probeLedger(this.#ledger, this.#waits, {
      patience: this.#settings.patience,
      onSilent: () => {
        this.#loseLedger();
      },
    });
    await work();
  }

  // -- while the ledger is away

  #loseLedger(): void {
    if (this.#isLedgerAway || this.#stopped) return;
    this.#isLedgerAway = true;
    this.#compared = false;
    this.#search.clear();
    this.#run(() => tellOutage(this.#deps, this.#held));
    this.#run(() => this.#enforceInMemory());
  }

  async #tryAgain(): Promise<void> {
    await this.#enforceInMemory();
    try {
      // Whoever became the owner meanwhile stays it: this process then ends.
      await this.#ledger.transaction((tx) => tx.epoch());
    } catch (error) {
      if (isLedgerAway(error)) return;
      throw error;
    }
    this.#isLedgerAway = false;
    this.#deps.log.info({}, 'the ledger is back: comparing with the venue before anything goes out');
    await this.#tick();
  }

  #orders(states: readonly OrderState[]): Promise<readonly Order[]> {
    return this.#ledger.transaction((tx) => tx.orders(states));
  }

  /** What throws ends the process, which then recovers; a ledger that is away is waited for, and then recovered from. */
  async #guard(work: () => Promise<void>): Promise<void> {
    if (this.#isLedgerAway || this.#isOver) return;
    const done = this.#survive(work);
    this.#inHand.keep(done);
    await done;
  }

  async #survive(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#deps.supervision !== undefined && isLedgerAway(error)) {
        this.#loseLedger();
        this.#tickLater();
        return;
      }
      const cause = error instanceof Error ? error : new Error(String(error));
      this.#cancelTick();
      this.#deps.crash(cause);
      throw cause;
    }
  }

  /** What a timer starts: `survive` has told of a failure already. */
  #run(work: () => Promise<void>): void {
    if (!this.#isOver) this.#inHand.keep(this.#survive(work));
  }
}
