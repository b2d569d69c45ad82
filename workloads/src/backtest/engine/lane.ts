import type { Position } from '../../domain/account/account.ts';
import { ONE_RATIO } from '../../domain/money/amounts.ts';
import { approximate } from '../../domain/money/change.ts';
import type { ExitSettings } from '../../domain/risk/limits.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { SymbolTape } from '../tape/symbol-tape.ts';
import type { Books, Holding } from './books.ts';
import type { SymbolFigures } from './symbol-figures.ts';

/**
 * Far more than the roundings of the float comparisons below (a few of 2^-53), far less than any move that matters: what
 * is within this margin is decided exactly.
 */
const MARGIN = 1e-9;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * One symbol as the loop over candles sees it: floats that rule out that anything happens on a candle. They never decide
 * that something does.
 */
export class Lane {
  readonly symbol: string;
  readonly tape: SymbolTape;
  readonly figures: SymbolFigures;
  /** Slot of the next candle on which the strategy might trigger; -1 when it must be looked for. */
  candidate = -1;
  /** Base units held, dust included, per price unit of the tape: its value is `size × close`. */
  size = 0;
  /** No exit is due while the close is above, … */
  stop = 0;
  /** … and below, … */
  target = NEVER;
  /** … and the candle closes before. */
  leaveTime: Timestamp = NEVER;
  /** The extremes of the price while it was held. */
  adverse = 0;
  favorable = NEVER;
  isHeld = false;
  /** The strategy wants it left. */
  isLeaving = false;

  constructor(figures: SymbolFigures) {
    this.figures = figures;
    this.tape = figures.view.tape;
    this.symbol = this.tape.symbol;
  }

  /** The value held at a close of the tape. */
  get value(): number {
    const { newest } = this.figures.view;
    return this.size === 0 || newest < 0 ? 0 : this.size * (this.tape.close[newest - this.tape.base] ?? 0);
  }

  /** Takes over what is held now. */
  refresh(books: Books, exits: ExitSettings): void {
    const position = books.position(this.symbol);
    const dust = books.account.dust.get(this.symbol);
    const held = position ?? dust;
    const power = 10 ** this.tape.scale;
    this.isHeld = position !== undefined;
    this.isLeaving = books.holdings.get(this.symbol)?.leaving === true;
    this.size = held === undefined ? 0 : approximate(held.quantity) / power;
    this.#bound(position, exits, power);
    this.#follow(books.holdings.get(this.symbol), power);
  }

  #bound(position: Position | undefined, exits: ExitSettings, power: number): void {
    if (position === undefined) {
      [this.stop, this.target, this.leaveTime] = [0, NEVER, NEVER];
      return;
    }
    const average = (approximate(position.totalCost) / approximate(position.quantity)) * power;
    const one = Number(ONE_RATIO);
    this.stop = average * (1 - Number(exits.stopLossRatio) / one) * (1 + MARGIN);
    const { takeProfitRatio, maxHolding } = exits;
    this.target =
      takeProfitRatio === undefined ? NEVER : average * (1 + Number(takeProfitRatio) / one) * (1 - MARGIN);
    this.leaveTime = maxHolding === undefined ? NEVER : position.entryTime + maxHolding;
  }

  #follow(holding: Holding | undefined, power: number): void {
    this.adverse = holding === undefined ? 0 : approximate(holding.adversePrice) * power * (1 + MARGIN);
    this.favorable =
      holding === undefined ? NEVER : approximate(holding.favorablePrice) * power * (1 - MARGIN);
  }
}

/** Between which equities an assessment changes nothing: neither a new high, nor a new low, nor a breach. */
export interface EquityBand {
  readonly low: number;
  readonly high: number;
}

/** Nothing is inside. */
export const NO_BAND: EquityBand = { low: NEVER, high: 0 };

export function equityBand(books: Books, maxDailyDrawdown: number): EquityBand {
  const { dayMark, run } = books;
  if (dayMark === undefined || run === undefined) return NO_BAND;
  const highWater = approximate(dayMark.highWater);
  const breach = highWater * (1 - maxDailyDrawdown);
  return {
    low: Math.max(breach, approximate(run.trough)) * (1 + MARGIN),
    high: Math.min(highWater, approximate(run.peak)) * (1 - MARGIN),
  };
}
