import {
  asMoney,
  asQuantity,
  asRatio,
  type Money,
  notional,
  ONE_RATIO,
  type Quantity,
  type Ratio,
  scaleBy,
} from '../domain/money/amounts.ts';
import {
  ZERO,
  add,
  type Decimal,
  equals,
  isPositive,
  maximum,
  negate,
  normalize,
  subtract,
} from '../domain/money/decimal.ts';
import { type Fee, type FeeMode, feeOf } from './book/fees.ts';
import type { Execution } from './book/match.ts';
import type { OrderRequest, OrderStatus, VenueOrder } from './book/order.ts';
import type { SymbolRules } from './market/symbol-rules.ts';

/** What an order may cost per unit of value, fee included, when the fee is taken on top. */
export const costRatio = (rules: SymbolRules, mode: FeeMode): Ratio => {
  const dearest = rules.makerFeeRatio > rules.takerFeeRatio ? rules.makerFeeRatio : rules.takerFeeRatio;
  return asRatio(mode === 'quote' ? ONE_RATIO + dearest : ONE_RATIO);
};

/** What an order not yet executed locks. `expected`: what a market order would get now. */
export function lockFor(
  request: OrderRequest,
  rules: SymbolRules,
  plan: { readonly mode: FeeMode; readonly expected: readonly Execution[] },
): { readonly asset: string; readonly amount: Decimal } {
  if (request.side === 'SELL') return { asset: rules.base, amount: request.quantity ?? ZERO };
  const value = valueToLock(request, plan.expected);
  return { asset: rules.quote, amount: normalize(scaleBy(value, costRatio(rules, plan.mode))) };
}

function valueToLock({ price, quantity, budget }: OrderRequest, expected: readonly Execution[]): Decimal {
  if (price !== undefined && quantity !== undefined) return notional(price, quantity);
  if (budget !== undefined) return budget;
  return expected.reduce<Decimal>(
    (sum, execution) => add(sum, notional(execution.price, execution.quantity)),
    ZERO,
  );
}

/** What one execution does to an order and to the money of its owner. */
export interface Settlement {
  readonly order: VenueOrder;
  readonly amount: Money;
  readonly fee: Fee;
  /** Paid out of what is locked. */
  readonly spent: Decimal;
  /** Locked no longer. */
  readonly released: Decimal;
  readonly received: { readonly asset: string; readonly amount: Decimal };
}

export interface SettlementTerms {
  readonly rules: SymbolRules;
  readonly mode: FeeMode;
  readonly isMaker: boolean;
}

export const remainingOf = (order: VenueOrder): Quantity =>
  asQuantity(subtract(order.quantity ?? order.executed, order.executed));

function statusAfter(order: VenueOrder, executed: Quantity): OrderStatus {
  const isWhole = order.quantity !== undefined && equals(executed, order.quantity);
  return isWhole ? 'FILLED' : 'PARTIALLY_FILLED';
}

/** What has to stay locked. A market order keeps what is left of it until it is done. */
function stillLocked(order: VenueOrder, left: Decimal, terms: SettlementTerms): Decimal {
  if (order.status === 'FILLED') return ZERO;
  if (order.side === 'SELL' || order.price === undefined) return left;
  return scaleBy(notional(order.price, remainingOf(order)), costRatio(terms.rules, terms.mode));
}

/** Pure: the order after an execution, and the movements of money. */
export function settle(order: VenueOrder, execution: Execution, terms: SettlementTerms): Settlement {
  const { rules, mode, isMaker } = terms;
  const amount = asMoney(notional(execution.price, execution.quantity));
  const traded = {
    side: order.side,
    quantity: execution.quantity,
    amount,
    base: rules.base,
    quote: rules.quote,
  };
  const fee = feeOf(traded, isMaker ? rules.makerFeeRatio : rules.takerFeeRatio, mode);
  const isBuy = order.side === 'BUY';
  const feeOnTop = isBuy && fee.asset === rules.quote ? fee.amount : ZERO;
  const spent = isBuy ? add(amount, feeOnTop) : execution.quantity;
  const executed = asQuantity(add(order.executed, execution.quantity));
  const after: VenueOrder = {
    ...order,
    executed,
    executedAmount: asMoney(add(order.executedAmount, amount)),
    status: statusAfter(order, executed),
  };
  const left = subtract(order.locked, spent);
  const locked = stillLocked(after, left, terms);
  const feeFromReceived = isPositive(feeOnTop) ? ZERO : fee.amount;
  return {
    order: { ...after, locked: normalize(locked) },
    amount,
    fee,
    spent,
    released: maximum(subtract(left, locked), ZERO),
    received: {
      asset: isBuy ? rules.base : rules.quote,
      amount: add(isBuy ? execution.quantity : amount, negate(feeFromReceived)),
    },
  };
}

/** The order when what is left of it ends unfilled. A market buy that named its budget is filled by what it got. */
export function endOrder(order: VenueOrder): VenueOrder {
  const isBudgetSpent = order.budget !== undefined && isPositive(order.executed);
  const partly = isPositive(order.executed) ? 'PARTIALLY_CANCELED' : 'CANCELED';
  return { ...order, locked: ZERO, status: isBudgetSpent ? 'FILLED' : partly };
}
