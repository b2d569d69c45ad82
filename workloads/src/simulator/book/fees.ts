import { type Money, type Quantity, type Ratio, scaleBy } from '../../domain/money/amounts.ts';
import { type Decimal, rescale } from '../../domain/money/decimal.ts';
import type { Side } from '../market/print.ts';

/** In which asset fees are taken: always the quote asset, or the asset that the trade brought in. */
export type FeeMode = 'quote' | 'received';

export interface Fee {
  readonly amount: Decimal;
  readonly asset: string;
}

export interface Traded {
  readonly side: Side;
  readonly quantity: Quantity;
  readonly amount: Money;
  readonly base: string;
  readonly quote: string;
}

/** Fees are cut (never rounded up) here, so that what was locked for them always covers them. */
const FEE_SCALE = 18;

export function feeOf(traded: Traded, rate: Ratio, mode: FeeMode): Fee {
  const isInBase = mode === 'received' && traded.side === 'BUY';
  return {
    amount: rescale(scaleBy(isInBase ? traded.quantity : traded.amount, rate), FEE_SCALE, 'floor'),
    asset: isInBase ? traded.base : traded.quote,
  };
}
