/**
 * Book-keeping of one account (trading-rules: accounting). Every function returns a new account; the identity
 * `equity = capital + realised PnL + unrealised PnL − fees` holds exactly after each of them, whatever was rounded.
 *
 * How a fee is booked, by its asset:
 * - the quote asset: paid from cash;
 * - the base asset: paid from the position. A purchase of 10 with a fee of 0.01 holds 9.99; those cost the price paid
 *   less the fee's value, because the fee's value is in `fees`. A sale that costs 0.01 of base extra sells 0.01 more at
 *   the same price and pays the fee with it;
 * - any other asset (a venue's own token): paid from cash at its quote value, since the book holds no such asset.
 */
import { BrokenInvariantError } from '../invariant.ts';
import { type Money, asMoney, asQuantity, notional, NO_MONEY, NO_QUANTITY } from '../money/amounts.ts';
import { add, compare, divide, formatDecimal, isPositive, multiply, subtract } from '../money/decimal.ts';
import type { Instrument } from '../market/instrument.ts';
import type { TradingSymbol } from '../market/candle.ts';
import type { Fill } from '../orders/order.ts';
import { isDust } from './dust.ts';
import type { Account, Position } from './account.ts';

/** Places kept of the cost that a partial sale releases; rounded half-even, once. Nothing else in the book rounds. */
export const COST_SCALE = 18;

/** What a fill did to the position of its symbol. */
export type PositionChange = 'opened' | 'increased' | 'reduced' | 'closed' | 'dust';

export interface FillContext {
  readonly instrument: Instrument;
  /** Whether the fill's order can have no further fill: only then is a small rest dust. */
  readonly orderDone: boolean;
}

export interface AppliedFill {
  readonly account: Account;
  readonly change: PositionChange;
  /** Realised by this fill, gross of fees; zero for a purchase. */
  readonly realizedPnl: Money;
  /** The position as it ended: present when it closed, or became dust after something of it was sold (round trip). */
  readonly ended?: Position;
}

/** An account with nothing but its capital, in the bot's quote asset. @throws RangeError unless capital > 0 */
export function openAccount(capital: Money): Account {
  if (!isPositive(capital)) throw new RangeError(`capital must be above 0: was ${formatDecimal(capital)}`);
  return {
    capital,
    cash: capital,
    realizedPnl: NO_MONEY,
    fees: NO_MONEY,
    positions: new Map(),
    dust: new Map(),
  };
}

const plus = (a: Money, b: Money): Money => asMoney(add(a, b));
const minus = (a: Money, b: Money): Money => asMoney(subtract(a, b));

/** The fee as it is paid: from the position (base units) or from cash (quote units). */
function splitFee(
  fill: Fill,
  instrument: Instrument,
): { readonly base: Position['quantity']; readonly cash: Money } {
  return fill.fee.asset === instrument.base
    ? { base: fill.fee.amount, cash: NO_MONEY }
    : { base: NO_QUANTITY, cash: fill.fee.quoteValue };
}

/** The holding of a symbol: open or dust, never both. */
const holdingOf = (account: Account, symbol: TradingSymbol): Position | undefined =>
  account.positions.get(symbol) ?? account.dust.get(symbol);

/**
 * Put a holding where it belongs; `undefined` removes it. Only the map that changes is copied.
 */
function withHolding(
  account: Account,
  symbol: TradingSymbol,
  holding: { readonly open?: Position; readonly dust?: Position },
): Pick<Account, 'positions' | 'dust'> {
  return {
    positions: replaced(account.positions, symbol, holding.open),
    dust: replaced(account.dust, symbol, holding.dust),
  };
}

function replaced(
  map: ReadonlyMap<TradingSymbol, Position>,
  symbol: TradingSymbol,
  value: Position | undefined,
): ReadonlyMap<TradingSymbol, Position> {
  if (value === undefined && !map.has(symbol)) return map;
  const copy = new Map(map);
  if (value === undefined) copy.delete(symbol);
  else copy.set(symbol, value);
  return copy;
}

const emptyPosition = (fill: Fill): Position => ({
  symbol: fill.symbol,
  quantity: NO_QUANTITY,
  totalCost: NO_MONEY,
  realizedPnl: NO_MONEY,
  fees: NO_MONEY,
  entryTime: fill.time,
  boughtQuantity: NO_QUANTITY,
  boughtNotional: NO_MONEY,
  soldQuantity: NO_QUANTITY,
  soldNotional: NO_MONEY,
});

/**
 * A purchase. Dust of the symbol joins the position with its own cost, so that it is sold with it and its result is
 * part of the next round trip; the entry time is the new one.
 */
function applyBuy(account: Account, fill: Fill, instrument: Instrument): AppliedFill {
  const fee = splitFee(fill, instrument);
  const value = notional(fill.price, fill.quantity);
  const open = account.positions.get(fill.symbol);
  const dust = account.dust.get(fill.symbol);
  const before = open ?? (dust === undefined ? emptyPosition(fill) : { ...dust, entryTime: fill.time });
  const costWithoutFee = isPositive(fee.base) ? minus(value, fill.fee.quoteValue) : value;
  const position: Position = {
    ...before,
    quantity: asQuantity(subtract(add(before.quantity, fill.quantity), fee.base)),
    totalCost: plus(before.totalCost, costWithoutFee),
    fees: plus(before.fees, fill.fee.quoteValue),
    boughtQuantity: asQuantity(add(before.boughtQuantity, fill.quantity)),
    boughtNotional: plus(before.boughtNotional, value),
  };
  return {
    account: {
      ...account,
      cash: minus(minus(account.cash, value), fee.cash),
      fees: plus(account.fees, fill.fee.quoteValue),
      ...withHolding(account, fill.symbol, { open: position }),
    },
    change: open === undefined ? 'opened' : 'increased',
    realizedPnl: NO_MONEY,
  };
}

/** The cost of the part sold: cost · q / Q rounded once at COST_SCALE, or all of it with the last unit. */
function releasedCost(position: Position, quantity: Position['quantity']): Money {
  if (compare(quantity, position.quantity) === 0) return position.totalCost;
  const product = multiply(position.totalCost, quantity);
  return asMoney(divide(product, position.quantity, COST_SCALE, 'half-even'));
}

function applySell(account: Account, fill: Fill, instrument: Instrument): AppliedFill {
  const fee = splitFee(fill, instrument);
  const before = holdingOf(account, fill.symbol);
  const leaving = asQuantity(add(fill.quantity, fee.base));
  if (before === undefined || compare(leaving, before.quantity) > 0) {
    throw new BrokenInvariantError(
      'SOLD_MORE_THAN_HELD',
      `trade ${fill.tradeId} of order ${fill.orderId} sells ${formatDecimal(leaving)} ${fill.symbol}: ` +
        `held ${before === undefined ? '0' : formatDecimal(before.quantity)}`,
    );
  }
  const value = notional(fill.price, fill.quantity);
  const proceeds = isPositive(fee.base) ? plus(value, fill.fee.quoteValue) : value;
  const released = releasedCost(before, leaving);
  const realized = minus(proceeds, released);
  const after: Position = {
    ...before,
    quantity: asQuantity(subtract(before.quantity, leaving)),
    totalCost: minus(before.totalCost, released),
    realizedPnl: plus(before.realizedPnl, realized),
    fees: plus(before.fees, fill.fee.quoteValue),
    soldQuantity: asQuantity(add(before.soldQuantity, fill.quantity)),
    soldNotional: plus(before.soldNotional, value),
  };
  const gone = !isPositive(after.quantity);
  const isOpen = account.positions.has(fill.symbol);
  return {
    account: {
      ...account,
      cash: minus(plus(account.cash, value), fee.cash),
      realizedPnl: plus(account.realizedPnl, realized),
      fees: plus(account.fees, fill.fee.quoteValue),
      ...withHolding(account, fill.symbol, gone ? {} : isOpen ? { open: after } : { dust: after }),
    },
    change: gone ? 'closed' : isOpen ? 'reduced' : 'dust',
    realizedPnl: realized,
    ...(gone ? { ended: after } : {}),
  };
}

/**
 * Book one fill (deduplicated by trade id before). A rest that can never be sold is booked as dust once the order is
 * done (`settleDust`).
 * @throws BrokenInvariantError SOLD_MORE_THAN_HELD, FILL_NOT_POSITIVE
 */
export function applyFill(account: Account, fill: Fill, context: FillContext): AppliedFill {
  if (!isPositive(fill.quantity) || !isPositive(fill.price)) {
    throw new BrokenInvariantError(
      'FILL_NOT_POSITIVE',
      `trade ${fill.tradeId}: price and quantity must be above 0, ` +
        `were ${formatDecimal(fill.price)} and ${formatDecimal(fill.quantity)}`,
    );
  }
  const applied =
    fill.side === 'BUY'
      ? applyBuy(account, fill, context.instrument)
      : applySell(account, fill, context.instrument);
  if (!context.orderDone || applied.change === 'closed') return applied;
  const settled = settleDust(applied.account, context.instrument, fill.price);
  if (!settled.becameDust) return applied;
  return {
    account: settled.account,
    change: 'dust',
    realizedPnl: applied.realizedPnl,
    ...(settled.ended === undefined ? {} : { ended: settled.ended }),
  };
}

export interface SettledDust {
  readonly account: Account;
  readonly becameDust: boolean;
  readonly ended?: Position;
}

/**
 * Book an open position that the venue would not let us sell as DUST: no longer a position (flat), still shown and
 * still worth its mark. Called when the last order of a symbol has ended; `at` is the latest price.
 *
 * When something of the position was sold, its round trip ends here (`ended`) and the rest starts afresh with its own
 * cost. When nothing was (an entry filled by a crumb), the figures stay with the dust and join the next entry's.
 */
export function settleDust(account: Account, instrument: Instrument, at: Fill['price']): SettledDust {
  const position = account.positions.get(instrument.symbol);
  if (position === undefined || !isDust(position.quantity, at, instrument)) {
    return { account, becameDust: false };
  }
  const sold = isPositive(position.soldQuantity);
  const rest: Position = sold
    ? {
        ...position,
        realizedPnl: NO_MONEY,
        fees: NO_MONEY,
        boughtQuantity: position.quantity,
        boughtNotional: position.totalCost,
        soldQuantity: NO_QUANTITY,
        soldNotional: NO_MONEY,
      }
    : position;
  return {
    account: { ...account, ...withHolding(account, instrument.symbol, { dust: rest }) },
    becameDust: true,
    ...(sold ? { ended: position } : {}),
  };
}
