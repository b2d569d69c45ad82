import type { Candle } from '../../domain/market/candle.ts';
import { asMoney, asPrice, asQuantity, type Price, type Quantity } from '../../domain/money/amounts.ts';
import {
  add,
  compare,
  decimal,
  type Decimal,
  divide,
  lessThan,
  maximum,
  minimum,
  multiply,
  rescale,
  subtract,
} from '../../domain/money/decimal.ts';
import type { Random } from '../random.ts';
import type { Print, Side } from './print.ts';

export interface WalkShape {
  /** At least 4: the open, both extremes and the close are each a step. */
  readonly steps: number;
  /** Decimals of a price. */
  readonly priceScale: number;
  readonly depth: Quantity;
}

/** Amounts of a step are cut to so many decimals; what is cut comes with a later step. */
const SPLIT_SCALE = 8;
const HEAVIEST = 100;

interface Vertex {
  readonly step: number;
  readonly price: Price;
}

/** A rising candle falls to its low first, a falling one rises to its high first. */
function verticesOf(candle: Candle, last: number): readonly Vertex[] {
  const isFalling = lessThan(candle.close, candle.open);
  return [
    { step: 0, price: candle.open },
    { step: Math.max(1, Math.floor(last / 3)), price: isFalling ? candle.high : candle.low },
    { step: Math.max(2, Math.floor((2 * last) / 3)), price: isFalling ? candle.low : candle.high },
    { step: last, price: candle.close },
  ];
}

/** The price `part` of `whole` steps from one vertex to the next. Vertices are met exactly, on the tick or not. */
function between(from: Vertex, to: Vertex, step: number, priceScale: number): Price {
  if (step === to.step) return to.price;
  const part = decimal(BigInt(step - from.step), 0);
  const whole = decimal(BigInt(to.step - from.step), 0);
  const distance = multiply(subtract(to.price, from.price), part);
  const moved = divide(distance, whole, Math.max(priceScale, distance.scale) + 2, 'half-even');
  const rounded = rescale(add(from.price, moved), priceScale, 'half-even');
  const [low, high] = compare(from.price, to.price) < 0 ? [from.price, to.price] : [to.price, from.price];
  return asPrice(maximum(low, minimum(high, rounded)));
}

function pricesOf(candle: Candle, steps: number, priceScale: number): readonly Price[] {
  const vertices = verticesOf(candle, steps - 1);
  const prices: Price[] = [candle.open];
  for (const [i, to] of vertices.entries()) {
    const from = vertices[i - 1];
    if (from === undefined) continue;
    for (let step = from.step + 1; step <= to.step; step += 1) {
      prices.push(between(from, to, step, priceScale));
    }
  }
  return prices;
}

/** How much of a total is there after each step: rising, and whole at the last. */
function shares(total: Decimal, weights: readonly number[]): readonly Decimal[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let soFar = 0;
  return weights.map((weight, i) => {
    soFar += weight;
    if (i === weights.length - 1) return total;
    return divide(multiply(total, decimal(BigInt(soFar), 0)), decimal(BigInt(all), 0), SPLIT_SCALE, 'floor');
  });
}

const sideOf = (price: Price, before: Price | undefined, random: Random): Side => {
  const change = before === undefined ? 0 : compare(price, before);
  if (change === 0) return random.next() < 0.5 ? 'BUY' : 'SELL';
  return change > 0 ? 'BUY' : 'SELL';
};

/**
 * The steps in which a candle comes about: open → low → high → close when it rises, open → high → low → close when it
 * falls. Taken together they give the candle again, exactly.
 */
export function walkCandle(candle: Candle, shape: WalkShape, random: Random): readonly Print[] {
  const prices = pricesOf(candle, shape.steps, shape.priceScale);
  const weights = prices.map(() => 1 + random.below(HEAVIEST));
  const quantities = shares(candle.volume, weights);
  const amounts = shares(candle.quoteVolume, weights);
  return prices.map((price, i) => ({
    symbol: candle.symbol,
    time: candle.openTime + Math.floor((i * candle.interval) / prices.length),
    price,
    quantity: asQuantity(subtract(quantities[i] ?? candle.volume, quantities[i - 1] ?? decimal(0n, 0))),
    amount: asMoney(subtract(amounts[i] ?? candle.quoteVolume, amounts[i - 1] ?? decimal(0n, 0))),
    side: sideOf(price, prices[i - 1], random),
    depth: shape.depth,
  }));
}
