import type { Decimal } from '../domain/money/decimal.ts';
import type { Timestamp } from '../domain/time.ts';
import type { VenueFill, VenueOrder } from './book/order.ts';
import type { PublicTrade } from './market/symbol-market.ts';
import type { Print } from './market/print.ts';

/** Why a balance changed, in the venue's words. */
export type BalanceReason = 'ENTRUST_PLACE' | 'ENTRUST' | 'ENTRUST_CANCEL' | 'DEPOSIT' | 'WITHDRAW';

export interface BalanceChange {
  readonly account: string;
  readonly asset: string;
  readonly free: Decimal;
  readonly freeChange: Decimal;
  readonly locked: Decimal;
  readonly lockedChange: Decimal;
  readonly reason: BalanceReason;
  readonly time: Timestamp;
}

/** Everything that happens at the exchange, in the order it happens. */
export type ExchangeEvent =
  | { readonly kind: 'print'; readonly print: Print; readonly trade: PublicTrade | undefined }
  | { readonly kind: 'order'; readonly order: VenueOrder; readonly fill: VenueFill | undefined }
  | { readonly kind: 'fill'; readonly fill: VenueFill }
  | { readonly kind: 'balance'; readonly change: BalanceChange };
