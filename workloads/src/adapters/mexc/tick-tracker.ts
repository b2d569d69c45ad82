import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Price, Quantity } from '../../domain/money/amounts.ts';
import { isNegative, isPositive } from '../../domain/money/decimal.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { MarketUpdate } from '../../ports/venue.ts';
import { readPrice, readQuantity } from './venue-decimal.ts';
import type { BookTickerBody, DealItem } from './wire/push-frame.ts';
import { WireError } from './wire/wire-error.ts';

export type Tick = Extract<MarketUpdate, { readonly kind: 'tick' }>;

function positivePrice(text: string): Price {
  const value = readPrice(text);
  if (isPositive(value)) return value;
  throw new WireError('PRICE_INVALID', `a price above 0 is expected: was ${text}`);
}

function soundQuantity(text: string): Quantity {
  const value = readQuantity(text);
  if (!isNegative(value)) return value;
  throw new WireError('FIELD_INVALID', `a quantity of at least 0 is expected: was ${text}`);
}

/** Servers before June 2026 send no trade id; what is left tells most trades apart. */
const identity = (deal: DealItem): string =>
  deal.tradeId === '' ? `${deal.price} ${deal.quantity} ${deal.tradeType}` : deal.tradeId;

/**
 * Makes the ticks of one symbol out of trades, open klines and best prices. Repeated trades and whatever is older than
 * what was seen are dropped, so that ticks never go back in time.
 */
export class TickTracker {
  readonly #symbol: TradingSymbol;
  #price: Price | undefined;
  #bid: Price | undefined;
  #ask: Price | undefined;
  #time: Timestamp = 0;
  #bookTime: Timestamp = 0;
  #dealTime: Timestamp = 0;
  /** Trades of `#dealTime`: later ones cannot repeat earlier times. */
  #dealsOfTime = new Set<string>();

  constructor(symbol: TradingSymbol) {
    this.#symbol = symbol;
  }

  /** The last trade of a frame that is new, undefined when all were seen. @throws WireError */
  onDeals(deals: readonly DealItem[]): Tick | undefined {
    let latest: { readonly price: Price; readonly quantity: Quantity } | undefined;
    const inOrder = deals.every((deal, at) => at === 0 || deal.time >= (deals[at - 1]?.time ?? 0));
    for (const deal of inOrder ? deals : [...deals].sort((a, b) => a.time - b.time)) {
      const price = positivePrice(deal.price);
      const quantity = soundQuantity(deal.quantity);
      if (this.#isNew(deal)) latest = { price, quantity };
    }
    if (latest === undefined) return undefined;
    this.#price = latest.price;
    return this.#tick(this.#dealTime, latest.quantity);
  }

  /** The close of an open window is the last price. */
  onKline(close: Price, at: Timestamp): Tick | undefined {
    if (at < this.#time) return undefined;
    this.#price = close;
    return this.#tick(at);
  }

  /** Best prices; a tick only once a price is known. @throws WireError */
  onBook(book: BookTickerBody, at: Timestamp): Tick | undefined {
    if (at < this.#bookTime) return undefined;
    this.#bookTime = at;
    // One side of an illiquid book can be empty.
    this.#bid = book.bidPrice === '' ? undefined : positivePrice(book.bidPrice);
    this.#ask = book.askPrice === '' ? undefined : positivePrice(book.askPrice);
    return this.#price === undefined ? undefined : this.#tick(Math.max(at, this.#time));
  }

  /** The feed broke, or they move no more: old best prices must not be told as current ones. */
  forgetBook(): void {
    this.#bid = undefined;
    this.#ask = undefined;
  }

  #isNew(deal: DealItem): boolean {
    if (deal.time < this.#dealTime) return false;
    if (deal.time > this.#dealTime) {
      this.#dealTime = deal.time;
      this.#dealsOfTime = new Set();
    }
    const name = identity(deal);
    if (this.#dealsOfTime.has(name)) return false;
    this.#dealsOfTime.add(name);
    return true;
  }

  #tick(time: Timestamp, quantity?: Quantity): Tick | undefined {
    if (this.#price === undefined) return undefined;
    this.#time = Math.max(this.#time, time);
    return {
      kind: 'tick',
      symbol: this.#symbol,
      price: this.#price,
      ...(quantity === undefined ? {} : { quantity }),
      ...(this.#bid === undefined ? {} : { bid: this.#bid }),
      ...(this.#ask === undefined ? {} : { ask: this.#ask }),
      time: this.#time,
    };
  }
}
