/**
 * From a venue's market data to the stream `market_data`: each candle is checked, gaps and late candles are told, and
 * every event gets an id that depends on what it says.
 */
import { type CandleProblemCode, checkCandle } from '../../domain/market/candle-check.ts';
import { type Candle, type TradingSymbol, closeTime } from '../../domain/market/candle.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import type { CandleEvent, CandleOrigin, FeedEvent, StreamEvents, TickEvent } from '../../events/event.ts';
import type { LedgerTransaction } from '../../ports/ledger.ts';
import type { MarketSubscription, MarketUpdate, Venue } from '../../ports/venue.ts';
import { envelope } from '../envelope.ts';
import { candlesEntry, inputsEntry } from '../journal-kinds.ts';
import { CrashGuard } from '../crash-guard.ts';
import type { Service, ServiceDeps } from '../service.ts';
import { CandleBatch } from './candle-batch.ts';
import { FeedFigures } from './feed-figures.ts';
import { makeScreenerMetrics, type ScreenerMetrics } from './metrics.ts';
import { readScreenerState, type ScreenerCounts, writeScreenerState } from './screener-state.ts';
import {
  type TopMovers,
  type UniverseChange,
  type UniverseSources,
  UniverseWatch,
} from './universe-watch.ts';

export interface ScreenerSettings {
  readonly symbols: readonly TradingSymbol[];
  readonly interval: Duration;
  /** Closed candles of each symbol asked for before the first live one; a replay gives its past by itself. */
  readonly warmupCandles: number;
  readonly topMovers?: TopMovers;
}

export interface ScreenerDeps extends ServiceDeps {
  readonly venue: Pick<Venue, 'name' | 'inputs' | 'marketData'>;
  readonly settings: ScreenerSettings;
  /** Absent in a replay, whose symbols are those of its files. */
  readonly universe?: UniverseSources;
  /** How many of the `warmupCandles` of a symbol are not kept from an earlier life; absent: none is kept. */
  readonly lacking?: (symbol: TradingSymbol) => Promise<number>;
  /** Told of symbols that are not watched any more. */
  readonly onLeft?: (symbols: readonly TradingSymbol[]) => void;
}

/** Why a candle is not published. */
export type RefusalReason = CandleProblemCode | 'WRONG_INTERVAL' | 'DUPLICATE';

/** Each publication is a transaction of its own where candles are kept: a day of them one by one would take seconds. */
const PAST_AT_ONCE = 250;

type CandleUpdate = Extract<MarketUpdate, { kind: 'candle' }>;
type MarketEvent = StreamEvents['market_data'];

export class Screener implements Service {
  readonly #deps: ScreenerDeps;
  readonly #guard: CrashGuard;
  readonly #metrics: ScreenerMetrics;
  readonly #figures: FeedFigures;
  readonly #universe: UniverseWatch;
  readonly #batch = new CandleBatch();
  /** Open time of the newest candle of each symbol, whatever its origin. */
  readonly #newest = new Map<TradingSymbol, Timestamp>();
  #counts: ScreenerCounts = readScreenerState(undefined).counts;
  #inputsTold = false;
  #subscription: MarketSubscription | undefined;

  constructor(deps: ScreenerDeps) {
    this.#deps = deps;
    this.#guard = new CrashGuard(deps);
    this.#metrics = makeScreenerMetrics(deps.metrics);
    this.#figures = new FeedFigures(this.#metrics);
    const { settings, universe, venue, clock, log } = deps;
    this.#universe = new UniverseWatch({
      symbols: settings.symbols,
      interval: settings.interval,
      topMovers: settings.topMovers,
      sources: universe,
      marketData: venue.marketData,
      clock,
      log,
      metrics: this.#metrics,
    });
  }

  get counts(): ScreenerCounts {
    return this.#counts;
  }

  /** What is watched at present, and which of it because it moved. */
  get universe(): { readonly symbols: readonly TradingSymbol[]; readonly movers: readonly TradingSymbol[] } {
    return { symbols: this.#universe.symbols, movers: this.#universe.movers };
  }

  async start(): Promise<void> {
    const { ledger, venue, settings } = this.#deps;
    const movers = await ledger.transaction((tx) => this.#recover(tx));
    const symbols = await this.#universe.begin(movers);
    for (const symbol of symbols) await this.#warmUp(symbol);
    this.#subscription = await venue.marketData.subscribe(
      { symbols, interval: settings.interval },
      (update) => this.#guard.run(() => this.#take(update)),
    );
    this.#universe.follow((change) => this.#changeUniverse(change));
  }

  async stop(): Promise<void> {
    await this.#universe.stop();
    await this.#subscription?.stop();
    this.#subscription = undefined;
  }

  async checkpoint(tx: LedgerTransaction): Promise<void> {
    const batch = this.#batch.take();
    if (batch !== undefined) {
      await this.#tellInputs(tx, batch.firstOpenTime);
      await tx.appendJournal('screener', [candlesEntry(batch)]);
    }
    const { movers } = this.#universe;
    await tx.putState('screener', writeScreenerState({ counts: this.#counts, movers }));
  }

  /** What is modelled must be known to whoever reads the journal: its first entry says so. */
  async #tellInputs(tx: LedgerTransaction, eventTime: Timestamp): Promise<void> {
    const { venue } = this.#deps;
    if (this.#inputsTold) return;
    this.#inputsTold = true;
    await tx.appendJournal('screener', [inputsEntry(venue.name, venue.inputs, { eventTime })]);
  }

  /** Returns the movers of the life before. */
  async #recover(tx: LedgerTransaction): Promise<readonly TradingSymbol[]> {
    const { counts, movers } = readScreenerState(await tx.state('screener'));
    this.#counts = counts;
    this.#inputsTold = (await tx.journalHead('screener')).count > 0;
    return movers;
  }

  /** The past of what enters comes before its first live candle. */
  async #changeUniverse({ symbols, entered, left }: UniverseChange): Promise<void> {
    for (const symbol of entered) await this.#warmUp(symbol);
    this.#subscription?.change?.(symbols);
    this.#figures.forget(left);
    this.#deps.onLeft?.(left);
  }

  async #warmUp(symbol: TradingSymbol): Promise<void> {
    const { lacking, settings } = this.#deps;
    const count = (await lacking?.(symbol)) ?? settings.warmupCandles;
    await this.#backfill(symbol, count, () => true);
  }

  #take(update: MarketUpdate): Promise<void> {
    switch (update.kind) {
      case 'candle':
        return this.#takeCandle(update);
      case 'tick':
        return this.#publish([this.#tickEvent(update)]);
      case 'feed':
        return this.#publish([this.#feedEvent(update)]);
    }
  }

  async #takeCandle({ candle, origin }: CandleUpdate): Promise<void> {
    const newest = this.#newest.get(candle.symbol);
    if (!this.#passes(candle, origin)) return;
    const isLate = newest !== undefined && candle.openTime < newest;
    if (origin === 'live') await this.#passLive(candle, isLate ? undefined : newest);
    if (!isLate) this.#newest.set(candle.symbol, candle.openTime);
    // A late candle updates state but opens nothing (trading-rules: candles and time).
    await this.#publish([this.#candleEvent(candle, origin === 'live' && isLate ? 'correction' : origin)]);
  }

  /** Counts a live candle; `before` is the open time of the newest one where a gap may lie in between. */
  async #passLive(candle: Candle, before: Timestamp | undefined): Promise<void> {
    const isLate = before === undefined && this.#newest.has(candle.symbol);
    this.#batch.add(candle);
    this.#count(isLate ? 'late' : 'candles', 1);
    if (before !== undefined) await this.#passGap(candle, before);
  }

  /** Tells of candles missing before a live one, and asks for them, so that the windows are whole when it is decided. */
  async #passGap(candle: Candle, newest: Timestamp): Promise<void> {
    const { symbol, openTime, interval } = candle;
    const missing = (openTime - newest) / interval - 1;
    if (missing < 1) return;
    this.#count('gaps', 1);
    this.#count('missing', missing);
    this.#metrics.gaps.add(1, {});
    const head = envelope(this.#deps, {
      type: 'feed',
      id: [symbol, 'GAP', newest, openTime],
      eventTime: closeTime(candle),
    });
    const detail = `${missing} candles missing between ${newest} and ${openTime}`;
    await this.#publish([{ ...head, symbol, status: 'GAP', detail }]);
    await this.#backfill(symbol, missing + 1, (past) => past.openTime > newest && past.openTime < openTime);
  }

  /** Publishes closed candles of the past. What cannot be had stays a gap: nothing is decided across it. */
  async #backfill(
    symbol: TradingSymbol,
    count: number,
    isWanted: (candle: Candle) => boolean,
  ): Promise<void> {
    const { venue, settings, log } = this.#deps;
    let past: readonly Candle[];
    try {
      past = await venue.marketData.history(
        symbol,
        settings.interval,
        Math.min(count, settings.warmupCandles),
      );
    } catch (error) {
      log.warn({ symbol, error }, 'no history: the gap stays');
      return;
    }
    const events = past.filter(isWanted).flatMap((candle) => this.#pastEvent(candle));
    for (let at = 0; at < events.length; at += PAST_AT_ONCE) {
      await this.#publish(events.slice(at, at + PAST_AT_ONCE));
    }
  }

  /** The event of a candle of the past; none when it is refused. */
  #pastEvent(candle: Candle): readonly CandleEvent[] {
    if (!this.#passes(candle, 'backfill')) return [];
    this.#newest.set(candle.symbol, Math.max(this.#newest.get(candle.symbol) ?? 0, candle.openTime));
    return [this.#candleEvent(candle, 'backfill')];
  }

  async #publish(events: readonly MarketEvent[]): Promise<void> {
    for (const event of events) this.#figures.note(event);
    await this.#deps.bus.publish('market_data', events);
  }

  /** Whether it may be published; what is refused is counted. */
  #passes(candle: Candle, origin: CandleOrigin): boolean {
    const refusal = this.#refusalOf(candle, origin);
    if (refusal !== undefined) this.#refuse(candle, refusal);
    return refusal === undefined;
  }

  #refusalOf(candle: Candle, origin: CandleOrigin): RefusalReason | undefined {
    const problem = checkCandle(candle);
    if (problem !== undefined) return problem.code;
    if (candle.interval !== this.#deps.settings.interval) return 'WRONG_INTERVAL';
    const isNewest = candle.openTime === this.#newest.get(candle.symbol);
    return origin === 'live' && isNewest ? 'DUPLICATE' : undefined;
  }

  #refuse(candle: Candle, reason: RefusalReason): void {
    const { refused } = this.#counts;
    this.#counts = { ...this.#counts, refused: { ...refused, [reason]: (refused[reason] ?? 0) + 1 } };
    this.#metrics.refused.add(1, { reason });
    this.#deps.log.warn({ symbol: candle.symbol, openTime: candle.openTime, reason }, 'candle refused');
  }

  #count(what: 'candles' | 'late' | 'gaps' | 'missing', more: number): void {
    this.#counts = { ...this.#counts, [what]: this.#counts[what] + more };
  }

  #candleEvent(candle: Candle, origin: CandleOrigin): CandleEvent {
    this.#metrics.candles.add(1, { origin });
    const head = envelope(this.#deps, {
      type: 'candle',
      id: [candle.symbol, candle.interval, candle.openTime, origin],
      eventTime: closeTime(candle),
    });
    return { ...head, candle, origin };
  }

  #tickEvent({ kind, time, ...tick }: Extract<MarketUpdate, { kind: 'tick' }>): TickEvent {
    const head = envelope(this.#deps, {
      type: kind,
      id: [tick.symbol, time, tick.price.units.toString()],
      eventTime: time,
    });
    return { ...head, ...tick };
  }

  #feedEvent({ kind, time, ...feed }: Extract<MarketUpdate, { kind: 'feed' }>): FeedEvent {
    const head = envelope(this.#deps, { type: kind, id: [feed.symbol, feed.status, time], eventTime: time });
    return { ...head, ...feed };
  }
}
