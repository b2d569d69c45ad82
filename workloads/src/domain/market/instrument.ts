import type { Decimal } from '../money/decimal.ts';
import type { Money, Price, Quantity, Ratio } from '../money/amounts.ts';
import type { TradingSymbol } from './candle.ts';

/** The trading rules of one symbol, as the venue (or `examples/instruments.json` for replays) states them. */
export interface Instrument {
  readonly symbol: TradingSymbol;
  readonly base: string;
  readonly quote: string;
  /** Price step. */
  readonly tickSize: Price;
  /** Quantity step. */
  readonly lotSize: Quantity;
  readonly minQuantity: Quantity;
  readonly minNotional: Money;
  /** Absent: the venue names none. */
  readonly maxNotional?: Money;
  /** Absent: the bot's own fee settings apply. */
  readonly takerFeeRatio?: Ratio;
  readonly makerFeeRatio?: Ratio;
  readonly tradable: boolean;
  /** Whether the venue takes MARKET orders for this symbol. */
  readonly marketOrders: boolean;
}

/** A step or limit of zero would make every rounding meaningless. */
export const isUsableStep = (step: Decimal): boolean => step.units > 0n;
