/**
 * From a venue's market data to the stream `market_data`: each candle is checked, gaps and late candles are told, and
 * every event gets an id that depends on what it says.
 */
import { type CandleProblemCode, checkCandle } from '../../domain/market/candle-check.ts';
import { type Candle, type TradingSymbol, closeTime } from '../../domain/market/candle.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import type { CandleEvent, CandleOrigin, FeedEvent, StreamEvents, TickEvent } from '../../events/event.ts';
import type { LedgerTransaction } from '../../ports/ledger.ts';
import type { MarketData, MarketUpdate, Venue } from '../../ports/venue.ts';
import { envelope } from '../envelope.ts';
import { candlesEntry, inputsEntry } from '../journal-kinds.ts';
import { orCrash, type Service, type ServiceDeps } from '../service.ts';
import { CandleBatch } from './candle-batch.ts';
import { makeScreenerMetrics, type ScreenerMetrics } from './metrics.ts';
import { readScreenerState, type ScreenerCounts } from './screener-state.ts';

export interface ScreenerSettings {
  readonly symbols: readonly TradingSymbol[];
  readonly interval: Duration;
}

export interface ScreenerDeps extends ServiceDeps {
  readonly venue: Pick<Venue, 'name' | 'inputs' | 'marketData'>;
  readonly settings: ScreenerSettings;
}

/** Why a candle is not published. */
export type RefusalReason = CandleProblemCode | 'WRONG_INTERVAL' | 'DUPLICATE';

type CandleUpdate = Extract<MarketUpdate, { kind: 'candle' }>;
type MarketEvent = StreamEvents['market_data'];

export class Screener implements Service {
  readonly #deps: ScreenerDeps;
  readonly #metrics: ScreenerMetrics;
  readonly #batch = new CandleBatch();
  /** Open time of the newest candle of each symbol, whatever its origin. */
  readonly #newest = new Map<TradingSymbol, Timestamp>();
  #counts: ScreenerCounts = readScreenerState(undefined);
  #inputsTold = false;
  #subscription: Awaited<ReturnType<MarketData['subscribe']>> | undefined;

  constructor(deps: ScreenerDeps) {
    this.#deps = deps;
    this.#metrics = makeScreenerMetrics(deps.metrics);
  }

  get counts(): ScreenerCounts {
    return this.#counts;
  }

  async start(): Promise<void> {
    const { ledger, venue, settings, crash } = this.#deps;
    await ledger.transaction((tx) => this.#recover(tx));
    this.#subscription = await venue.marketData.subscribe(settings, (update) =>
      orCrash(crash, () => this.#take(update)),
    );
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
    this.#subscription = undefined;
  }

  async checkpoint(tx: LedgerTransaction): Promise<void> {
    const batch = this.#batch.take();
    if (batch !== undefined) {
      await this.#tellInputs(tx, batch.firstOpenTime);
      await tx.appendJournal('screener', [candlesEntry(batch)]);
    }
    await tx.putState('screener', this.#counts);
  }

  /** What is modelled must be known to whoever reads the journal: its first entry says so. */
  async #tellInputs(tx: LedgerTransaction, eventTime: Timestamp): Promise<void> {
    const { venue } = this.#deps;
    if (this.#inputsTold) return;
    this.#inputsTold = true;
    await tx.appendJournal('screener', [inputsEntry(venue.name, venue.inputs, { eventTime })]);
  }

  async #recover(tx: LedgerTransaction): Promise<void> {
    this.#counts = readScreenerState(await tx.state('screener'));
    this.#inputsTold = (await tx.journalHead('screener')).count > 0;
  }

  async #take(update: MarketUpdate): Promise<void> {
    const events = this.#eventsOf(update);
    if (events.length > 0) await this.#deps.bus.publish('market_data', events);
  }

  #eventsOf(update: MarketUpdate): readonly MarketEvent[] {
    switch (update.kind) {
      case 'candle':
        return this.#candleEvents(update);
      case 'tick':
        return [this.#tickEvent(update)];
      case 'feed':
        return [this.#feedEvent(update)];
    }
  }

  #candleEvents({ candle, origin }: CandleUpdate): readonly MarketEvent[] {
    const newest = this.#newest.get(candle.symbol);
    const refusal = this.#refusalOf(candle, origin, newest);
    if (refusal !== undefined) return this.#refuse(candle, refusal);
    const isLate = newest !== undefined && candle.openTime < newest;
    if (!isLate) this.#newest.set(candle.symbol, candle.openTime);
    // A late candle updates state but opens nothing (trading-rules: candles and time).
    const known: CandleOrigin = origin === 'live' && isLate ? 'correction' : origin;
    this.#metrics.candles.add(1, { origin: known });
    if (origin !== 'live') return [this.#candleEvent(candle, known)];
    this.#batch.add(candle);
    this.#count(isLate ? { late: 1 } : { candles: 1 });
    const gap = isLate ? undefined : this.#gapBefore(candle, newest);
    const event = this.#candleEvent(candle, known);
    return gap === undefined ? [event] : [gap, event];
  }

  #refusalOf(candle: Candle, origin: CandleOrigin, newest: Timestamp | undefined): RefusalReason | undefined {
    const problem = checkCandle(candle);
    if (problem !== undefined) return problem.code;
    if (candle.interval !== this.#deps.settings.interval) return 'WRONG_INTERVAL';
    return origin === 'live' && candle.openTime === newest ? 'DUPLICATE' : undefined;
  }

  #refuse(candle: Candle, reason: RefusalReason): readonly MarketEvent[] {
    const { refused } = this.#counts;
    this.#counts = { ...this.#counts, refused: { ...refused, [reason]: (refused[reason] ?? 0) + 1 } };
    this.#metrics.refused.add(1, { reason });
    this.#deps.log.warn({ symbol: candle.symbol, openTime: candle.openTime, reason }, 'candle refused');
    return [];
  }

  #gapBefore(candle: Candle, newest: Timestamp | undefined): FeedEvent | undefined {
    if (newest === undefined) return undefined;
    const missing = (candle.openTime - newest) / candle.interval - 1;
    if (missing < 1) return undefined;
    this.#count({ gaps: 1, missing });
    this.#metrics.gaps.add(1, {});
    return {
      ...envelope(this.#deps, {
        type: 'feed',
        id: [candle.symbol, 'GAP', newest, candle.openTime],
        eventTime: closeTime(candle),
      }),
      symbol: candle.symbol,
      status: 'GAP',
      detail: `${missing} candles missing between ${newest} and ${candle.openTime}`,
    };
  }

  #count(more: {
    readonly candles?: number;
    readonly late?: number;
    readonly gaps?: number;
    readonly missing?: number;
  }): void {
    const { candles, late, gaps, missing, refused } = this.#counts;
    this.#counts = {
      candles: candles + (more.candles ?? 0),
      late: late + (more.late ?? 0),
      gaps: gaps + (more.gaps ?? 0),
      missing: missing + (more.missing ?? 0),
      refused,
    };
  }

  #candleEvent(candle: Candle, origin: CandleOrigin): CandleEvent {
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
