import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Money, Price, Quantity } from '../../domain/money/amounts.ts';
import type { Timestamp } from '../../domain/time.ts';

export type Side = 'BUY' | 'SELL';

/** One step of a symbol's market: what was traded, at which price, and how deep the book behind it is. */
export interface Print {
  readonly symbol: TradingSymbol;
  /** Feed time. */
  readonly time: Timestamp;
  readonly price: Price;
  /** 0: the price is quoted, nothing was traded. */
  readonly quantity: Quantity;
  /** Quote value of what was traded. */
  readonly amount: Money;
  /** Who crossed the spread: after a BUY the price is the best ask, after a SELL the best bid. */
  readonly side: Side;
  /** What one side of the book offers in all, in base units. */
  readonly depth: Quantity;
}
