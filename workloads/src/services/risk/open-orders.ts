import { isTerminal } from '../../domain/orders/order-machine.ts';
import type { Order } from '../../domain/orders/order.ts';
import type { LedgerReading } from '../../ports/ledger.ts';

/**
 * The orders that are not over, kept from decision to decision: each asks the ledger only for what changed since the last.
 * Read in transactions that may write orders themselves: one that fails ends the service, and what was kept with it.
 */
export class OpenOrders {
  #revision: number | undefined;
  readonly #orders = new Map<string, Order>();

  /** As they are in the ledger now. */
  async refresh(ledger: LedgerReading): Promise<Iterable<Order>> {
    const { orders, revision } = await ledger.ordersChangedSince(this.#revision);
    for (const order of orders) {
      if (isTerminal(order.state)) this.#orders.delete(order.orderId);
      else this.#orders.set(order.orderId, order);
    }
    this.#revision = revision;
    return this.#orders.values();
  }
}
