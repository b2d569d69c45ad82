import type { Price, Quantity } from '../../domain/money/amounts.ts';
import { asPrice, asQuantity } from '../../domain/money/amounts.ts';
import { add, compare, decimal, equals, isPositive, minimum, subtract } from '../../domain/money/decimal.ts';
import { buildLadder, type Ladder, type LadderShape, type Level, touchOf } from '../market/ladder.ts';
import type { Print, Side } from '../market/print.ts';
import type { Random } from '../random.ts';
import { accepts, type Execution, type Offer } from './match.ts';

/** An own order in the book. */
interface Resting {
  readonly orderId: string;
  readonly side: Side;
  readonly price: Price;
  readonly remaining: Quantity;
  /** Of the others' liquidity at the same price, what came before and has to be traded first. */
  readonly ahead: Quantity;
  readonly sequence: number;
}

export interface NewResting {
  readonly orderId: string;
  readonly side: Side;
  readonly price: Price;
  readonly remaining: Quantity;
  readonly sequence: number;
}

export const opposite = (side: Side): Side => (side === 'BUY' ? 'SELL' : 'BUY');

/**
 * The book of one symbol: the background's ladder around the last print, and our orders in it by price and time. What
 * we take from the ladder is gone until the next print, when the others quote anew.
 */
export class SymbolBook {
  readonly #shape: LadderShape;
  readonly #randomAt: (index: number) => Random;
  readonly #resting: Record<Side, Resting[]> = { BUY: [], SELL: [] };
  #print: Print | undefined;
  #version = 0;
  #ladder: { bids: Level[]; asks: Level[] } | undefined;

  constructor(shape: LadderShape, randomAt: (index: number) => Random) {
    this.#shape = shape;
    this.#randomAt = randomAt;
  }

  get last(): Print | undefined {
    return this.#print;
  }

  /** Counts the changes of the book that anybody can see. */
  get version(): number {
    return this.#version;
  }

  /** Orders with these ids are in it, best first. */
  restingIds(side: Side): readonly string[] {
    return this.#resting[side].map(({ orderId }) => orderId);
  }

  /** Our own orders and everybody else's together, best price first; one level a price. */
  depth(): Ladder {
    return {
      bids: this.#levels(this.#background().bids, this.#resting.BUY, -1),
      asks: this.#levels(this.#background().asks, this.#resting.SELL, 1),
    };
  }

  /** What a taker of this side meets: at a price, the background first (it was there before), then ours by arrival. */
  offers(takerSide: Side): readonly Offer[] {
    const background = this.#backgroundOf(opposite(takerSide));
    const resting = this.#resting[opposite(takerSide)];
    const direction = takerSide === 'BUY' ? 1 : -1;
    return [
      ...background.map(({ price, quantity }) => ({ price, quantity, orderId: undefined })),
      ...resting.map(({ price, remaining, orderId }) => ({ price, quantity: remaining, orderId })),
    ].sort((a, b) => direction * compare(a.price, b.price));
  }

  /** Takes executed quantities out of the book. */
  consume(takerSide: Side, executions: readonly Execution[]): void {
    if (executions.length === 0) return;
    const side = opposite(takerSide);
    for (const { orderId, price, quantity } of executions) {
      if (orderId === undefined) this.#consumeLevel(side, price, quantity);
      else this.#reduce(side, orderId, quantity);
    }
    this.#version += 1;
  }

  rest(order: NewResting): void {
    const level = this.#backgroundOf(order.side).find(({ price }) => equals(price, order.price));
    const ahead = level?.quantity ?? asQuantity(decimal(0n, 0));
    const resting = this.#resting[order.side];
    // Sorted by price, then by arrival.
    const at = resting.findIndex(({ price }) => this.#isBetter(order.side, order.price, price));
    resting.splice(at < 0 ? resting.length : at, 0, { ...order, ahead });
    this.#version += 1;
  }

  remove(side: Side, orderId: string): void {
    const resting = this.#resting[side];
    const at = resting.findIndex((order) => order.orderId === orderId);
    if (at < 0) return;
    resting.splice(at, 1);
    this.#version += 1;
  }

  /**
   * The market moved. Returns what our resting orders got, each at its own limit: from the flow that was traded, and
   * from the new ladder where it stands across them.
   */
  print(print: Print): readonly Execution[] {
    this.#print = print;
    this.#ladder = undefined;
    this.#version += 1;
    const flowed = this.#flow(print);
    return [...flowed, ...this.#cross('BUY'), ...this.#cross('SELL')];
  }

  /** Whoever crossed the spread meets our orders that are as good as the traded price or better. */
  #flow(print: Print): readonly Execution[] {
    const side = opposite(print.side);
    const executions: Execution[] = [];
    let left: Quantity = print.quantity;
    for (const order of [...this.#resting[side]]) {
      if (!isPositive(left) || !accepts(side, order.price, print.price)) break;
      const isAtPrice = equals(order.price, print.price);
      const ahead = isAtPrice ? asQuantity(minimum(order.ahead, left)) : order.ahead;
      if (isAtPrice) {
        this.#replace(side, { ...order, ahead: asQuantity(subtract(order.ahead, ahead)) });
        left = asQuantity(subtract(left, ahead));
      }
      const quantity = this.#cut(minimum(left, order.remaining));
      if (!isPositive(quantity)) continue;
      executions.push({ price: order.price, quantity, orderId: order.orderId });
      this.#reduce(side, order.orderId, quantity);
      left = asQuantity(subtract(left, quantity));
    }
    return executions;
  }

  /** The background's new ladder trades against our orders that stand across it. */
  #cross(side: Side): readonly Execution[] {
    const executions: Execution[] = [];
    for (const order of [...this.#resting[side]]) {
      if (!accepts(side, order.price, this.#touch(opposite(side)))) break;
      let remaining = order.remaining;
      for (const level of [...this.#backgroundOf(opposite(side))]) {
        if (!isPositive(remaining) || !accepts(side, order.price, level.price)) break;
        const quantity = asQuantity(minimum(remaining, level.quantity));
        executions.push({ price: order.price, quantity, orderId: order.orderId });
        this.#consumeLevel(opposite(side), level.price, quantity);
        this.#reduce(side, order.orderId, quantity);
        remaining = asQuantity(subtract(remaining, quantity));
      }
    }
    return executions;
  }

  /** Best price of the background as it was quoted, without building the ladder. */
  #touch(side: Side): Price {
    const print = this.#print;
    if (print === undefined) return asPrice(decimal(0n, 0));
    const { bid, ask } = touchOf(print, this.#shape);
    return asPrice(decimal(side === 'BUY' ? bid : ask, this.#shape.priceScale));
  }

  #cut(quantity: { readonly units: bigint; readonly scale: number }): Quantity {
    const scale = this.#shape.quantityScale;
    if (quantity.scale <= scale) return asQuantity(quantity);
    return asQuantity(decimal(quantity.units / 10n ** BigInt(quantity.scale - scale), scale));
  }

  #isBetter(side: Side, price: Price, than: Price): boolean {
    const order = compare(price, than);
    return side === 'BUY' ? order > 0 : order < 0;
  }

  #background(): { bids: Level[]; asks: Level[] } {
    if (this.#ladder === undefined) {
      const print = this.#print;
      const built =
        print === undefined ? undefined : buildLadder(print, this.#shape, this.#randomAt(print.time));
      this.#ladder = { bids: [...(built?.bids ?? [])], asks: [...(built?.asks ?? [])] };
    }
    return this.#ladder;
  }

  #backgroundOf(side: Side): Level[] {
    return side === 'BUY' ? this.#background().bids : this.#background().asks;
  }

  #levels(background: readonly Level[], resting: readonly Resting[], direction: 1 | -1): readonly Level[] {
    const ours = resting.map(({ price, remaining }) => ({ price, quantity: remaining }));
    const sorted = [...background, ...ours].sort((a, b) => direction * compare(a.price, b.price));
    const levels: Level[] = [];
    for (const level of sorted) {
      const last = levels.at(-1);
      if (last !== undefined && equals(last.price, level.price)) {
        levels[levels.length - 1] = { ...last, quantity: asQuantity(add(last.quantity, level.quantity)) };
      } else {
        levels.push(level);
      }
    }
    return levels;
  }

  #consumeLevel(side: Side, price: Price, quantity: Quantity): void {
    const levels = this.#backgroundOf(side);
    const at = levels.findIndex((level) => equals(level.price, price));
    const level = levels[at];
    if (level === undefined) return;
    const left = asQuantity(subtract(level.quantity, quantity));
    if (isPositive(left)) levels[at] = { ...level, quantity: left };
    else levels.splice(at, 1);
  }

  #replace(side: Side, order: Resting): void {
    const resting = this.#resting[side];
    const at = resting.findIndex(({ orderId }) => orderId === order.orderId);
    if (at >= 0) resting[at] = order;
  }

  #reduce(side: Side, orderId: string, quantity: Quantity): void {
    const order = this.#resting[side].find((other) => other.orderId === orderId);
    if (order === undefined) return;
    const remaining = asQuantity(subtract(order.remaining, quantity));
    if (isPositive(remaining)) this.#replace(side, { ...order, remaining });
    else this.remove(side, orderId);
  }
}
