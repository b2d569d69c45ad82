/** The symbols that moved most over the look-back: how they are ranked, and which of them are watched. */
import { asRatio, type Price, type Ratio } from '../money/amounts.ts';
import { changeOf } from '../money/change.ts';
import type { Duration, Timestamp } from '../time.ts';
import type { TradingSymbol } from './candle.ts';

export interface MoverRules {
  /** How many are watched at most. */
  readonly count: number;
  /** Over which the price's change is taken. */
  readonly lookback: Duration;
  /** How often a price is kept, and a choice made; at most the look-back. */
  readonly step: Duration;
}

/** The prices at the beginning and at the end of a step, as far as it was heard of. */
interface Sample {
  readonly slot: number;
  readonly first: Price;
  readonly last: Price;
}

/**
 * Prices of all symbols over the look-back, one a step. A symbol that is not heard of has not moved. What was heard of
 * for less than the look-back is measured over what there is.
 */
export class MoverBoard {
  readonly #rules: MoverRules;
  readonly #samples = new Map<TradingSymbol, Sample[]>();

  constructor(rules: MoverRules) {
    this.#rules = rules;
  }

  note(symbol: TradingSymbol, price: Price, at: Timestamp): void {
    const slot = Math.floor(at / this.#rules.step);
    const samples = this.#samples.get(symbol);
    const newest = samples?.at(-1);
    if (samples === undefined || newest === undefined) {
      this.#samples.set(symbol, [{ slot, first: price, last: price }]);
      return;
    }
    if (slot < newest.slot) return;
    if (slot === newest.slot) samples.pop();
    samples.push({ slot, first: slot === newest.slot ? newest.first : price, last: price });
  }

  /** Symbols that moved, up or down, the greatest change first; equal ones by name. */
  ranking(now: Timestamp, isEligible: (symbol: TradingSymbol) => boolean): readonly TradingSymbol[] {
    const moved: { readonly symbol: TradingSymbol; readonly size: Ratio }[] = [];
    for (const [symbol, samples] of this.#samples) {
      const start = this.#startOf(now);
      forgetOld(samples, start);
      if (!isEligible(symbol)) continue;
      const size = sizeOf(samples, start);
      if (size > 0n) moved.push({ symbol, size });
    }
    return moved
      .sort((a, b) => (a.size === b.size ? (a.symbol < b.symbol ? -1 : 1) : a.size > b.size ? -1 : 1))
      .map(({ symbol }) => symbol);
  }

  /** The step in which one look-back ago lies. */
  #startOf(now: Timestamp): number {
    const { step, lookback } = this.#rules;
    return Math.floor((now - lookback) / step);
  }
}

/** The first that stays holds the price that was valid at the beginning of the look-back, if any does. */
function forgetOld(samples: Sample[], start: number): void {
  const valid = samples.findLastIndex(({ slot }) => slot <= start);
  if (valid > 0) samples.splice(0, valid);
}

function sizeOf(samples: readonly Sample[], start: number): Ratio {
  const [oldest, newest] = [samples[0], samples.at(-1)];
  if (oldest === undefined || newest === undefined) return asRatio(0n);
  // Of an earlier step it is the last price that still stood when the look-back began.
  const before = oldest.slot < start ? oldest.last : oldest.first;
  const change: bigint = changeOf(newest.last, before);
  return asRatio(change < 0n ? -change : change);
}

/** One that is watched because it moved. */
export interface WatchedMover {
  readonly symbol: TradingSymbol;
  readonly since: Timestamp;
}

/** Of `count`, so many are always the best; of the others one that is watched stays down to rank `STAYS` × count. */
const SURE = 0.8;
const STAYS = 1.2;

/**
 * The movers to watch from now on. So that symbols do not come and go with every change of rank, one that came stays for
 * a look-back, and after it as long as its rank is within 1.2 × count; only the first 0.8 × count ranks push others out.
 */
export function chooseMovers(
  ranking: readonly TradingSymbol[],
  watched: readonly WatchedMover[],
  { count, lookback }: Pick<MoverRules, 'count' | 'lookback'>,
  now: Timestamp,
): readonly WatchedMover[] {
  const rankOf = new Map(ranking.map((symbol, rank) => [symbol, rank]));
  const young = watched.filter(({ since }) => now - since < lookback);
  const staying = watched.filter(({ symbol }) => (rankOf.get(symbol) ?? Infinity) < Math.ceil(count * STAYS));
  const arriving = ranking.map((symbol) => ({ symbol, since: now }));
  const sinceOf = new Map(watched.map(({ symbol, since }) => [symbol, since]));
  const inOrder = [...young, ...arriving.slice(0, Math.floor(count * SURE)), ...staying, ...arriving];
  const symbols = [...new Set(inOrder.map(({ symbol }) => symbol))].slice(0, count);
  return symbols.map((symbol) => ({ symbol, since: sinceOf.get(symbol) ?? now }));
}
