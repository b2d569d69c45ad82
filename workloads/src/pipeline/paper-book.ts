import type { PaperBook } from '../adapters/paper/paper-exchange.ts';
import { AT_VENUE_STATES } from '../domain/orders/order-machine.ts';
import type { Ledger } from '../ports/ledger.ts';

/** What a paper exchange comes back with after a restart: the ledger is its memory. */
export async function readPaperBook(ledger: Ledger): Promise<PaperBook> {
  return ledger.transaction(async (tx) => {
    const orders = await tx.orders(AT_VENUE_STATES);
    const fills = await Promise.all(orders.map((order) => tx.fills(order.orderId)));
    return { orders, fills: fills.flat(), account: await tx.account() };
  });
}
