/**
 * The book of one account of one bot. Glossary:
 * *cash* — quote units free or reserved; *position* — base units held with their total cost; *mark* — the latest price;
 * *equity* = cash + Σ position × mark = capital + realised PnL + unrealised PnL − fees, exact at every event.
 */
import type { Money, Price, Quantity } from '../money/amounts.ts';
import type { TradingSymbol } from '../market/candle.ts';
import type { Timestamp } from '../time.ts';

export interface Position {
  readonly symbol: TradingSymbol;
  readonly quantity: Quantity;
  /** What the quantity held cost, without quote-asset fees; the average entry is derived from it. */
  readonly totalCost: Money;
  /** Realised on this position since it was opened, gross of fees. */
  readonly realizedPnl: Money;
  readonly fees: Money;
  /** Time of the first entry fill: what `maxHolding` counts from. */
  readonly entryTime: Timestamp;
  /** Σ quantity bought since opened, for the round trip's size. */
  readonly boughtQuantity: Quantity;
  readonly boughtNotional: Money;
  readonly soldQuantity: Quantity;
  readonly soldNotional: Money;
}

export interface Account {
  readonly capital: Money;
  readonly cash: Money;
  /** Over all symbols and time, gross of fees. */
  readonly realizedPnl: Money;
  readonly fees: Money;
  /** Open positions only; a position that became flat leaves the map. */
  readonly positions: ReadonlyMap<TradingSymbol, Position>;
  /** Rests below the minimum, booked as DUST: counted as flat, still worth their mark. */
  readonly dust: ReadonlyMap<TradingSymbol, Position>;
}

/** A position opened and closed: what people call a trade. */
export interface RoundTrip {
  readonly symbol: TradingSymbol;
  readonly entryOrderId: string;
  readonly exitOrderId: string;
  readonly entryTime: Timestamp;
  readonly exitTime: Timestamp;
  readonly quantity: Quantity;
  readonly averageEntry: Price;
  readonly averageExit: Price;
  readonly grossPnl: Money;
  readonly fees: Money;
  readonly reason: string;
  /** Maximum adverse / favourable excursion of the price while it was held, as prices (Sweeney's MAE and MFE). */
  readonly adversePrice: Price;
  readonly favorablePrice: Price;
}
