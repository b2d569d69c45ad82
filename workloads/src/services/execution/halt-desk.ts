/**
 * Cancelling what may not work, with the venue as the only source and the only judge: it works without the ledger, and
 * what it says is over the venue has confirmed.
 */
import { orderIdPrefix, purposeOfOrderId } from '../../domain/orders/client-id.ts';
import type { BotState } from '../../domain/risk/bot-state.ts';
import { type Duration, SECOND, type Timestamp } from '../../domain/time.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { pause } from '../../ports/pause.ts';
import type { OrderGateway, OrderRef, VenueOrder } from '../../ports/venue.ts';
import { allowsOrder } from '../state-gate.ts';

export interface HaltDeskDeps {
  readonly bot: string;
  readonly account: string;
  readonly gateway: OrderGateway;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What a sweep came to. */
export interface Sweep {
  /** The venue lists none of our orders that the state forbids. */
  readonly confirmed: boolean;
  /** Ids that were asked to be cancelled. */
  readonly cancelled: ReadonlySet<string>;
  readonly at: Timestamp;
}

/** Waits between two looks at what is left; then the caller tries again later. */
const LOOKS: readonly Duration[] = [0, SECOND / 4, SECOND / 2, SECOND, 2 * SECOND];

export class HaltDesk {
  readonly #deps: HaltDeskDeps;
  readonly #prefix: string;

  constructor(deps: HaltDeskDeps) {
    this.#deps = deps;
    this.#prefix = orderIdPrefix(deps.account, deps.bot);
  }

  /**
   * Cancels every order of ours that this state forbids, and looks until the venue lists none. `known` are orders that
   * work by the books: they are cancelled also when the venue does not list them (yet).
   */
  async sweep(state: BotState, known: readonly OrderRef[] = []): Promise<Sweep> {
    const { clock } = this.#deps;
    const cancelled = new Set<string>();
    let unseen = known;
    for (const wait of LOOKS) {
      if (wait > 0) await pause(clock, wait);
      const listed = await this.#list();
      if (listed === undefined) continue;
      const ids = new Set(listed.map(({ orderId }) => orderId));
      const hidden = unseen.filter(({ orderId }) => !ids.has(orderId));
      unseen = [];
      const forbidden = [...listed.filter((order) => this.#forbids(state, order)), ...hidden];
      if (forbidden.length === 0) return { confirmed: true, cancelled, at: clock.now() };
      for (const { orderId } of forbidden) cancelled.add(orderId);
      await this.#cancel(forbidden, listed);
    }
    return { confirmed: false, cancelled, at: clock.now() };
  }

  async #list(): Promise<readonly VenueOrder[] | undefined> {
    try {
      return await this.#deps.gateway.openOrders([]);
    } catch (error) {
      this.#deps.log.warn({ error }, 'the venue does not say what works');
      return undefined;
    }
  }

  #forbids(state: BotState, { orderId }: OrderRef): boolean {
    const purpose = purposeOfOrderId(this.#prefix, orderId);
    return purpose !== undefined && state !== 'Running' && !allowsOrder(state, purpose);
  }

  /** By symbol where all that works there is to be cancelled, one by one otherwise; the gateway keeps to its rates. */
  async #cancel(forbidden: readonly OrderRef[], listed: readonly VenueOrder[]): Promise<void> {
    const ids = new Set(forbidden.map(({ orderId }) => orderId));
    const bySymbol = new Map<TradingSymbol, OrderRef[]>();
    for (const order of forbidden) bySymbol.set(order.symbol, [...(bySymbol.get(order.symbol) ?? []), order]);
    const requests = [...bySymbol].flatMap(([symbol, orders]) => {
      const isOursAlone = listed.every((order) => order.symbol !== symbol || ids.has(order.orderId));
      return isOursAlone && orders.length > 1
        ? [this.#deps.gateway.cancelSymbol(symbol)]
        : orders.map((order) => this.#deps.gateway.cancel(order));
    });
    await Promise.all(requests);
  }
}
