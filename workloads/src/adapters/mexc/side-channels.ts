import type { Candle } from '../../domain/market/candle.ts';
import { greaterThan, isPositive } from '../../domain/money/decimal.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import { ChannelWatch } from './channel-watch.ts';

/** Klines may overtake what tells of their trade; of this many it is no accident. */
const TRADES_MISSED = 3;

/** Whether a kline shows a trade that the one before it did not. */
function showsTrade(before: Candle | undefined, candle: Candle): boolean {
  if (before === undefined || candle.openTime < before.openTime) return false;
  return candle.openTime > before.openTime
    ? isPositive(candle.volume)
    : greaterThan(candle.volume, before.volume);
}

/**
 * The channels of a symbol beside its klines, trades and best prices, as far as they are carried. Each has to speak
 * when the klines show trading: a trade is told, and changes what stands at the best price.
 */
export class SideChannels {
  readonly #deals: ChannelWatch | undefined;
  readonly #book: ChannelWatch | undefined;

  /** @param patience how long one may keep silent about trading before it is dead */
  constructor(
    carried: { readonly deals: boolean; readonly book: boolean },
    patience: Duration,
    now: Timestamp,
  ) {
    const watch = (): ChannelWatch => new ChannelWatch(patience, TRADES_MISSED, now);
    this.#deals = carried.deals ? watch() : undefined;
    this.#book = carried.book ? watch() : undefined;
  }

  /** A kline came; `before` is the one of the open window before it. */
  onKline(before: Candle | undefined, candle: Candle): void {
    if (!showsTrade(before, candle)) return;
    this.#deals?.expect();
    this.#book?.expect();
  }

  onDeals(now: Timestamp): void {
    this.#deals?.heard(now);
  }

  onBook(now: Timestamp): void {
    this.#book?.heard(now);
  }

  /** They are carried anew after an outage. */
  renew(now: Timestamp): void {
    this.#deals?.renew(now);
    this.#book?.renew(now);
  }

  /** How long the best prices have not moved in spite of trading; 0 while nothing speaks against them. */
  bookSilentFor(now: Timestamp): Duration {
    return this.#book?.silentFor(now) ?? 0;
  }

  /** Whether one of them is to be carried anew; says so once. */
  isOneDead(now: Timestamp): boolean {
    const dead = [this.#deals, this.#book].filter((channel) => channel?.isDead(now) === true);
    return dead.length > 0;
  }
}
