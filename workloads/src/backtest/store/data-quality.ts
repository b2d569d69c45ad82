import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import { approximate } from '../../domain/money/change.ts';
import { isZero } from '../../domain/money/decimal.ts';
import type { Timestamp } from '../../domain/time.ts';

/** Something about a candle that a person should look at. */
export interface Oddity {
  readonly kind: 'gap' | 'outlier';
  readonly openTime: Timestamp;
  /** Gap: candles missing before it. Outlier: the change of the close against the candle before, as a fraction. */
  readonly size: number;
}

/** What the data of one symbol are like. Unsound rows, duplicates and wrong order end the reading with an error. */
export interface DataQuality {
  readonly symbol: TradingSymbol;
  readonly candles: number;
  readonly firstOpenTime: Timestamp;
  readonly lastOpenTime: Timestamp;
  readonly gaps: number;
  /** Candles missing in the gaps. */
  readonly missing: number;
  /** Candles without any trade. */
  readonly empty: number;
  /** Closes that moved by more than `OUTLIER_MULTIPLE` times the typical move and at least by `OUTLIER_MOVE`. */
  readonly outliers: number;
  /** The first of each kind, at most `SHOWN`. */
  readonly oddities: readonly Oddity[];
}

const SHOWN = 20;
/** Far beyond what a market does within one candle: more often a wrong price than a real one. */
const OUTLIER_MULTIPLE = 50;
const OUTLIER_MOVE = 0.05;
/** Weight of the newest move in the typical one. */
const WEIGHT = 0.01;

/** Looks at the candles of one symbol, in order, as they are read. */
export class QualityWatch {
  readonly #symbol: TradingSymbol;
  readonly #oddities: Oddity[] = [];
  readonly #counts = { candles: 0, gaps: 0, missing: 0, empty: 0, outliers: 0 };
  #first: Timestamp = 0;
  #last: Candle | undefined;
  /** Exponential mean of the absolute moves. */
  #typical = 0;

  constructor(symbol: TradingSymbol) {
    this.#symbol = symbol;
  }

  take(candle: Candle): void {
    const last = this.#last;
    this.#last = candle;
    this.#counts.candles += 1;
    if (isZero(candle.volume)) this.#counts.empty += 1;
    if (last === undefined) {
      this.#first = candle.openTime;
      return;
    }
    const missing = (candle.openTime - last.openTime) / candle.interval - 1;
    if (missing > 0) this.#gap(candle, missing);
    this.#move(candle, approximate(candle.close) / approximate(last.close) - 1);
  }

  report(): DataQuality {
    return {
      symbol: this.#symbol,
      ...this.#counts,
      firstOpenTime: this.#first,
      lastOpenTime: this.#last?.openTime ?? 0,
      oddities: this.#oddities,
    };
  }

  #gap({ openTime }: Candle, missing: number): void {
    this.#counts.gaps += 1;
    this.#counts.missing += missing;
    this.#note({ kind: 'gap', openTime, size: missing });
  }

  #move({ openTime }: Candle, change: number): void {
    const size = Math.abs(change);
    const isOdd = this.#typical > 0 && size > OUTLIER_MOVE && size > this.#typical * OUTLIER_MULTIPLE;
    if (isOdd) {
      this.#counts.outliers += 1;
      this.#note({ kind: 'outlier', openTime, size: change });
    }
    this.#typical += (size - this.#typical) * WEIGHT;
  }

  #note(oddity: Oddity): void {
    if (this.#oddities.filter(({ kind }) => kind === oddity.kind).length < SHOWN) this.#oddities.push(oddity);
  }
}
