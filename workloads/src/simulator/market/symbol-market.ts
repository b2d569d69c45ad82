import { SymbolBook } from '../book/symbol-book.ts';
import { makeRandomAt } from '../random.ts';
import { dayStatistics, type DayStatistics, KlineBook } from './kline-book.ts';
import { HOURLY } from './intervals.ts';
import type { LadderShape } from './ladder.ts';
import type { Print } from './print.ts';
import type { SymbolRules } from './symbol-rules.ts';

const KEPT_TRADES = 1_000;

/** A trade of the public tape. */
export interface PublicTrade extends Print {
  readonly id: string;
}

/** All there is to know of one symbol's market. */
export class SymbolMarket {
  readonly book: SymbolBook;
  readonly klines: KlineBook;
  #rules: SymbolRules;
  #trades: PublicTrade[] = [];
  #count = 0;

  constructor(
    rules: SymbolRules,
    shape: LadderShape,
    settings: { readonly seed: string; readonly keptKlines: number },
  ) {
    this.#rules = rules;
    this.book = new SymbolBook(shape, makeRandomAt(`${settings.seed}/ladder/${rules.symbol}`));
    this.klines = new KlineBook(settings.keptKlines);
  }

  get rules(): SymbolRules {
    return this.#rules;
  }

  set rules(rules: SymbolRules) {
    this.#rules = rules;
  }

  /** A paused or delisted symbol stands still. */
  get isMoving(): boolean {
    return this.#rules.status === '1';
  }

  /** Puts a print on the tape and into the klines; the book takes it apart. */
  record(print: Print): void {
    this.klines.add(print);
    if (print.quantity.units === 0n) return;
    this.#count += 1;
    this.#trades.push({ ...print, id: `${this.#rules.symbol}-${this.#count}` });
    if (this.#trades.length > KEPT_TRADES * 1.25) this.#trades = this.#trades.slice(-KEPT_TRADES);
  }

  /** The latest, by time. */
  trades(limit: number): readonly PublicTrade[] {
    return this.#trades.slice(-limit);
  }

  day(): DayStatistics | undefined {
    return dayStatistics(this.klines.windows(HOURLY));
  }
}
