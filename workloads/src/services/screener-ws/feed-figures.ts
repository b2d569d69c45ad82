/** What the feed looks like right now, for whoever reads the metrics: nothing is recorded per event but two numbers. */
import type { TradingSymbol } from '../../domain/market/candle.ts';
import { SECOND, type Timestamp } from '../../domain/time.ts';
import type { FeedEvent, StreamEvents } from '../../events/event.ts';
import type { ScreenerMetrics } from './metrics.ts';

export class FeedFigures {
  readonly #metrics: ScreenerMetrics;
  readonly #newest = new Map<TradingSymbol, Timestamp>();
  readonly #stale = new Set<TradingSymbol>();

  constructor(metrics: ScreenerMetrics) {
    this.#metrics = metrics;
    metrics.lastMessage.follow(() =>
      [...this.#newest].map(([symbol, time]) => [time / SECOND, { symbol }] as const),
    );
    metrics.staleSymbols.follow(() => [[this.#stale.size, {}]]);
  }

  note(event: StreamEvents['market_data']): void {
    if (event.type === 'feed') {
      this.#noteStatus(event);
      return;
    }
    const symbol = event.type === 'candle' ? event.candle.symbol : event.symbol;
    const newest = this.#newest.get(symbol);
    if (newest === undefined || event.eventTime > newest) this.#newest.set(symbol, event.eventTime);
  }

  /** They are not watched any more. */
  forget(symbols: readonly TradingSymbol[]): void {
    for (const symbol of symbols) {
      this.#newest.delete(symbol);
      this.#stale.delete(symbol);
    }
  }

  #noteStatus({ symbol, status }: FeedEvent): void {
    this.#metrics.feedEvents.add(1, { status });
    if (status === 'STALE') this.#stale.add(symbol);
    if (status === 'RECOVERED') this.#stale.delete(symbol);
  }
}
