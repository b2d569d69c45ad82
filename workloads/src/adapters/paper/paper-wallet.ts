import type { Account } from '../../domain/account/account.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import {
  asQuantity,
  NO_QUANTITY,
  notional,
  type Quantity,
  type Ratio,
  asRatio,
} from '../../domain/money/amounts.ts';
import { add, atLeast, type Decimal, negate, subtract } from '../../domain/money/decimal.ts';
import { purchaseCost } from '../../domain/orders/reservation.ts';
import type { Fill, OrderIntent } from '../../domain/orders/order.ts';
import type { Balance } from '../../ports/venue.ts';

export interface PaperWalletOptions {
  readonly quote: string;
  /** Free quote units of an empty account. */
  readonly capital: Decimal;
  readonly instruments: ReadonlyMap<string, Instrument>;
  /** Used where the instrument names no fee. */
  readonly takerFeeRatio: Ratio;
}

/** A venue holds the reference price back for a MARKET order, no more. */
const NO_COLLAR: Ratio = asRatio(0n);

/** An order that still holds funds back, with what is left of it. */
export interface OpenOrder {
  readonly intent: OrderIntent;
  readonly rest: Quantity;
}

/** What the paper account owns, derived from its fills. Nothing is stored for locked funds: they follow from open orders. */
export class PaperWallet {
  readonly #options: PaperWalletOptions;
  readonly #assets = new Map<string, Quantity>();

  constructor(options: PaperWalletOptions) {
    this.#options = options;
    this.#assets.set(options.quote, asQuantity(options.capital));
  }

  /** Takes over the balances of a book kept elsewhere (the ledger's account). */
  restore(account: Pick<Account, 'cash' | 'positions' | 'dust'>): void {
    this.#assets.clear();
    this.#assets.set(this.#options.quote, asQuantity(account.cash));
    for (const position of [...account.positions.values(), ...account.dust.values()]) {
      this.#change(this.#base(position.symbol), position.quantity);
    }
  }

  /** Books a fill. */
  apply(fill: Fill): void {
    const value = notional(fill.price, fill.quantity);
    const buys = fill.side === 'BUY';
    this.#change(this.#options.quote, buys ? negate(value) : value);
    this.#change(this.#base(fill.symbol), buys ? fill.quantity : negate(fill.quantity));
    this.#change(fill.fee.asset, negate(fill.fee.amount));
  }

  /** Whether the order can be paid for, with what `open` orders hold back. */
  covers(order: OpenOrder, open: readonly OpenOrder[]): boolean {
    const { asset, amount } = this.#hold(order);
    return atLeast(subtract(this.#owned(asset), this.#locked(asset, open)), amount);
  }

  /** Whether a fill can be paid for from everything owned. */
  affords(fill: Fill): boolean {
    if (fill.side === 'SELL') return atLeast(this.#owned(this.#base(fill.symbol)), fill.quantity);
    const fee = fill.fee.asset === this.#options.quote ? fill.fee.amount : NO_QUANTITY;
    return atLeast(this.#owned(this.#options.quote), add(notional(fill.price, fill.quantity), fee));
  }

  /** By asset name. */
  balances(open: readonly OpenOrder[]): readonly Balance[] {
    return [...this.#assets]
      .map(([asset, owned]) => {
        const locked = this.#locked(asset, open);
        return { asset, free: asQuantity(subtract(owned, locked)), locked };
      })
      .sort((a, b) => (a.asset < b.asset ? -1 : 1));
  }

  #owned(asset: string): Quantity {
    return this.#assets.get(asset) ?? NO_QUANTITY;
  }

  #change(asset: string, by: Decimal): void {
    this.#assets.set(asset, asQuantity(add(this.#owned(asset), by)));
  }

  #base(symbol: string): string {
    return this.#options.instruments.get(symbol)?.base ?? symbol;
  }

  #locked(asset: string, open: readonly OpenOrder[]): Quantity {
    let sum: Decimal = NO_QUANTITY;
    for (const order of open) {
      const hold = this.#hold(order);
      if (hold.asset === asset) sum = add(sum, hold.amount);
    }
    return asQuantity(sum);
  }

  /** BUY: quote units at the worst price with the fee; SELL: base units. */
  #hold({ intent, rest }: OpenOrder): { readonly asset: string; readonly amount: Decimal } {
    if (intent.side === 'SELL') return { asset: this.#base(intent.symbol), amount: rest };
    const { instruments, takerFeeRatio, quote } = this.#options;
    const feeRatio = instruments.get(intent.symbol)?.takerFeeRatio ?? takerFeeRatio;
    return { asset: quote, amount: purchaseCost(intent, rest, { feeRatio, marketCollarRatio: NO_COLLAR }) };
  }
}
