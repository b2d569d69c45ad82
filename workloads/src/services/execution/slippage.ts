import { toNumber } from '../../domain/money/decimal.ts';
import type { Fill, Order } from '../../domain/orders/order.ts';

/** How much worse a fill was than the price its decision saw, as a fraction of it; below 0 when it was better. */
export function slippageOf(order: Pick<Order, 'referencePrice'>, fill: Pick<Fill, 'price' | 'side'>): number {
  const reference = toNumber(order.referencePrice);
  const change = toNumber(fill.price) / reference - 1;
  return fill.side === 'BUY' ? change : -change;
}
