/**
 * Which symbols are watched: those of the file, the top movers where the file asks for them, and whatever has a position
 * or an order, for as long as it has. Gather (tickers, ledger) → decide (`domain/market/movers.ts`) → apply (the screener).
 */
import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { chooseMovers, MoverBoard, type MoverRules, type WatchedMover } from '../../domain/market/movers.ts';
import type { Money } from '../../domain/money/amounts.ts';
import { atLeast } from '../../domain/money/decimal.ts';
import { type Duration, SECOND, type Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MarketData, VenueTicker } from '../../ports/venue.ts';
import type { ScreenerMetrics } from './metrics.ts';

export interface TopMovers {
  readonly count: number;
  /** Of the last 24 hours, in the quote asset. */
  readonly minQuoteVolume: Money;
  readonly lookback: Duration;
}

/** Where the universe of a running bot comes from, besides its file. */
export interface UniverseSources {
  /** Symbols with a position or a working order: never dropped. */
  readonly held: () => Promise<ReadonlySet<TradingSymbol>>;
  /** Symbols that may become movers: of the quote asset, tradable, not denied. */
  readonly tradable: () => Promise<ReadonlySet<TradingSymbol>>;
}

export interface UniverseChange {
  /** All that are watched from now on. */
  readonly symbols: readonly TradingSymbol[];
  readonly entered: readonly TradingSymbol[];
  readonly left: readonly TradingSymbol[];
}

export interface UniverseDeps {
  readonly symbols: readonly TradingSymbol[];
  readonly interval: Duration;
  readonly topMovers: TopMovers | undefined;
  readonly sources: UniverseSources | undefined;
  readonly marketData: Pick<MarketData, 'watchTickers'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: ScreenerMetrics;
}

/** A symbol that got an order in the moment it was dropped is back this soon. */
const LOOK_EVERY: Duration = 5 * SECOND;
/** Of the look-back; more of them would rank no better. */
const MOST_STEPS = 60;

const rulesOf = ({ count, lookback }: TopMovers, interval: Duration): MoverRules => ({
  count,
  lookback,
  step: Math.max(interval, Math.ceil(lookback / MOST_STEPS)),
});

export class UniverseWatch {
  readonly #deps: UniverseDeps;
  readonly #rules: MoverRules | undefined;
  readonly #board: MoverBoard | undefined;
  readonly #volumes = new Map<TradingSymbol, Money>();
  #movers: readonly WatchedMover[] = [];
  #symbols: readonly TradingSymbol[] = [];
  /** Event time of the newest ticker. A venue that pushes none changes nothing. */
  #tickersAt: Timestamp = 0;
  #chosenStep = 0;
  #tickers: { stop(): Promise<void> } | undefined;
  #cancel: (() => void) | undefined;
  #looking: Promise<void> | undefined;
  #stopped = false;

  constructor(deps: UniverseDeps) {
    const { topMovers, interval } = deps;
    this.#deps = deps;
    this.#rules = topMovers === undefined ? undefined : rulesOf(topMovers, interval);
    this.#board = this.#rules === undefined ? undefined : new MoverBoard(this.#rules);
  }

  get symbols(): readonly TradingSymbol[] {
    return this.#symbols;
  }

  get movers(): readonly TradingSymbol[] {
    return this.#movers.map(({ symbol }) => symbol);
  }

  /**
   * The symbols to begin with. Movers of an earlier life are watched for one more look-back: by then it is known again
   * how everything moved.
   */
  async begin(earlierMovers: readonly TradingSymbol[]): Promise<readonly TradingSymbol[]> {
    const { topMovers, symbols, sources, clock } = this.#deps;
    const kept = topMovers === undefined ? [] : earlierMovers.slice(0, topMovers.count);
    this.#movers = kept.map((symbol) => ({ symbol, since: clock.now() }));
    const held = (await sources?.held()) ?? [];
    this.#watch([...new Set([...symbols, ...kept, ...held])], held);
    return this.#symbols;
  }

  /** Looks again and again from now on. `apply` is awaited; when it rejects it is tried again. */
  follow(apply: (change: UniverseChange) => Promise<void>): void {
    const { marketData } = this.#deps;
    if (this.#rules === undefined) return;
    this.#tickers = marketData.watchTickers?.((tickers) => {
      for (const ticker of tickers) this.#take(ticker);
      return Promise.resolve();
    });
    this.#lookLater(apply);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#tickers?.stop();
    await this.#looking;
  }

  #take({ symbol, price, quoteVolume, time }: VenueTicker): void {
    this.#board?.note(symbol, price, time);
    this.#volumes.set(symbol, quoteVolume);
    this.#tickersAt = Math.max(this.#tickersAt, time);
  }

  #lookLater(apply: (change: UniverseChange) => Promise<void>): void {
    if (this.#stopped) return;
    this.#cancel = this.#deps.clock.after(LOOK_EVERY, () => {
      this.#looking = this.#look(apply).then(() => {
        this.#lookLater(apply);
      });
    });
  }

  async #look(apply: (change: UniverseChange) => Promise<void>): Promise<void> {
    const { sources, symbols, log, metrics } = this.#deps;
    try {
      await this.#choose();
      // Asked last, so that nothing which got an order meanwhile is dropped.
      const held = (await sources?.held()) ?? [];
      const wanted = new Set([...symbols, ...this.movers, ...held]);
      const watched = new Set(this.#symbols);
      const entered = [...wanted].filter((symbol) => !watched.has(symbol));
      const left = this.#symbols.filter((symbol) => !wanted.has(symbol));
      if (entered.length + left.length === 0) return;
      log.info({ entered, left }, 'the universe changes');
      await apply({ symbols: [...wanted], entered, left });
      metrics.universeChanges.add(entered.length, { status: 'entered' });
      metrics.universeChanges.add(left.length, { status: 'left' });
      this.#watch([...wanted], held);
    } catch (error) {
      log.warn({ error: String(error) }, 'the universe could not be looked at; it stays as it is');
    }
  }

  #watch(symbols: readonly TradingSymbol[], held: Iterable<TradingSymbol>): void {
    const { watchedSymbols } = this.#deps.metrics;
    this.#symbols = symbols;
    watchedSymbols.set(this.#deps.symbols.length, { reason: 'file' });
    watchedSymbols.set(this.#movers.length, { reason: 'mover' });
    watchedSymbols.set([...held].length, { reason: 'held' });
  }

  /** Once a step, when the venue has told prices since the last choice. */
  async #choose(): Promise<void> {
    const { topMovers, sources, symbols } = this.#deps;
    if (this.#rules === undefined || topMovers === undefined) return;
    const step = Math.floor(this.#tickersAt / this.#rules.step);
    if (step <= this.#chosenStep) return;
    const tradable = (await sources?.tradable()) ?? new Set();
    // Not known yet, rather than none.
    if (tradable.size === 0) return;
    const ranking =
      this.#board?.ranking(this.#tickersAt, (symbol) => {
        const volume = this.#volumes.get(symbol);
        return (
          tradable.has(symbol) &&
          !symbols.includes(symbol) &&
          volume !== undefined &&
          atLeast(volume, topMovers.minQuoteVolume)
        );
      }) ?? [];
    const watched = this.#movers.filter(({ symbol }) => tradable.has(symbol));
    this.#movers = chooseMovers(ranking, watched, this.#rules, this.#tickersAt);
    this.#chosenStep = step;
  }
}

/** Which of them may become movers. */
export const mayMove = (
  instruments: readonly Instrument[],
  { quote, deny }: { readonly quote: string; readonly deny: readonly TradingSymbol[] },
): ReadonlySet<TradingSymbol> =>
  new Set(
    instruments
      .filter((one) => one.tradable && one.quote === quote && !deny.includes(one.symbol))
      .map(({ symbol }) => symbol),
  );
