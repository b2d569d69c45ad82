import { type Ratio, ratio } from '../domain/money/amounts.ts';
import type { FeeMode } from './book/fees.ts';

/** What the venue does with a client id that the account has used before. Nobody knows what MEXC does. */
export type DuplicateClientIds = 'reject' | 'accept' | 'existing';

/** What can be set of the exchange itself. Where MEXC's behaviour is unknown, the default is the harsher guess. */
export interface ExchangeSettings {
  readonly duplicateClientIds: DuplicateClientIds;
  readonly feeMode: FeeMode;
  /** The code for an order that the balance does not cover: 30004 was seen, 10101 is documented. */
  readonly insufficientBalanceCode: 30004 | 10101;
  /** What becomes of a LIMIT_MAKER order that would trade at once. */
  readonly crossingPostOnly: 'cancel' | 'reject';
  readonly maxOpenOrders: number;
  readonly levels: number;
  readonly halfSpreadRatio: Ratio;
  readonly gapRatio: Ratio;
  /** Klines kept of each interval and symbol: more than the minutes of a day, for a warm-up of one. */
  readonly keptKlines: number;
}

export const DEFAULT_EXCHANGE_SETTINGS: ExchangeSettings = {
  duplicateClientIds: 'reject',
  feeMode: 'quote',
  insufficientBalanceCode: 30004,
  crossingPostOnly: 'cancel',
  maxOpenOrders: 500,
  levels: 20,
  halfSpreadRatio: ratio('0.0001'),
  gapRatio: ratio('0.0002'),
  keptKlines: 2_000,
};
