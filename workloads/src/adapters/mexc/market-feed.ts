import type { TradingSymbol } from '../../domain/market/candle.ts';
import { type Duration, SECOND, type Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MarketUpdate } from '../../ports/venue.ts';
import { packSymbols, symbolsPerConnection } from './channel-pack.ts';
import type { MarketTime } from './market-time.ts';
import type { MexcMetrics } from './mexc-metrics.ts';
import type { PublicRest } from './rest-client.ts';
import { SymbolFeed, type SymbolFeedSettings } from './symbol-feed.ts';
import { UpdateQueue } from './update-queue.ts';
import { bookTickerChannel, dealsChannel, klineChannel, type PushSpeed } from './wire/channels.ts';
import { intervalNames } from './wire/intervals.ts';
import type { PushCodec } from './wire/push-codec.ts';
import type { DecodedPush } from './wire/push-frame.ts';
import { WireError } from './wire/wire-error.ts';
import { WsLink, type WsLinkDeps } from './ws-link.ts';

export interface MarketFeedSettings {
  /** Of the universe; MEXC's own limit of 30 channels holds besides. */
  readonly maxSymbolsPerConnection: number;
  /** What ticks are made of: every trade (one more channel a symbol), or the open klines (about one a second). */
  readonly ticks: 'klines' | 'deals';
  /** Best prices (one more channel a symbol), so that the spread is measured. */
  readonly bestPrices: boolean;
  readonly speed: PushSpeed;
  readonly symbol: SymbolFeedSettings;
}

export interface MarketFeedDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: MexcMetrics;
  readonly codec: PushCodec;
  readonly rest: PublicRest;
  readonly market: MarketTime;
  readonly link: Omit<WsLinkDeps, 'clock' | 'random' | 'log' | 'metrics'>;
  readonly settings: MarketFeedSettings;
}

interface Carried {
  readonly link: WsLink;
  symbols: readonly TradingSymbol[];
  /** Local time of the last push on it. */
  aliveAt: Timestamp;
}

interface Served {
  readonly feed: SymbolFeed;
  readonly queue: UpdateQueue;
}

const CHECK_EVERY: Duration = SECOND;

/** One subscription: its connections, and a feed and a queue for each symbol. */
export class MarketFeed {
  readonly #interval: Duration;
  readonly #deps: MarketFeedDeps;
  readonly #listener: (update: MarketUpdate) => Promise<void>;
  readonly #served = new Map<TradingSymbol, Served>();
  #carried: readonly Carried[] = [];
  #backlog = 0;
  #cancelCheck: (() => void) | undefined;
  #stopped = false;

  constructor(interval: Duration, deps: MarketFeedDeps, listener: (update: MarketUpdate) => Promise<void>) {
    this.#interval = interval;
    this.#deps = deps;
    this.#listener = listener;
  }

  /** Carry these symbols from now on. */
  change(symbols: readonly TradingSymbol[]): void {
    if (this.#stopped) return;
    const wanted = new Set(symbols);
    for (const symbol of wanted) if (!this.#served.has(symbol)) this.#served.set(symbol, this.#serve(symbol));
    for (const symbol of [...this.#served.keys()]) if (!wanted.has(symbol)) this.#drop(symbol);
    const perSymbol = this.#channelsOf('X').length;
    const size = symbolsPerConnection(perSymbol, this.#deps.settings.maxSymbolsPerConnection);
    const packs = packSymbols(
      [...wanted],
      size,
      this.#carried.map(({ symbols: held }) => held),
    );
    this.#carry(packs);
    if (this.#cancelCheck === undefined) this.#check();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelCheck?.();
    for (const { link } of this.#carried) link.stop();
    this.#carried = [];
    const served = [...this.#served.values()];
    this.#served.clear();
    for (const { feed } of served) feed.stop();
    await Promise.all(served.map(({ queue }) => queue.stop()));
  }

  #channelsOf(symbol: TradingSymbol): readonly string[] {
    const { ticks, bestPrices, speed } = this.#deps.settings;
    return [
      klineChannel(symbol, intervalNames(this.#interval).channel),
      ...(ticks === 'deals' ? [dealsChannel(symbol, speed)] : []),
      ...(bestPrices ? [bookTickerChannel(symbol, speed)] : []),
    ];
  }

  #serve(symbol: TradingSymbol): Served {
    const { clock, random, log, metrics, rest, settings, market } = this.#deps;
    const queue = new UpdateQueue(
      {
        clock,
        random,
        log,
        onConflated: () => {
          metrics.conflatedTicks.add(1, {});
        },
        onBacklog: (change) => {
          this.#backlog += change;
          metrics.backlog.set(this.#backlog, {});
        },
      },
      this.#listener,
    );
    const feed = new SymbolFeed(symbol, this.#interval, {
      clock,
      random,
      log,
      metrics,
      settings: settings.symbol,
      market,
      klines: (range) => rest.klines(range),
      ticksFromKlines: settings.ticks === 'klines',
      bestPrices: settings.bestPrices,
      deliver: (update) => {
        queue.push(update);
      },
      onDeadChannel: () => {
        this.#carried.find(({ symbols }) => symbols.includes(symbol))?.link.replace('DEAD_CHANNEL');
      },
    });
    return { feed, queue };
  }

  #drop(symbol: TradingSymbol): void {
    const served = this.#served.get(symbol);
    this.#served.delete(symbol);
    served?.feed.stop();
    void served?.queue.stop();
  }

  #carry(packs: readonly (readonly TradingSymbol[])[]): void {
    const carried: Carried[] = [];
    for (const [at, symbols] of packs.entries()) {
      const before = this.#carried[at];
      if (symbols.length === 0) {
        before?.link.stop();
        continue;
      }
      if (before === undefined) {
        carried.push(this.#connect(symbols));
      } else {
        before.symbols = symbols;
        before.link.change(symbols.flatMap((symbol) => this.#channelsOf(symbol)));
        carried.push(before);
      }
    }
    this.#carried = carried;
  }

  #connect(symbols: readonly TradingSymbol[]): Carried {
    const { clock, random, log, metrics, link: linkDeps } = this.#deps;
    const channels = symbols.flatMap((symbol) => this.#channelsOf(symbol));
    const link: WsLink = new WsLink(
      channels,
      { ...linkDeps, clock, random, log, metrics },
      {
        pushed: (bytes, confirm) => {
          this.#onPush(carried, bytes, confirm);
        },
        up: () => {
          carried.aliveAt = clock.now();
          for (const symbol of carried.symbols) this.#served.get(symbol)?.feed.onUp();
        },
        down: () => {
          for (const symbol of carried.symbols) this.#served.get(symbol)?.feed.onDown();
        },
        refused: (refused) => {
          metrics.refusedSubscriptions.add(refused.length, {});
          log.error({ channels: refused.join(' ') }, 'MEXC refused to subscribe channels');
        },
      },
    );
    const carried: Carried = { link, symbols, aliveAt: clock.now() };
    link.start();
    return carried;
  }

  #onPush(carried: Carried, bytes: Uint8Array, confirm: (channel: string) => void): void {
    const { clock, codec, metrics } = this.#deps;
    try {
      const push = codec.decode(bytes);
      metrics.frames.add(1, { kind: push.kind });
      carried.aliveAt = clock.now();
      confirm(push.channel);
      this.#route(push);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      metrics.rejectedFrames.add(1, { reason: error.code });
    }
  }

  #route(push: DecodedPush): void {
    if (push.kind === 'unknown') return;
    const served = this.#served.get(push.symbol);
    if (served === undefined) this.#deps.metrics.rejectedFrames.add(1, { reason: 'SYMBOL_UNKNOWN' });
    else served.feed.onPush(push);
  }

  #check(): void {
    for (const { link, symbols, aliveAt } of this.#carried) {
      for (const symbol of symbols) this.#served.get(symbol)?.feed.check(link.isUp() ? aliveAt : undefined);
    }
    this.#cancelCheck = this.#deps.clock.after(CHECK_EVERY, () => {
      if (!this.#stopped) this.#check();
    });
  }
}
