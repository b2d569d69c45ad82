import {
  asPrice,
  asQuantity,
  type Price,
  type Quantity,
  type Ratio,
  scaleBy,
} from '../../domain/money/amounts.ts';
import { decimal, rescale } from '../../domain/money/decimal.ts';
import type { Random } from '../random.ts';
import type { Print } from './print.ts';

export interface Level {
  readonly price: Price;
  readonly quantity: Quantity;
}

/** The liquidity of everybody else, best price first. */
export interface Ladder {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export interface LadderShape {
  readonly priceScale: number;
  readonly quantityScale: number;
  /** Levels on each side. */
  readonly levels: number;
  /** Half of the distance between best bid and best ask; at least a tick. */
  readonly halfSpreadRatio: Ratio;
  /** Distance between two levels; at least a tick. */
  readonly gapRatio: Ratio;
}

/** Best bid and best ask in ticks. */
export interface Touch {
  readonly bid: bigint;
  readonly ask: bigint;
}

const ticksOf = (print: Print, by: Ratio, scale: number): bigint => {
  const { units } = rescale(scaleBy(print.price, by), scale, 'ceil');
  return units > 0n ? units : 1n;
};

/** The last trade took place at the touch: at the best ask when somebody bought, at the best bid when somebody sold. */
export function touchOf(print: Print, shape: LadderShape): Touch {
  const spread = 2n * ticksOf(print, shape.halfSpreadRatio, shape.priceScale) - 1n;
  const isBuy = print.side === 'BUY';
  // A recorded price may lie between two ticks: the book stands outside of it.
  const at = rescale(print.price, shape.priceScale, isBuy ? 'ceil' : 'floor').units;
  return isBuy ? { bid: at - spread, ask: at } : { bid: at, ask: at + spread };
}

/** Sizes vary between half and one and a half of the mean, and are never nothing. */
function sizeOf(print: Print, shape: LadderShape, random: Random): Quantity {
  const total = rescale(print.depth, shape.quantityScale, 'down').units;
  const permille = BigInt(500 + random.below(1_001));
  const units = (total * permille) / (BigInt(shape.levels) * 1_000n);
  return asQuantity(decimal(units > 0n ? units : 1n, shape.quantityScale));
}

/**
 * The book around a print. Levels below the smallest price are left out, so that a price near zero has fewer bids.
 */
export function buildLadder(print: Print, shape: LadderShape, random: Random): Ladder {
  const { bid, ask } = touchOf(print, shape);
  const gap = ticksOf(print, shape.gapRatio, shape.priceScale);
  const bids: Level[] = [];
  const asks: Level[] = [];
  for (let i = 0n; i < BigInt(shape.levels); i += 1n) {
    const below = bid - i * gap;
    const size = sizeOf(print, shape, random);
    if (below > 0n) bids.push({ price: asPrice(decimal(below, shape.priceScale)), quantity: size });
    asks.push({
      price: asPrice(decimal(ask + i * gap, shape.priceScale)),
      quantity: sizeOf(print, shape, random),
    });
  }
  return { bids, asks };
}
