import type { ReplayRow } from '../../adapters/replay/replay-row.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import {
  asMoney,
  asQuantity,
  NO_MONEY,
  NO_QUANTITY,
  notional,
  type Quantity,
  type Ratio,
  scaleBy,
} from '../../domain/money/amounts.ts';
import { compare, divide, decimal, maximum } from '../../domain/money/decimal.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { Random } from '../random.ts';
import type { CandleSource } from './candle-source.ts';
import type { Print } from './print.ts';
import { walkCandle } from './walk.ts';

export interface FeedShape {
  /** Steps of a candle that begins then. */
  readonly stepsOf: (openTime: Timestamp) => number;
  /** Of a candle's volume that one side of the book offers. */
  readonly depthShareRatio: Ratio;
  readonly priceScaleOf: (symbol: TradingSymbol) => number;
  /** A stream of its own for each symbol. */
  readonly randomOf: (symbol: TradingSymbol) => Random;
}

const DEPTH_SCALE = 12;
const TWO = decimal(2n, 0);

const byTime = (a: Print, b: Print): number =>
  a.time - b.time || (a.symbol === b.symbol ? 0 : a.symbol < b.symbol ? -1 : 1);

/**
 * The market's prints by feed time, drawn from the source as they are needed. Which prints come and in which order does
 * not depend on how often anybody asks.
 */
export class Feed {
  readonly #source: CandleSource;
  readonly #shape: FeedShape;
  readonly #randoms = new Map<TradingSymbol, Random>();
  readonly #depths = new Map<TradingSymbol, Quantity>();
  #waiting: Print[] = [];
  #taken = 0;
  #loadedTo: Timestamp = -1;
  #ended = false;

  constructor(source: CandleSource, shape: FeedShape) {
    this.#source = source;
    this.#shape = shape;
  }

  /** The source has no more candles. Prints may still be waiting. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The open time of the latest candles that were drawn; -1 before the first. */
  get loadedTo(): Timestamp {
    return this.#loadedTo;
  }

  /** Draws one more open time. @throws DataFileError */
  async load(): Promise<void> {
    const rows = await this.#source.next();
    if (rows === undefined) {
      this.#ended = true;
      return;
    }
    this.#waiting = this.#waiting.slice(this.#taken);
    this.#taken = 0;
    this.#waiting.push(...rows.flatMap((row) => this.#prints(row)).sort(byTime));
    this.#loadedTo = rows[0]?.candle.openTime ?? this.#loadedTo;
  }

  /** Draws until everything up to `time` is there, or the source has ended. @throws DataFileError */
  async loadUntil(time: Timestamp): Promise<void> {
    while (!this.#ended && this.#loadedTo <= time) await this.load();
  }

  /** The next print if its time has come. */
  take(until: Timestamp): Print | undefined {
    const next = this.#waiting[this.#taken];
    if (next === undefined || next.time > until) return undefined;
    this.#taken += 1;
    return next;
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  #random(symbol: TradingSymbol): Random {
    const random = this.#randoms.get(symbol) ?? this.#shape.randomOf(symbol);
    this.#randoms.set(symbol, random);
    return random;
  }

  /** A quiet candle halves the depth at most: makers do not leave at once. */
  #depth({ candle }: ReplayRow): Quantity {
    const traded = scaleBy(candle.volume, this.#shape.depthShareRatio);
    const before = this.#depths.get(candle.symbol) ?? NO_QUANTITY;
    const depth = asQuantity(maximum(traded, divide(before, TWO, DEPTH_SCALE, 'down')));
    this.#depths.set(candle.symbol, depth);
    return depth;
  }

  #prints(row: ReplayRow): readonly Print[] {
    const { symbol } = row.candle;
    const depth = this.#depth(row);
    if (row.ticks === undefined) {
      const priceScale = this.#shape.priceScaleOf(symbol);
      return walkCandle(
        row.candle,
        { steps: this.#shape.stepsOf(row.candle.openTime), priceScale, depth },
        this.#random(symbol),
      );
    }
    return row.ticks.length === 0 ? [this.#quote(row, depth)] : this.#trades(row, depth);
  }

  /** Nothing was traded in this window: the price stays. */
  #quote({ candle }: ReplayRow, depth: Quantity): Print {
    const { symbol, openTime: time, close: price } = candle;
    return { symbol, time, price, quantity: NO_QUANTITY, amount: NO_MONEY, side: 'BUY', depth };
  }

  #trades({ candle, ticks = [] }: ReplayRow, depth: Quantity): readonly Print[] {
    const random = this.#random(candle.symbol);
    return ticks.map((tick, i) => {
      const change = compare(tick.price, ticks[i - 1]?.price ?? candle.open);
      const isBuy = change === 0 ? random.next() < 0.5 : change > 0;
      return {
        symbol: candle.symbol,
        time: tick.time,
        price: tick.price,
        quantity: tick.quantity,
        amount: asMoney(notional(tick.price, tick.quantity)),
        side: isBuy ? 'BUY' : 'SELL',
        depth,
      };
    });
  }
}
