import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import { greaterThan, isPositive } from '../../domain/money/decimal.ts';
import { type Duration, SECOND, type Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MarketUpdate } from '../../ports/venue.ts';
import { fullJitter } from '../backoff.ts';
import {
  type CloserEvent,
  type CloserState,
  type CloserStep,
  closesAt,
  newCloser,
  onClock,
  onFrame,
  onOutage,
  onRest,
  wanted,
} from './candle-closer.ts';
import { readKlinePush } from './candle-reader.ts';
import type { MarketTime } from './market-time.ts';
import type { MexcMetrics } from './mexc-metrics.ts';
import type { Lane } from './rate-limiter.ts';
import type { KlineRange } from './rest-client.ts';
import { SideChannels } from './side-channels.ts';
import { type Tick, TickTracker } from './tick-tracker.ts';
import type { PushFrame } from './wire/push-frame.ts';

export interface SymbolFeedSettings {
  /** A window that has ended is closed by the clock after so long without a later frame. */
  readonly grace: Duration;
  /** How long after its end a window is compared with REST. */
  readonly confirmAfter: Duration;
  /** No sign of life for so long is told as STALE. */
  readonly staleAfter: Duration;
  /**
   * Klines that are silent for so long while their connection is not are looked up over REST; trades and best prices that
   * are silent for so long while the klines show trading are dead.
   */
  readonly probeAfter: Duration;
}

export const SYMBOL_FEED_SETTINGS: SymbolFeedSettings = {
  grace: 2 * SECOND,
  confirmAfter: 5 * SECOND,
  staleAfter: 25 * SECOND,
  probeAfter: 60 * SECOND,
};

export interface SymbolFeedDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: MexcMetrics;
  readonly settings: SymbolFeedSettings;
  readonly market: MarketTime;
  readonly klines: (range: KlineRange) => Promise<readonly Candle[]>;
  /** Whether ticks are made of klines, for want of a trades channel. */
  readonly ticksFromKlines: boolean;
  /** Whether the best prices are subscribed. */
  readonly bestPrices: boolean;
  readonly deliver: (update: MarketUpdate) => void;
  /** A channel did not push what REST or another channel shows: its subscription is dead. */
  readonly onDeadChannel: () => void;
}

const FETCH_BACKOFF = { base: 2 * SECOND, cap: 60 * SECOND };
/** Between two looks at REST that must agree before a channel is called dead: a push may just be on its way. */
const SECOND_LOOK: Duration = 5 * SECOND;

/** What is known of one symbol's feed, and what follows from it. Timers and REST around the pure candle closer. */
export class SymbolFeed {
  readonly symbol: TradingSymbol;
  readonly #interval: Duration;
  readonly #deps: SymbolFeedDeps;
  readonly #ticks: TickTracker;
  readonly #sides: SideChannels;
  #closer: CloserState;
  /** Ticks of a window that follows the open one wait for its candle, so that time does not go back. */
  #held: Tick | undefined;
  #closeTimer: (() => void) | undefined;
  #fetchTimer: { readonly due: Timestamp; readonly cancel: () => void } | undefined;
  #fetching = false;
  #fetchFailures = 0;
  /** Local time of the last push of any channel, or of REST's agreement that there was nothing to push. */
  #aliveAt: Timestamp;
  /** As `#aliveAt`, of the klines alone: best prices that flow do not prove that candles come. */
  #klinesAliveAt: Timestamp;
  /** REST was ahead of the pushes once; the second time the channel is dead. */
  #suspected = false;
  #dead = false;
  /** A new connection gets some time to prove that the channel is alive again. */
  #nextLookAt: Timestamp = 0;
  /** Whether a kline was pushed yet. */
  #heard = false;
  /** What REST showed first while nothing was. */
  #firstLook: Candle | undefined;
  #outage = false;
  #gapTold = false;
  #stale = false;
  #stopped = false;

  constructor(symbol: TradingSymbol, interval: Duration, deps: SymbolFeedDeps) {
    this.symbol = symbol;
    this.#interval = interval;
    this.#deps = deps;
    this.#ticks = new TickTracker(symbol);
    this.#closer = newCloser(interval, deps.market.now());
    const now = deps.clock.now();
    this.#aliveAt = now;
    this.#klinesAliveAt = now;
    const sides = { deals: !deps.ticksFromKlines, book: deps.bestPrices };
    this.#sides = new SideChannels(sides, deps.settings.probeAfter, now);
    this.#armClose();
  }

  /** A push of one of the symbol's channels. @throws WireError when it is not plausible; nothing has changed then */
  onPush(frame: PushFrame): void {
    const now = this.#deps.clock.now();
    if (frame.kind === 'kline') {
      this.#onKline(readKlinePush(this.symbol, this.#interval, frame.body), frame.time);
      this.#klinesAlive(now);
    } else if (frame.kind === 'aggreDeals') {
      this.#onTick(this.#ticks.onDeals(frame.body.deals), 'deal');
      this.#sides.onDeals(now);
    } else if (frame.kind === 'aggreBookTicker') {
      this.#onTick(this.#ticks.onBook(frame.body, this.#timeOf(frame.time)), 'book');
      this.#sides.onBook(now);
    } else {
      return;
    }
    this.#aliveAt = now;
    if (!this.#dead) this.#tellRecovered('pushes are back');
  }

  /** Its connection broke. */
  onDown(): void {
    this.#outage = true;
    this.#closer = onOutage(this.#closer);
    this.#ticks.forgetBook();
  }

  /** Its connection is back: what was missed meanwhile is asked of REST as soon as the clock shows that it is. */
  onUp(): void {
    this.#sides.renew(this.#deps.clock.now());
    this.#step(onClock(this.#closer, this.#deps.market.now(), 0));
  }

  /**
   * Look at the signs of life. `connectionAliveAt`: the last push of any symbol on the same connection, undefined while
   * it is down.
   */
  check(connectionAliveAt: Timestamp | undefined): void {
    const { staleAfter, probeAfter } = this.#deps.settings;
    const now = this.#deps.clock.now();
    const own = now - this.#klinesAliveAt;
    const quiet = now - Math.max(this.#aliveAt, connectionAliveAt ?? 0);
    const isUp = connectionAliveAt !== undefined;
    // An arranged look at REST may be a back-off: it is not to be overtaken.
    const mayLook = isUp && this.#fetchTimer === undefined && now >= this.#nextLookAt;
    if (mayLook && (own >= probeAfter || quiet >= staleAfter / 2)) this.#fetchIn(0);
    if (quiet >= staleAfter) {
      this.#tellStale(isUp ? 'no push and no proof of life' : 'its connection is down');
    } else if (!this.#dead) this.#tellRecovered('there are signs of life');
    this.#checkSides(isUp, now);
  }

  stop(): void {
    this.#stopped = true;
    this.#closeTimer?.();
    this.#fetchTimer?.cancel();
  }

  #timeOf(stated: Timestamp): Timestamp {
    const { market } = this.#deps;
    return stated === 0 ? market.now() : market.at(stated);
  }

  #klinesAlive(now: Timestamp): void {
    this.#klinesAliveAt = now;
    this.#heard = true;
    this.#suspected = false;
    this.#dead = false;
  }

  #checkSides(isUp: boolean, now: Timestamp): void {
    if (!isUp) return;
    const { settings, onDeadChannel } = this.#deps;
    if (this.#sides.bookSilentFor(now) >= settings.staleAfter) this.#ticks.forgetBook();
    if (this.#sides.isOneDead(now)) onDeadChannel();
  }

  #onKline(candle: Candle, madeAt: Timestamp): void {
    this.#sides.onKline(this.#closer.open?.candle, candle);
    this.#step(onFrame(this.#closer, { candle, madeAt }, this.#deps.market.now()));
    this.#outage = false;
    if (this.#deps.ticksFromKlines && this.#closer.open?.candle === candle) {
      const at = Math.min(this.#timeOf(madeAt), candle.openTime + this.#interval - 1);
      this.#onTick(this.#ticks.onKline(candle.close, Math.max(at, candle.openTime)), 'kline');
    }
  }

  #onTick(tick: Tick | undefined, kind: string): void {
    if (tick === undefined) {
      this.#deps.metrics.droppedDuplicates.add(1, { kind });
      return;
    }
    if (tick.time < this.#closer.next + this.#interval) {
      this.#deps.deliver(tick);
      return;
    }
    if (this.#held !== undefined) this.#deps.metrics.conflatedTicks.add(1, {});
    this.#held = tick;
  }

  #releaseHeld(): void {
    const tick = this.#held;
    if (tick === undefined) return;
    if (tick.time >= this.#closer.next + this.#interval) return;
    this.#held = undefined;
    this.#deps.deliver(tick);
  }

  #step({ state, events }: CloserStep): void {
    this.#closer = state;
    for (const event of events) this.#onEvent(event);
    this.#releaseHeld();
    this.#armClose();
    if (wanted(state) !== undefined && events.length > 0) this.#fetchIn(this.#fetchDelay());
  }

  /** After an outage at once; else when REST has the candle for sure. */
  #fetchDelay(): Duration {
    const { confirmAfter, grace } = this.#deps.settings;
    return this.#outage ? 0 : Math.max(0, confirmAfter - grace);
  }

  #onEvent(event: CloserEvent): void {
    const { metrics, deliver, log } = this.#deps;
    switch (event.kind) {
      case 'candle':
        metrics.candles.add(1, { origin: event.origin });
        deliver({ kind: 'candle', candle: event.candle, origin: event.origin });
        break;
      case 'missing':
        if (this.#outage) this.#tellGap(`windows of ${event.from} to ${event.to} were missed`);
        break;
      case 'absent':
        log.debug({ symbol: this.symbol, openTime: event.openTime }, 'MEXC has no candle of this window');
        break;
      case 'dropped':
        if (event.reason === 'IMPLAUSIBLE_TIME') metrics.rejectedFrames.add(1, { reason: event.reason });
        else metrics.droppedDuplicates.add(1, { kind: 'kline' });
        break;
    }
  }

  /** The grace is for frames on their way, so it is of real time; here in the market's. */
  #grace(): Duration {
    return this.#deps.settings.grace * Math.max(1, this.#deps.market.speed());
  }

  #armClose(): void {
    this.#closeTimer?.();
    if (this.#stopped) return;
    const { clock, market } = this.#deps;
    const left = closesAt(this.#closer, this.#grace()) - market.now();
    // A market that is not ours to pace is looked at again and again.
    const wait = market.speed() === 1 ? left : Math.min(left / Math.max(1, market.speed()), SECOND);
    this.#closeTimer = clock.after(Math.max(1, wait), () => {
      this.#step(onClock(this.#closer, market.now(), this.#grace()));
    });
  }

  /** Ask REST in `delay`, or earlier when that was arranged already. */
  #fetchIn(delay: Duration): void {
    const due = this.#deps.clock.now() + delay;
    if (this.#stopped || this.#fetching || (this.#fetchTimer !== undefined && this.#fetchTimer.due <= due)) {
      return;
    }
    this.#fetchTimer?.cancel();
    const cancel = this.#deps.clock.after(delay, () => {
      this.#fetchTimer = undefined;
      void this.#fetch();
    });
    this.#fetchTimer = { due, cancel };
  }

  /** The latest window whose candle is final at REST. */
  #lastFinal(): Timestamp {
    const ended = this.#deps.market.now() - this.#grace();
    return Math.floor(ended / this.#interval) * this.#interval - this.#interval;
  }

  async #fetch(): Promise<void> {
    this.#fetching = true;
    const { klines, market } = this.#deps;
    const now = market.now();
    const lastFinal = this.#lastFinal();
    const range = wanted(this.#closer) ?? { from: lastFinal + this.#interval, to: lastFinal };
    const lane: Lane = this.#outage || this.#gapTold ? 'query' : 'background';
    const heardAt = this.#klinesAliveAt;
    try {
      const from = Math.min(range.from, lastFinal + this.#interval);
      const candles = await klines({ symbol: this.symbol, interval: this.#interval, from, to: now, lane });
      this.#fetching = false;
      if (this.#stopped) return;
      this.#fetchFailures = 0;
      this.#judge(candles, heardAt);
      this.#settle({ from: range.from, to: Math.min(range.to, lastFinal) }, candles);
    } catch (error) {
      this.#fetching = false;
      this.#onFetchFailed(error);
    }
  }

  #onFetchFailed(error: unknown): void {
    if (this.#stopped) return;
    const { log, random } = this.#deps;
    log.warn({ symbol: this.symbol, error: String(error) }, 'cannot read candles of MEXC');
    if (this.#closer.missing.length > 0) this.#tellGap('missed windows cannot be read');
    this.#fetchIn(fullJitter(FETCH_BACKOFF, this.#fetchFailures, random) + SECOND);
    this.#fetchFailures += 1;
  }

  #settle(range: { readonly from: Timestamp; readonly to: Timestamp }, candles: readonly Candle[]): void {
    const known = candles.filter(({ openTime }) => openTime <= range.to);
    this.#step(onRest(this.#closer, range, known));
    if (this.#gapTold && this.#closer.missing.length === 0) {
      this.#gapTold = false;
      // The past is whole again: no proof that pushes are.
      if (!this.#stale) this.#tell('RECOVERED', 'missed windows are filled');
    }
    if (wanted(this.#closer) !== undefined) this.#fetchIn(this.#deps.settings.grace);
  }

  /** Whether REST shows trading that no push told. */
  #isAhead(candles: readonly Candle[]): boolean {
    const { open, next } = this.#closer;
    if (!this.#heard && this.#firstLook === undefined) {
      // What was traded before the subscription began was never to be pushed.
      this.#firstLook = candles.at(-1);
      return false;
    }
    const known = this.#heard ? open?.candle : this.#firstLook;
    return candles.some((candle) => {
      if (candle.openTime === known?.openTime) return greaterThan(candle.volume, known.volume);
      return candle.openTime >= Math.max(next, known?.openTime ?? 0) && isPositive(candle.volume);
    });
  }

  #judge(candles: readonly Candle[], heardAt: Timestamp): void {
    const now = this.#deps.clock.now();
    // Pushed to meanwhile, or lately: nothing to judge.
    if (this.#klinesAliveAt !== heardAt || now - this.#klinesAliveAt < SECOND_LOOK) return;
    if (!this.#isAhead(candles)) {
      this.#klinesAliveAt = now;
      this.#aliveAt = now;
      this.#suspected = false;
      return;
    }
    if (!this.#suspected) {
      this.#suspected = true;
      this.#fetchIn(SECOND_LOOK);
      return;
    }
    this.#suspected = false;
    this.#dead = true;
    this.#nextLookAt = now + this.#deps.settings.probeAfter;
    this.#tellStale('the venue trades it but pushes nothing');
    this.#deps.onDeadChannel();
  }

  #tellGap(detail: string): void {
    if (this.#gapTold) return;
    this.#gapTold = true;
    this.#tell('GAP', detail);
  }

  #tellStale(detail: string): void {
    if (this.#stale) return;
    this.#stale = true;
    this.#tell('STALE', detail);
  }

  #tellRecovered(detail: string): void {
    if (!this.#stale) return;
    this.#stale = false;
    this.#tell('RECOVERED', detail);
  }

  #tell(status: 'GAP' | 'STALE' | 'RECOVERED', detail: string): void {
    this.#deps.metrics.feedEvents.add(1, { status });
    this.#deps.deliver({ kind: 'feed', symbol: this.symbol, status, detail, time: this.#deps.market.now() });
  }
}
