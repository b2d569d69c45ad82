/**
 * The life of an order (trading-rules: orders), driven by events. The table below is the whole of it:
 *
 * - an order becomes terminal only by evidence of the venue, except before it is sent (`deny`, `expire`);
 * - fills are evidence in every state: also while the outcome is UNKNOWN, while a cancel is pending, and after a cancel
 *   was reported (venues report late). A terminal order never comes back to life: a late fill only corrects which
 *   terminal state it is (CANCELED → PARTIALLY_CANCELED → FILLED) and is marked `late`, so that it can be alerted;
 * - what contradicts the table is refused with a typed reason and changes nothing; what contradicts the books (a fill
 *   beyond the quantity, a fill of another order) is a broken invariant and throws.
 *
 * Fills are deduplicated by trade id before they come here.
 */
import { BrokenInvariantError } from '../invariant.ts';
import { asMoney, asQuantity, notional, NO_MONEY, NO_QUANTITY, type Quantity } from '../money/amounts.ts';
import { add, compare, formatDecimal, isPositive, subtract } from '../money/decimal.ts';
import type { Timestamp } from '../time.ts';
import type { Fill, Order, OrderIntent, OrderState } from './order.ts';

export type OrderEvent =
  /** Risk's verdict allows it. */
  | { readonly kind: 'approve'; readonly at: Timestamp }
  /** Refused by ourselves before it was sent. */
  | { readonly kind: 'deny'; readonly at: Timestamp; readonly reason: string }
  /** Given up by ourselves before it was sent: too late, halted, a newer epoch. */
  | { readonly kind: 'expire'; readonly at: Timestamp; readonly reason: string }
  /** About to be sent: durable before the venue hears of it. */
  | { readonly kind: 'submit'; readonly at: Timestamp }
  /** The venue has it. */
  | { readonly kind: 'accepted'; readonly at: Timestamp; readonly venueOrderId: string }
  /** The outcome of sending, cancelling or working is not proved. */
  | { readonly kind: 'unknown'; readonly at: Timestamp; readonly reason: string }
  | { readonly kind: 'fill'; readonly at: Timestamp; readonly fill: Fill }
  | { readonly kind: 'cancel-requested'; readonly at: Timestamp }
  /** The venue would not cancel and says that the order works on. */
  | { readonly kind: 'cancel-refused'; readonly at: Timestamp }
  /** The venue says it is over; `filledQuantity` is what the venue counts as filled. */
  | {
      readonly kind: 'cancelled';
      readonly at: Timestamp;
      readonly reason?: string;
      readonly filledQuantity?: Quantity;
    }
  /** The venue refused it. */
  | { readonly kind: 'rejected'; readonly at: Timestamp; readonly reason: string }
  /** Looked for often and late enough: the venue does not have it. */
  | { readonly kind: 'not-found-proved'; readonly at: Timestamp };

export type OrderEventKind = OrderEvent['kind'];

export type RefusalCode =
  /** The order is terminal and this is no fill. */
  | 'TERMINAL'
  /** The table has no such step from this state. */
  | 'NOT_ALLOWED'
  /** The venue's end of the order does not fit the fills we have: fetch the fills first. */
  | 'FILLS_MISSING'
  /** Rejected, but it has fills. */
  | 'CONTRADICTS_FILLS'
  /** Accepted under another venue order id before. */
  | 'VENUE_ID_DIFFERS';

export interface TransitionRefusal {
  readonly code: RefusalCode;
  /** One line for a log. */
  readonly message: string;
}

export type TransitionResult =
  | {
      readonly ok: true;
      readonly order: Order;
      /** False for evidence that repeats what is known. */
      readonly changed: boolean;
      /** A fill of an order that was terminal already. */
      readonly late: boolean;
    }
  | { readonly ok: false; readonly refusal: TransitionRefusal };

const TERMINAL: ReadonlySet<OrderState> = new Set<OrderState>([
  'FILLED',
  'CANCELED',
  'PARTIALLY_CANCELED',
  'REJECTED',
  'EXPIRED',
]);

/** Nothing more can happen but a late fill's correction. */
export const isTerminal = (state: OrderState): boolean => TERMINAL.has(state);

/** The states in which an order keeps its reservation. */
export const OPEN_STATES = [
  'NEW',
  'APPROVED',
  'SUBMITTING',
  'WORKING',
  'PARTIALLY_FILLED',
  'CANCEL_PENDING',
  'UNKNOWN',
] as const satisfies readonly OrderState[];

/** The states in which the venue has the order, or may have it. */
export const AT_VENUE_STATES = [
  'SUBMITTING',
  'WORKING',
  'PARTIALLY_FILLED',
  'CANCEL_PENDING',
  'UNKNOWN',
] as const satisfies readonly OrderState[];

/** Where a step leads. `WORKING*`, `CANCELED*`: to the partial form when something is filled; `=`: stays. */
type Target = OrderState | 'WORKING*' | 'CANCELED*' | '=';
type Row = Readonly<Partial<Record<OrderState, Target>>>;

/** Every allowed step but fills, which are evidence in every state. */
export const TRANSITIONS: Readonly<Record<Exclude<OrderEventKind, 'fill'>, Row>> = {
  approve: { NEW: 'APPROVED' },
  deny: { NEW: 'REJECTED' },
  expire: { NEW: 'EXPIRED', APPROVED: 'EXPIRED' },
  submit: { APPROVED: 'SUBMITTING' },
  accepted: {
    SUBMITTING: 'WORKING*',
    UNKNOWN: 'WORKING*',
    WORKING: '=',
    PARTIALLY_FILLED: '=',
    CANCEL_PENDING: '=',
  },
  unknown: {
    SUBMITTING: 'UNKNOWN',
    WORKING: 'UNKNOWN',
    PARTIALLY_FILLED: 'UNKNOWN',
    CANCEL_PENDING: 'UNKNOWN',
    UNKNOWN: '=',
  },
  // An order whose fate is not proved may be cancelled, but is looked up until it is.
  'cancel-requested': {
    WORKING: 'CANCEL_PENDING',
    PARTIALLY_FILLED: 'CANCEL_PENDING',
    CANCEL_PENDING: '=',
    SUBMITTING: '=',
    UNKNOWN: '=',
  },
  'cancel-refused': { CANCEL_PENDING: 'WORKING*', WORKING: '=', PARTIALLY_FILLED: '=' },
  // The report of an order's end may overtake the answer to its submission.
  cancelled: {
    SUBMITTING: 'CANCELED*',
    WORKING: 'CANCELED*',
    PARTIALLY_FILLED: 'CANCELED*',
    CANCEL_PENDING: 'CANCELED*',
    UNKNOWN: 'CANCELED*',
  },
  rejected: {
    SUBMITTING: 'REJECTED',
    WORKING: 'REJECTED',
    CANCEL_PENDING: 'REJECTED',
    PARTIALLY_FILLED: 'REJECTED',
    UNKNOWN: 'REJECTED',
  },
  // Absence is concluded from UNKNOWN only; one that had been accepted must have been cancelled by the venue.
  'not-found-proved': { UNKNOWN: 'CANCELED*' },
};

/** A new order of an intent. */
export function openOrder(intent: OrderIntent, at: Timestamp): Order {
  return { ...intent, state: 'NEW', filledQuantity: NO_QUANTITY, filledNotional: NO_MONEY, updatedTime: at };
}

/** What is not filled yet. */
export const remainingQuantity = (order: Pick<Order, 'quantity' | 'filledQuantity'>): Quantity =>
  asQuantity(subtract(order.quantity, order.filledQuantity));

const refuse = (code: RefusalCode, message: string): TransitionResult => ({
  ok: false,
  refusal: { code, message },
});

function applyFillEvent(order: Order, event: Extract<OrderEvent, { kind: 'fill' }>): TransitionResult {
  const { fill } = event;
  if (fill.orderId !== order.orderId || fill.symbol !== order.symbol || fill.side !== order.side) {
    throw new BrokenInvariantError(
      'FILL_OF_ANOTHER_ORDER',
      `trade ${fill.tradeId} is of ${fill.orderId} ${fill.side} ${fill.symbol}, ` +
        `not of ${order.orderId} ${order.side} ${order.symbol}`,
    );
  }
  const filledQuantity = asQuantity(add(order.filledQuantity, fill.quantity));
  const against = compare(filledQuantity, order.quantity);
  if (against > 0 || !isPositive(fill.quantity)) {
    throw new BrokenInvariantError(
      'ORDER_OVERFILLED',
      `trade ${fill.tradeId} of ${formatDecimal(fill.quantity)} brings order ${order.orderId} to ` +
        `${formatDecimal(filledQuantity)} of ${formatDecimal(order.quantity)}`,
    );
  }
  return {
    ok: true,
    changed: true,
    late: isTerminal(order.state),
    order: {
      ...order,
      filledQuantity,
      filledNotional: asMoney(add(order.filledNotional, notional(fill.price, fill.quantity))),
      state: against === 0 ? 'FILLED' : stateAfterPartialFill(order.state),
      updatedTime: Math.max(order.updatedTime, event.at),
    },
  };
}

/**
 * A fill proves that the venue has the order; it does not prove what became of the rest, so UNKNOWN and CANCEL_PENDING
 * stay until that is known.
 */
function stateAfterPartialFill(state: OrderState): OrderState {
  if (isTerminal(state)) return 'PARTIALLY_CANCELED';
  return state === 'UNKNOWN' || state === 'CANCEL_PENDING' ? state : 'PARTIALLY_FILLED';
}

/** Whether the evidence fits the fills and ids that are booked; the refusal when it does not. */
function contradiction(
  order: Order,
  event: Exclude<OrderEvent, { kind: 'fill' }>,
): TransitionResult | undefined {
  if (event.kind === 'rejected' && isPositive(order.filledQuantity)) {
    return refuse('CONTRADICTS_FILLS', `order ${order.orderId} was rejected but has fills`);
  }
  if (event.kind === 'accepted' && (order.venueOrderId ?? event.venueOrderId) !== event.venueOrderId) {
    return refuse(
      'VENUE_ID_DIFFERS',
      `order ${order.orderId} is ${order.venueOrderId ?? ''} at the venue: was ${event.venueOrderId}`,
    );
  }
  if (event.kind !== 'cancelled' || event.filledQuantity === undefined) return undefined;
  if (compare(event.filledQuantity, order.filledQuantity) <= 0) return undefined;
  return refuse(
    'FILLS_MISSING',
    `order ${order.orderId}: the venue counts ${formatDecimal(event.filledQuantity)} filled, ` +
      `booked are ${formatDecimal(order.filledQuantity)}: fetch its fills first`,
  );
}

function resolveTarget(order: Order, target: Target, event: OrderEvent): OrderState {
  const filled = isPositive(order.filledQuantity);
  if (target === '=') return order.state;
  if (target === 'WORKING*') return filled ? 'PARTIALLY_FILLED' : 'WORKING';
  if (target !== 'CANCELED*') return target;
  if (filled) return 'PARTIALLY_CANCELED';
  return event.kind === 'not-found-proved' && order.venueOrderId === undefined ? 'REJECTED' : 'CANCELED';
}

/** The reason an event leaves on the order; undefined keeps what is there. */
function reasonOf(event: OrderEvent): string | undefined {
  if (event.kind === 'not-found-proved') return 'NOT_AT_VENUE';
  return 'reason' in event ? event.reason : undefined;
}

/** Carry out one event: the new order, or why it may not be. @throws BrokenInvariantError (see the file's head) */
export function transition(order: Order, event: OrderEvent): TransitionResult {
  if (event.kind === 'fill') return applyFillEvent(order, event);
  if (isTerminal(order.state)) {
    return refuse('TERMINAL', `order ${order.orderId} is ${order.state}: ${event.kind} changes nothing`);
  }
  const target = TRANSITIONS[event.kind][order.state];
  if (target === undefined) {
    return refuse('NOT_ALLOWED', `order ${order.orderId} is ${order.state}: ${event.kind} is not allowed`);
  }
  const contradicted = contradiction(order, event);
  if (contradicted) return contradicted;
  const state = resolveTarget(order, target, event);
  const venueOrderId = event.kind === 'accepted' ? event.venueOrderId : order.venueOrderId;
  if (state === order.state && venueOrderId === order.venueOrderId) {
    return { ok: true, order, changed: false, late: false };
  }
  const reason = reasonOf(event);
  return {
    ok: true,
    changed: true,
    late: false,
    order: {
      ...order,
      state,
      ...(venueOrderId === undefined ? {} : { venueOrderId }),
      ...(reason === undefined ? {} : { reason }),
      updatedTime: Math.max(order.updatedTime, event.at),
    },
  };
}
