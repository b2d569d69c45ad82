/**
 * Candles for services that begin: a stream gives its events once, and a window needs a day of them. The screener's bus
 * keeps every closed candle in the ledger before it is published; the bus of everybody else brings the kept ones back
 * as `backfill` before the first event of the stream, and again when the stream may have lost some. Services know nothing
 * of it.
 */
import type { Candle } from '../domain/market/candle.ts';
import { closeTime } from '../domain/market/candle.ts';
import type { Duration, Timestamp } from '../domain/time.ts';
import type { CandleEvent, StreamEvents, StreamName } from '../events/event.ts';
import type { Bus, DeadLetter, RunningSubscription, Subscription } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger } from '../ports/ledger.ts';
import { envelope } from '../services/envelope.ts';

type MarketEvent = StreamEvents['market_data'];

export interface MarketStoreDeps {
  readonly bot: string;
  readonly bus: Bus;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Of the candles. */
  readonly interval: Duration;
  /** How far back candles are brought back, of every symbol that has trading rules. */
  readonly span: Duration;
  /** Told of every market event that passes. */
  readonly observe: (event: MarketEvent) => void;
}

const RECALLED_AT_ONCE = 10;

/** A bus whose other streams are passed on as they are. */
abstract class MarketBus implements Bus {
  protected readonly deps: MarketStoreDeps;

  constructor(deps: MarketStoreDeps) {
    this.deps = deps;
  }

  publish<Name extends StreamName>(stream: Name, events: readonly StreamEvents[Name][]): Promise<void> {
    return this.deps.bus.publish(stream, events);
  }

  subscribe<Name extends StreamName>(subscription: Subscription<Name>): Promise<RunningSubscription> {
    return this.deps.bus.subscribe(subscription);
  }

  deadLetters(stream: StreamName): Promise<readonly DeadLetter[]> {
    return this.deps.bus.deadLetters(stream);
  }

  close(): Promise<void> {
    return this.deps.bus.close();
  }
}

const isCandle = (event: MarketEvent): event is CandleEvent => event.type === 'candle';

/** The screener's: a candle is in the ledger before anybody hears of it. */
export class StoringBus extends MarketBus {
  #droppedBefore: Timestamp = 0;

  override async publish<Name extends StreamName>(
    stream: Name,
    events: readonly StreamEvents[Name][],
  ): Promise<void> {
    if (stream === 'market_data') {
      const market = events as readonly MarketEvent[];
      market.forEach(this.deps.observe);
      await this.#store(market.filter(isCandle).map(({ candle }) => candle));
    }
    await super.publish(stream, events);
  }

  async #store(candles: readonly Candle[]): Promise<void> {
    if (candles.length === 0) return;
    const { ledger, span, clock, interval } = this.deps;
    const before = clock.now() - 2 * span;
    const isDue = before - this.#droppedBefore > Math.max(span / 24, interval);
    await ledger.transaction(async (tx) => {
      await tx.insertCandles(candles);
      if (isDue) await tx.forgetCandles(before);
    });
    if (isDue) this.#droppedBefore = before;
  }
}

/** Everybody else's. */
export class RecallingBus extends MarketBus {
  override async subscribe<Name extends StreamName>(
    subscription: Subscription<Name>,
  ): Promise<RunningSubscription> {
    if (subscription.stream !== 'market_data') return super.subscribe(subscription);
    return this.#subscribeMarket(subscription as unknown as Subscription<'market_data'>);
  }

  async #subscribeMarket(subscription: Subscription<'market_data'>): Promise<RunningSubscription> {
    await this.#recall(subscription);
    return super.subscribe({
      ...subscription,
      handle: (event, delivery) => {
        this.deps.observe(event);
        return subscription.handle(event, delivery);
      },
      onLost: async (reason) => {
        await this.#recall(subscription);
        await subscription.onLost?.(reason);
      },
    });
  }

  async #recall({ handle }: Subscription<'market_data'>): Promise<void> {
    const { ledger, clock, interval, span } = this.deps;
    const to = clock.now();
    const from = to - span - interval;
    const limit = Math.ceil(span / interval) + 1;
    const symbols = (await ledger.transaction((tx) => tx.instruments())).map(({ symbol }) => symbol);
    // Few symbols a transaction for memory; not one, since with top movers there are many without any candle.
    for (let at = 0; at < symbols.length; at += RECALLED_AT_ONCE) {
      const some = symbols.slice(at, at + RECALLED_AT_ONCE);
      const candles = await ledger.transaction((tx) =>
        Promise.all(some.map((symbol) => tx.candles({ symbol, interval, from, to, limit }))),
      );
      for (const candle of candles.flat()) await handle(this.#event(candle), { attempt: 1 });
    }
  }

  #event(candle: Candle): CandleEvent {
    const head = envelope(this.deps, {
      type: 'candle',
      id: [candle.symbol, candle.interval, candle.openTime, 'recalled'],
      eventTime: closeTime(candle),
    });
    return { ...head, candle, origin: 'backfill' };
  }
}
