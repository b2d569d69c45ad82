import type { TradingSymbol } from '../../domain/market/candle.ts';
import { isPositive } from '../../domain/money/decimal.ts';
import { type Duration, MINUTE, SECOND, type Timestamp } from '../../domain/time.ts';
import type { VenueTicker } from '../../ports/venue.ts';
import { ChannelWatch } from './channel-watch.ts';
import type { MarketFeedDeps } from './market-feed.ts';
import { normalizeSymbol } from './symbols.ts';
import { readMoney, readPrice } from './venue-decimal.ts';
import { miniTickersChannel } from './wire/channels.ts';
import type { MiniTickerBody } from './wire/push-frame.ts';
import { WireError } from './wire/wire-error.ts';
import { WsLink } from './ws-link.ts';

/** All symbols come in one frame, which other clients had to allow 4 MB. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;
/** 24 hours back, not since some midnight. */
const TIME_ZONE = '24H';
/** Some of two thousand symbols move every 3 s: twenty frames in a row that do not come are no calm. */
const PATIENCE: Duration = MINUTE;
const CHECK_EVERY: Duration = SECOND;

/** @throws WireError */
function readTicker(body: MiniTickerBody, time: Timestamp): VenueTicker {
  const price = readPrice(body.price);
  if (!isPositive(price)) throw new WireError('PRICE_INVALID', 'a ticker has a price that is not above 0');
  return {
    symbol: normalizeSymbol(body.symbol),
    price,
    // The quote turnover is what this push calls volume.
    quoteVolume: readMoney(body.volume),
    time,
  };
}

/**
 * The symbols whose price moved, of the whole venue, about every 3 s over one subscription. While the listener is busy
 * they are conflated to the latest of each symbol.
 */
export class TickerFeed {
  readonly #deps: MarketFeedDeps;
  readonly #listener: (tickers: readonly VenueTicker[]) => Promise<void>;
  readonly #link: WsLink;
  readonly #watch: ChannelWatch;
  #waiting = new Map<TradingSymbol, VenueTicker>();
  #running: Promise<void> | undefined;
  #cancelCheck: (() => void) | undefined;
  #stopped = false;

  constructor(deps: MarketFeedDeps, listener: (tickers: readonly VenueTicker[]) => Promise<void>) {
    const { clock, random, log, metrics, link } = deps;
    this.#deps = deps;
    this.#listener = listener;
    this.#watch = new ChannelWatch(PATIENCE, 1, clock.now());
    const connection = { ...link.settings.connection, maxFrameBytes: MAX_FRAME_BYTES };
    this.#link = new WsLink(
      [miniTickersChannel(TIME_ZONE)],
      { ...link, clock, random, log, metrics, settings: { ...link.settings, connection } },
      {
        pushed: (bytes, confirm) => {
          this.#onPush(bytes, confirm);
        },
        up: () => {
          this.#watch.renew(clock.now());
        },
        down: () => undefined,
        refused: (channels) => {
          metrics.refusedSubscriptions.add(channels.length, {});
          log.error({ channels: channels.join(' ') }, 'MEXC refused to subscribe channels');
        },
      },
    );
    this.#link.start();
    this.#checkLater();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelCheck?.();
    this.#link.stop();
    this.#waiting.clear();
    await this.#running;
  }

  #checkLater(): void {
    const { clock } = this.#deps;
    this.#cancelCheck = clock.after(CHECK_EVERY, () => {
      if (this.#stopped) return;
      if (this.#link.isUp()) this.#check(clock.now());
      this.#checkLater();
    });
  }

  #check(now: Timestamp): void {
    this.#watch.expect();
    if (this.#watch.isDead(now)) this.#link.replace('DEAD_CHANNEL');
  }

  #reject(error: unknown): void {
    if (!(error instanceof WireError)) throw error;
    this.#deps.metrics.rejectedFrames.add(1, { reason: error.code });
  }

  #onPush(bytes: Uint8Array, confirm: (channel: string) => void): void {
    try {
      const push = this.#deps.codec.decode(bytes);
      this.#deps.metrics.frames.add(1, { kind: push.kind });
      confirm(push.channel);
      if (push.kind !== 'miniTickers') return;
      this.#watch.heard(this.#deps.clock.now());
      this.#take(push.body.items, push.time);
    } catch (error) {
      this.#reject(error);
    }
  }

  /** One ticker that cannot be read must not hide the others. */
  #take(items: readonly MiniTickerBody[], stated: Timestamp): void {
    const { market } = this.#deps;
    const time = stated === 0 ? market.now() : market.at(stated);
    for (const item of items) {
      try {
        const ticker = readTicker(item, time);
        const waiting = this.#waiting.get(ticker.symbol);
        if (waiting === undefined || waiting.time <= time) this.#waiting.set(ticker.symbol, ticker);
      } catch (error) {
        this.#reject(error);
      }
    }
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      const tickers = [...this.#waiting.values()];
      this.#waiting = new Map();
      try {
        await this.#listener(tickers);
      } catch (error) {
        this.#deps.log.error({ error: String(error) }, 'tickers of MEXC were rejected; the next ones follow');
      }
    }
    this.#running = undefined;
  }
}
