/**
 * What an account is worth. These run on every candle, so a flat account costs a map look-up and no arithmetic.
 */
import { type Money, type Price, asMoney, NO_MONEY, notional } from '../money/amounts.ts';
import { add, compare, subtract } from '../money/decimal.ts';
import type { TradingSymbol } from '../market/candle.ts';
import type { Account, Position } from './account.ts';

/** The latest price of each symbol. */
export type Marks = ReadonlyMap<TradingSymbol, Price>;

/**
 * Σ position × mark, dust included. Undefined when an open position has no mark: what is not known is not guessed, and
 * whoever needs it denies. Dust without a mark (its symbol may have left the universe) is worth what it cost.
 */
export function holdingsValue(account: Account, marks: Marks): Money | undefined {
  if (account.positions.size === 0 && account.dust.size === 0) return NO_MONEY;
  let total = NO_MONEY;
  for (const position of account.positions.values()) {
    const mark = marks.get(position.symbol);
    if (mark === undefined) return undefined;
    total = add(total, notional(mark, position.quantity)) as Money;
  }
  for (const dust of account.dust.values()) {
    const mark = marks.get(dust.symbol);
    total = add(total, mark === undefined ? dust.totalCost : notional(mark, dust.quantity)) as Money;
  }
  return total;
}

/** Σ cost of what is held, dust included. */
function holdingsCost(account: Account): Money {
  let total = NO_MONEY;
  const count = (position: Position): void => {
    total = add(total, position.totalCost) as Money;
  };
  account.positions.forEach(count);
  account.dust.forEach(count);
  return total;
}

/** Cash + Σ position × mark. Undefined when an open position has no mark. */
export function equity(account: Account, marks: Marks): Money | undefined {
  if (account.positions.size === 0 && account.dust.size === 0) return account.cash;
  const value = holdingsValue(account, marks);
  return value === undefined ? undefined : asMoney(add(account.cash, value));
}

/** Σ position × mark − cost. Undefined when an open position has no mark. */
export function unrealizedPnl(account: Account, marks: Marks): Money | undefined {
  if (account.positions.size === 0 && account.dust.size === 0) return NO_MONEY;
  const value = holdingsValue(account, marks);
  return value === undefined ? undefined : asMoney(subtract(value, holdingsCost(account)));
}

export interface IdentityCheck {
  readonly holds: boolean;
  /** Cash + holdings at their marks. */
  readonly equity: Money;
  /** Capital + realised + unrealised − fees. */
  readonly expected: Money;
}

/**
 * The accounting identity, compared exactly. With an open position that has no mark both sides are taken at cost: the
 * identity does not depend on prices.
 */
export function checkIdentity(account: Account, marks: Marks): IdentityCheck {
  const cost = holdingsCost(account);
  const value = holdingsValue(account, marks) ?? cost;
  const actual = asMoney(add(account.cash, value));
  const earned = subtract(add(account.realizedPnl, subtract(value, cost)), account.fees);
  const expected = asMoney(add(account.capital, earned));
  return { holds: compare(actual, expected) === 0, equity: actual, expected };
}
