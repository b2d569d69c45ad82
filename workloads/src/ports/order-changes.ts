import type { Order } from '../domain/orders/order.ts';

/** Orders that somebody has not seen in their present state. */
export interface OrderChanges {
  /** As they are now, ended ones among them; in the order of their changes. */
  readonly orders: readonly Order[];
  /** What to ask with the next time. */
  readonly revision: number;
}
