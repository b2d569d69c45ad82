/**
 * Carrying out a state that forbids what works: the venue is swept, the books are told, and it is said when the venue has
 * confirmed it. Without the ledger the venue is swept all the same.
 */
import type { Order } from '../../domain/orders/order.ts';
import { AT_VENUE_STATES } from '../../domain/orders/order-machine.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { raiseAlert } from '../alert-event.ts';
import { haltEntry } from '../journal-kinds.ts';
import type { ServiceDeps } from '../service.ts';
import { allowsOrder, type StateInForce } from '../state-gate.ts';
import { HaltDesk, type HaltDeskDeps } from './halt-desk.ts';
import type { OrderDesk } from './order-desk.ts';
import type { OrderSearch } from './order-search.ts';

export interface HaltDeps extends HaltDeskDeps, Pick<ServiceDeps, 'ledger' | 'relay'> {
  readonly desk: OrderDesk;
  readonly search: OrderSearch;
  /** Of the waits between two looks at the venue. */
  readonly waits: Clock;
}

export class Halt {
  readonly #deps: HaltDeps;
  readonly #sweeper: HaltDesk;
  /** Whose enforcement the venue has confirmed; undefined while something may still work against it. */
  #confirmed: StateInForce | undefined;
  #begun: Timestamp | undefined;
  #running: Promise<void> | undefined;

  constructor(deps: HaltDeps) {
    this.#deps = deps;
    this.#sweeper = new HaltDesk({ ...deps, clock: deps.waits });
  }

  /**
   * Cancels what the state forbids; `forbidden` is what the ledger knows of. One at a time: a second call joins. A halt
   * that follows a resume is carried out and confirmed anew, also when nobody looked in between.
   */
  enforce(inForce: StateInForce, forbidden: readonly Order[]): Promise<void> {
    if (allowsOrder(inForce.state, 'ENTRY')) {
      this.#confirmed = undefined;
      this.#begun = undefined;
      return Promise.resolve();
    }
    if (this.#isConfirmed(inForce) && forbidden.length === 0) return Promise.resolve();
    this.#running ??= this.#enforce(inForce, forbidden).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async enforceWithoutLedger(state: BotState): Promise<void> {
    const { log } = this.#deps;
    if (allowsOrder(state, 'ENTRY')) return;
    const { confirmed, cancelled } = await this.#sweeper.sweep(state);
    log.warn(
      { state, confirmed, cancelled: cancelled.size },
      'working orders were cancelled without the ledger',
    );
  }

  #isConfirmed({ state, since }: StateInForce): boolean {
    return this.#confirmed?.state === state && this.#confirmed.since === since;
  }

  async #enforce(inForce: StateInForce, forbidden: readonly Order[]): Promise<void> {
    const { desk, clock, log } = this.#deps;
    const { state } = inForce;
    this.#begun ??= clock.now();
    // The venue first: what the books note of it can wait.
    const [sweep] = await Promise.all([this.#sweeper.sweep(state, forbidden), desk.noteCancels(forbidden)]);
    const { cancelled, confirmed } = sweep;
    await this.#settle(await this.#open(state));
    const open = await this.#open(state);
    log.info(
      { state, confirmed, cancelled: cancelled.size, open: open.length },
      'working orders were cancelled',
    );
    if (confirmed && open.length === 0) await this.#confirm(inForce, cancelled.size);
  }

  /** What the state forbids and the books still have at the venue. */
  #open(state: BotState): Promise<readonly Order[]> {
    return this.#deps.ledger.transaction(async (tx) => {
      const orders = await tx.orders(AT_VENUE_STATES);
      return orders.filter(({ purpose }) => !allowsOrder(state, purpose));
    });
  }

  /** Takes in how they ended, symbol by symbol; what stays unproved is looked for. */
  async #settle(orders: readonly Order[]): Promise<void> {
    const { desk, search } = this.#deps;
    const bySymbol = new Map<TradingSymbol, Order[]>();
    for (const order of orders) {
      if (desk.isSending(order.orderId)) continue;
      bySymbol.set(order.symbol, [...(bySymbol.get(order.symbol) ?? []), order]);
    }
    for (const group of bySymbol.values()) {
      for (const { orderId } of await desk.lookUpTogether(group)) search.begin(orderId);
    }
  }

  async #confirm(inForce: StateInForce, cancelled: number): Promise<void> {
    const { ledger, relay, clock } = this.#deps;
    const { state } = inForce;
    const at = clock.now();
    const since = this.#begun ?? at;
    await ledger.transaction(async (tx) => {
      await tx.appendJournal('execution', [
        haltEntry({ state, cancelled, took: at - since }, { eventTime: at }),
      ]);
      await raiseAlert(this.#deps, tx, {
        name: 'TradingHaltConfirmed',
        about: [state, at],
        eventTime: at,
        message: `${state}: the venue lists no working order of this bot that the state forbids`,
        context: { state, cancelled: String(cancelled), tookMs: String(at - since) },
      });
    });
    this.#confirmed = inForce;
    this.#begun = undefined;
    await relay.flush();
  }
}
