import { BrokenInvariantError } from '../../domain/invariant.ts';
import {
  ZERO,
  add,
  type Decimal,
  formatDecimal,
  isNegative,
  lessThan,
  subtract,
} from '../../domain/money/decimal.ts';

export interface Balance {
  readonly free: Decimal;
  readonly locked: Decimal;
}

const EMPTY: Balance = { free: ZERO, locked: ZERO };

/** What one account holds. No movement can take more than is there. */
export class Wallet {
  readonly #balances = new Map<string, Balance>();

  of(asset: string): Balance {
    return this.#balances.get(asset) ?? EMPTY;
  }

  assets(): readonly string[] {
    return [...this.#balances.keys()];
  }

  /** Returns false, and changes nothing, when less than that is free. */
  lock(asset: string, amount: Decimal): boolean {
    const { free, locked } = this.of(asset);
    if (lessThan(free, amount)) return false;
    this.#set(asset, { free: subtract(free, amount), locked: add(locked, amount) });
    return true;
  }

  unlock(asset: string, amount: Decimal): void {
    const { free, locked } = this.of(asset);
    this.#set(asset, { free: add(free, amount), locked: subtract(locked, amount) });
  }

  /** Pay out of what is locked. */
  spend(asset: string, amount: Decimal): void {
    const { free, locked } = this.of(asset);
    this.#set(asset, { free, locked: subtract(locked, amount) });
  }

  /** Add to what is free, or take from it with a negative amount. Returns false, changing nothing, if it is not there. */
  change(asset: string, amount: Decimal): boolean {
    const { free, locked } = this.of(asset);
    const changed = add(free, amount);
    if (isNegative(changed)) return false;
    this.#set(asset, { free: changed, locked });
    return true;
  }

  #set(asset: string, balance: Balance): void {
    if (isNegative(balance.free) || isNegative(balance.locked)) {
      const text = `${asset} would be ${formatDecimal(balance.free)} free and ${formatDecimal(balance.locked)} locked`;
      throw new BrokenInvariantError('SIMULATOR_BALANCE_NEGATIVE', text);
    }
    this.#balances.set(asset, balance);
  }
}
