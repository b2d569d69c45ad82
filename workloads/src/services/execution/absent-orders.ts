/**
 * Orders that were concluded to be absent are looked for a few times more: a venue whose books lag further behind than
 * was allowed for would otherwise have filled one that nobody asks about again.
 */
import type { Order } from '../../domain/orders/order.ts';
import { type Duration, HOUR, MINUTE, type Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { OrderDesk } from './order-desk.ts';

/** After the conclusion; then it is let go. */
const AFTER: readonly Duration[] = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR];
/** What `not-found-proved` leaves in an order (domain/orders/order-machine.ts). */
const REASON = 'NOT_AT_VENUE';

interface Absent {
  readonly order: Order;
  readonly since: Timestamp;
  readonly looks: number;
}

export interface AbsentOrdersDeps {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly desk: Pick<OrderDesk, 'lookUp' | 'withdraw'>;
}

export class AbsentOrders {
  readonly #deps: AbsentOrdersDeps;
  readonly #absent = new Map<string, Absent>();

  constructor(deps: AbsentOrdersDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#absent.size;
  }

  /** The fate of an order is known: kept when it is that the venue does not have it. */
  async consider(orderId: string): Promise<void> {
    const order = await this.#deps.ledger.transaction((tx) => tx.order(orderId));
    if (order?.reason === REASON) this.#keep(order);
  }

  /** Those of an earlier life are looked for from the beginning. */
  async recall(): Promise<void> {
    const orders = await this.#deps.ledger.transaction((tx) => tx.orders(['REJECTED', 'CANCELED']));
    const newest = orders.reduce((latest, { updatedTime }) => Math.max(latest, updatedTime), 0);
    for (const order of orders) {
      const isRecent = order.reason === REASON && newest - order.updatedTime <= HOUR;
      if (isRecent && !this.#absent.has(order.orderId)) this.#keep(order);
    }
  }

  /** Looks for those whose time has come. What is found is taken in as usual, and cancelled where it works. */
  async lookAgain(): Promise<void> {
    const { clock, desk } = this.#deps;
    for (const [orderId, { order, since, looks }] of [...this.#absent]) {
      const wait = AFTER[looks];
      if (wait === undefined) this.#absent.delete(orderId);
      if (wait === undefined || clock.now() - since < wait) continue;
      const found = await desk.lookUp(order);
      if (found === 'silent') continue;
      if (found === 'absent') this.#absent.set(orderId, { order, since, looks: looks + 1 });
      else {
        this.#absent.delete(orderId);
        await desk.withdraw(order);
      }
    }
  }

  #keep(order: Order): void {
    this.#absent.set(order.orderId, { order, since: this.#deps.clock.now(), looks: 0 });
  }
}
