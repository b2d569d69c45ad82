import {
  asQuantity,
  type Money,
  NO_QUANTITY,
  notional,
  type Price,
  type Quantity,
} from '../../domain/money/amounts.ts';
import {
  ZERO,
  add,
  compare,
  type Decimal,
  divide,
  isPositive,
  minimum,
  subtract,
} from '../../domain/money/decimal.ts';
import type { Side } from '../market/print.ts';

/** Something a taker can trade against, best and oldest first. */
export interface Offer {
  readonly price: Price;
  readonly quantity: Quantity;
  /** The resting order behind it; undefined for the liquidity of everybody else. */
  readonly orderId: string | undefined;
}

export interface Taker {
  readonly side: Side;
  /** Undefined: at any price. */
  readonly limit: Price | undefined;
  /** Undefined: as much as the budget buys. */
  readonly quantity: Quantity | undefined;
  readonly budget: Money | undefined;
  /** Decimals of a quantity. */
  readonly quantityScale: number;
}

export interface Execution {
  readonly price: Price;
  readonly quantity: Quantity;
  readonly orderId: string | undefined;
}

/** Whether somebody with this limit trades at this price. */
export const accepts = (side: Side, limit: Price | undefined, price: Price): boolean => {
  if (limit === undefined) return true;
  const order = compare(price, limit);
  return side === 'BUY' ? order <= 0 : order >= 0;
};

/**
 * What a taker gets, at the prices of the offers and in their order. Never at a price beyond the limit, never more than
 * asked for, never for more than the budget.
 */
export function match(taker: Taker, offers: Iterable<Offer>): readonly Execution[] {
  const executions: Execution[] = [];
  let quantity = NO_QUANTITY;
  let spent: Decimal = ZERO;
  for (const offer of offers) {
    if (!accepts(taker.side, taker.limit, offer.price)) break;
    const wanted = wantedAt(taker, offer.price, quantity, spent);
    if (!isPositive(wanted)) break;
    const taken = asQuantity(minimum(wanted, offer.quantity));
    if (!isPositive(taken)) continue;
    executions.push({ price: offer.price, quantity: taken, orderId: offer.orderId });
    quantity = asQuantity(add(quantity, taken));
    spent = add(spent, notional(offer.price, taken));
  }
  return executions;
}

function wantedAt(taker: Taker, price: Price, soFar: Quantity, spent: Decimal): Decimal {
  if (taker.quantity !== undefined) return subtract(taker.quantity, soFar);
  if (taker.budget === undefined) return ZERO;
  return divide(subtract(taker.budget, spent), price, taker.quantityScale, 'floor');
}

export const quantityOf = (executions: readonly Execution[]): Quantity =>
  asQuantity(executions.reduce<Decimal>((sum, { quantity }) => add(sum, quantity), ZERO));
