import { notional } from '../domain/money/amounts.ts';
import { ZERO, add, type Decimal, negate, subtract } from '../domain/money/decimal.ts';
import type { Timestamp } from '../domain/time.ts';
import type { Account } from './book/account.ts';
import type { Fee } from './book/fees.ts';
import type { Execution } from './book/match.ts';
import type { BalanceReason, ExchangeEvent } from './exchange-event.ts';
import type { Side } from './market/print.ts';
import type { SymbolRules } from './market/symbol-rules.ts';

/** Moves money, reports every movement, and keeps the other side of the books, so that they can be checked. */
export class Cashier {
  readonly #emit: (event: ExchangeEvent) => void;
  /** What everybody else has gained or lost by trading with our accounts. */
  readonly #background = new Map<string, Decimal>();
  readonly #fees = new Map<string, Decimal>();

  constructor(emit: (event: ExchangeEvent) => void) {
    this.#emit = emit;
  }

  /** Fees taken and the background's balance together. */
  heldElsewhere(asset: string): Decimal {
    return add(this.#fees.get(asset) ?? ZERO, this.#background.get(asset) ?? ZERO);
  }

  /** `move` returns whether it did anything; then the changes of these assets are reported. */
  move(
    account: Account,
    assets: readonly string[],
    why: { readonly reason: BalanceReason; readonly now: Timestamp },
    move: () => boolean,
  ): boolean {
    const before = assets.map((asset) => account.wallet.of(asset));
    if (!move()) return false;
    for (const [i, asset] of assets.entries()) {
      const { free, locked } = account.wallet.of(asset);
      const freeChange = subtract(free, before[i]?.free ?? ZERO);
      const lockedChange = subtract(locked, before[i]?.locked ?? ZERO);
      if (freeChange.units === 0n && lockedChange.units === 0n) continue;
      const { reason, now: time } = why;
      this.#emit({
        kind: 'balance',
        change: { account: account.name, asset, free, freeChange, locked, lockedChange, reason, time },
      });
    }
    return true;
  }

  takeFee(fee: Fee): void {
    this.#add(this.#fees, fee.asset, fee.amount);
  }

  /** An account of ours, on `side`, traded with the background. */
  tradeWithBackground(rules: SymbolRules, side: Side, { price, quantity }: Execution): void {
    const amount = notional(price, quantity);
    const isBuy = side === 'BUY';
    this.#add(this.#background, rules.base, isBuy ? negate(quantity) : quantity);
    this.#add(this.#background, rules.quote, isBuy ? amount : negate(amount));
  }

  #add(to: Map<string, Decimal>, asset: string, amount: Decimal): void {
    to.set(asset, add(to.get(asset) ?? ZERO, amount));
  }
}
