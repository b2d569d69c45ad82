/**
 * Comparing the books with the venue (trading-rules: orders). Nothing is decided by absence alone here: what differs is
 * looked up, reported or left alone by the caller.
 */
import type { TradingSymbol } from '../market/candle.ts';
import { asQuantity, type Money, NO_QUANTITY, type Quantity } from '../money/amounts.ts';
import { add, compare, isPositive, lessThan, minimum, subtract } from '../money/decimal.ts';
import { isOwnOrderId } from './client-id.ts';
import type { Order } from './order.ts';

/** An order among the venue's open ones. */
export interface ListedOrder {
  /** Our id; another's, or '', when it is not ours. */
  readonly orderId: string;
  readonly venueOrderId: string;
  readonly symbol: TradingSymbol;
  readonly filledQuantity: Quantity;
}

export interface OrderComparison {
  /** Ours by the books: not listed, or listed with other fills than are booked. */
  readonly differing: readonly Order[];
  /** Listed with our prefix; not among the orders that may be at the venue: the books have to be asked again. */
  readonly unexpected: readonly ListedOrder[];
  /** Somebody else's. */
  readonly foreign: readonly ListedOrder[];
}

/** The venue's list must have been read before the books: an order is durable before the venue hears of it. */
export function compareOrders(
  atVenue: readonly Order[],
  listed: readonly ListedOrder[],
  prefix: string,
): OrderComparison {
  const listings = new Map(listed.map((one) => [one.orderId, one]));
  const booked = new Set(atVenue.map(({ orderId }) => orderId));
  const agrees = ({ orderId, state, filledQuantity }: Order): boolean => {
    const listing = listings.get(orderId);
    const isWorking = state === 'WORKING' || state === 'PARTIALLY_FILLED';
    return isWorking && listing !== undefined && compare(listing.filledQuantity, filledQuantity) === 0;
  };
  return {
    differing: atVenue.filter((order) => !agrees(order)),
    unexpected: listed.filter(({ orderId }) => isOwnOrderId(prefix, orderId) && !booked.has(orderId)),
    foreign: listed.filter(({ orderId }) => !isOwnOrderId(prefix, orderId)),
  };
}

export interface HeldBalance {
  readonly asset: string;
  readonly free: Quantity;
  readonly locked: Quantity;
}

export interface BalanceQuestion {
  readonly quote: string;
  readonly capital: Money;
  readonly cash: Money;
  /** What the books hold of each base asset, dust included. */
  readonly held: ReadonlyMap<string, Quantity>;
  /** What the account held before the bot. */
  readonly opening: ReadonlyMap<string, Quantity>;
  readonly balances: readonly HeldBalance[];
}

export interface Deficit {
  readonly asset: string;
  /** What the account must hold at least. */
  readonly expected: Quantity;
  readonly total: Quantity;
  readonly free: Quantity;
}

/**
 * Where the account holds less than it must: of a base asset the opening balance and what the bot holds (whose coins
 * went cannot be told); of the quote asset the bot's cash, as far as the account ever covered it. More than that is
 * somebody else's and nobody's concern.
 */
export function findDeficits(question: BalanceQuestion): readonly Deficit[] {
  const { balances, held, opening } = question;
  const byAsset = new Map(balances.map((balance) => [balance.asset, balance]));
  const judge = (asset: string, expected: Quantity): Deficit | undefined => {
    const { free, locked } = byAsset.get(asset) ?? { free: NO_QUANTITY, locked: NO_QUANTITY };
    const total = asQuantity(add(free, locked));
    return lessThan(total, expected) ? { asset, expected, total, free } : undefined;
  };
  const bases = [...held].filter(([, quantity]) => isPositive(quantity));
  const found = bases.map(([asset, quantity]) =>
    judge(asset, asQuantity(add(opening.get(asset) ?? NO_QUANTITY, quantity))),
  );
  return [...found, judge(question.quote, expectedQuote(question))].filter((one) => one !== undefined);
}

function expectedQuote({ quote, capital, cash, opening }: BalanceQuestion): Quantity {
  const relative = add(opening.get(quote) ?? NO_QUANTITY, subtract(cash, capital));
  return asQuantity(minimum(cash, relative));
}

/**
 * The opening balance: what the account holds less what the bot holds already (a ledger that comes to an account late).
 * Never below zero.
 */
export function openingBalances(
  question: Pick<BalanceQuestion, 'balances' | 'held'>,
): readonly { readonly asset: string; readonly amount: Quantity }[] {
  return question.balances.map(({ asset, free, locked }) => {
    const others = subtract(add(free, locked), question.held.get(asset) ?? NO_QUANTITY);
    return { asset, amount: isPositive(others) ? asQuantity(others) : NO_QUANTITY };
  });
}
