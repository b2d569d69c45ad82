import { add, compare, type Decimal } from '../../domain/money/decimal.ts';
import type { Order } from '../../domain/orders/order.ts';
import { AT_VENUE_STATES, remainingQuantity } from '../../domain/orders/order-machine.ts';
import type { LedgerReading } from '../../ports/ledger.ts';

/**
 * Whether the position covers a sale, with what other sales at the venue may still take of it. The account may hold more:
 * that is somebody else's and never sold.
 */
export async function isCovered(tx: LedgerReading, sale: Order): Promise<boolean> {
  const position = await tx.position(sale.symbol);
  const others = (await tx.orders(AT_VENUE_STATES)).filter(
    ({ symbol, side }) => symbol === sale.symbol && side === 'SELL',
  );
  const wanted = others.map(remainingQuantity).reduce<Decimal>(add, sale.quantity);
  return position !== undefined && compare(wanted, position.quantity) <= 0;
}
