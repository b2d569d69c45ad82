import type { Account } from '../../domain/account/account.ts';
import type { ModelledFill, NoFillReason } from '../../domain/fills/fill-model.ts';
import type { FillSettings } from '../../domain/fills/fill-settings.ts';
import { sha256 } from '../../domain/journal/chain.ts';
import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import {
  asQuantity,
  type Money,
  NO_QUANTITY,
  type Price,
  type Quantity,
} from '../../domain/money/amounts.ts';
import { add, equals, isPositive, subtract } from '../../domain/money/decimal.ts';
import type { Fill, Order, OrderIntent, OrderState } from '../../domain/orders/order.ts';
import type { Duration, Timestamp } from '../../domain/time.ts';
import type {
  Balance,
  ExecutionReport,
  SubmitOutcome,
  VenueOrder,
  VenueOrderStatus,
} from '../../ports/venue.ts';
import { type OpenOrder, PaperWallet } from './paper-wallet.ts';
import { CandleStatistics, type FillStatistics, SymbolMarket } from './symbol-market.ts';
import { refuseOrder, type Rejection } from './venue-rules.ts';

/** Why the paper exchange cancelled an order or its rest. */
export type PaperCancelReason =
  NoFillReason | 'EXPIRED_STALE' | 'IOC_REST' | 'CANCEL_REQUESTED' | 'INSUFFICIENT_BALANCE';

export interface PaperMatcherOptions {
  readonly quote: string;
  /** Quote units the account begins with, until `restore` says otherwise. */
  readonly capital: Money;
  readonly instruments: ReadonlyMap<TradingSymbol, Instrument>;
  readonly fills: FillSettings;
  /** Of the candles that `onClosed` is told of. */
  readonly interval: Duration;
  /** A tick fills an order only when it is at least this much later than the order. */
  readonly latency: Duration;
  /** What is known of the market of a symbol; absent: gathered from the candles that `onClosed` is told of. */
  readonly statistics?: (instrument: Instrument) => FillStatistics;
}

/** What the ledger knows of the account: how the exchange comes back after a restart. */
export interface PaperBook {
  /** Orders in states that are not at the venue (new, submitting, unknown, terminal) are left out. */
  readonly orders: readonly Order[];
  /** Fills of those orders. */
  readonly fills: readonly Fill[];
  /** Absent: an empty account with its capital. */
  readonly account?: Pick<Account, 'cash' | 'positions' | 'dust'> | undefined;
}

interface BookOrder {
  readonly intent: OrderIntent;
  readonly venueOrderId: string;
  readonly acceptedTime: Timestamp;
  readonly fills: Fill[];
  status: VenueOrderStatus;
  filledQuantity: Quantity;
  reason?: string;
  time: Timestamp;
  /** Whether a price was there since it was accepted. */
  hasMet: boolean;
}

interface SymbolBook {
  readonly market: SymbolMarket;
  readonly working: BookOrder[];
}

type ModelledTrade = ModelledFill & { readonly kind: 'fill' } & { readonly time: Timestamp };

/** A price the market trades at. */
interface MarketPrice {
  readonly price: Price;
  readonly time: Timestamp;
}

const AT_VENUE: ReadonlySet<OrderState> = new Set(['WORKING', 'PARTIALLY_FILLED', 'CANCEL_PENDING']);
const WORKING: ReadonlySet<VenueOrderStatus> = new Set(['WORKING', 'PARTIALLY_FILLED']);
const TRADE_ID_LENGTH = 24;
/** Terminal orders that can still be looked up. */
const REMEMBERED_ORDERS = 1_000;

const sameContent = (a: OrderIntent, b: OrderIntent): boolean =>
  a.symbol === b.symbol &&
  a.side === b.side &&
  a.type === b.type &&
  equals(a.quantity, b.quantity) &&
  (a.limitPrice === undefined || b.limitPrice === undefined
    ? a.limitPrice === b.limitPrice
    : equals(a.limitPrice, b.limitPrice));

const isStale = ({ purpose, validUntil }: OrderIntent, time: Timestamp): boolean =>
  purpose === 'ENTRY' && validUntil !== undefined && time >= validUntil;

const restOf = (order: BookOrder): Quantity =>
  asQuantity(subtract(order.intent.quantity, order.filledQuantity));

/**
 * The book of an exchange on paper: keeps orders as a venue would and fills them by the fill model (trading-rules: paper
 * fills). Everything is deterministic; trade ids are hash(order id, n). It lives in memory only: the ledger's working
 * orders bring it back (`restore`), so nothing here has to be saved. Reports go out while the order is handled.
 *
 * An entry past its `validUntil` is cancelled (`EXPIRED_STALE`), at the next price of its symbol or by `expire`, whichever
 * comes first. What a price leaves of a LIMIT_IOC or MARKET order is cancelled, of a LIMIT order stays.
 */
export class PaperMatcher {
  readonly #options: PaperMatcherOptions;
  readonly #wallet: PaperWallet;
  readonly #report: (report: ExecutionReport) => void;
  readonly #symbols = new Map<TradingSymbol, SymbolBook>();
  /** By order id, oldest first. */
  readonly #orders = new Map<string, BookOrder>();

  constructor(options: PaperMatcherOptions, report: (report: ExecutionReport) => void) {
    this.#options = options;
    this.#report = report;
    const { instruments, fills, interval } = options;
    const statistics = options.statistics ?? (() => new CandleStatistics(interval));
    this.#wallet = new PaperWallet({ ...options, takerFeeRatio: fills.takerFeeRatio });
    for (const [symbol, instrument] of instruments) {
      const market = new SymbolMarket(instrument, fills, statistics(instrument));
      this.#symbols.set(symbol, { market, working: [] });
    }
  }

  /** Replaces the book by what the ledger knows. Called before anything trades. */
  restore(book: PaperBook): void {
    this.#orders.clear();
    for (const symbol of this.#symbols.values()) symbol.working.length = 0;
    for (const order of book.orders) {
      if (AT_VENUE.has(order.state)) this.#restoreOrder(order, book.fills);
    }
    if (book.account !== undefined) this.#wallet.restore(book.account);
  }

  // -- the market

  /** Whether a price of this symbol could do anything. */
  hasWorking(symbol: TradingSymbol): boolean {
    return (this.#symbols.get(symbol)?.working.length ?? 0) > 0;
  }

  /**
   * Entries past their `validUntil` end, whether their symbol still has prices or not: what they hold back is needed.
   * Returns whether there was one.
   */
  expire(time: Timestamp): boolean {
    const stale: BookOrder[] = [];
    for (const { working } of this.#symbols.values()) {
      for (const order of working) if (isStale(order.intent, time)) stale.push(order);
    }
    for (const order of stale) this.#end(order, 'EXPIRED_STALE', time);
    return stale.length > 0;
  }

  /** A new candle opens: every working order of the symbol meets this price. */
  meetOpen(symbol: TradingSymbol, price: Price, time: Timestamp): void {
    const book = this.#symbols.get(symbol);
    if (book === undefined) return;
    book.market.renewDepth();
    for (const order of [...book.working]) this.#meet(book, order, { price, time });
  }

  /** A trade of the market: working orders older than the latency meet this price. */
  meetTick(symbol: TradingSymbol, price: Price, time: Timestamp): void {
    const book = this.#symbols.get(symbol);
    if (book === undefined) return;
    for (const order of [...book.working]) {
      if (time >= order.acceptedTime + this.#options.latency) this.#meet(book, order, { price, time });
    }
  }

  /** A closed candle of any origin: statistics only. Candles of another interval than the bot's are not taken. */
  onClosed(candle: Candle): void {
    if (candle.interval !== this.#options.interval) return;
    this.#symbols.get(candle.symbol)?.market.observe(candle);
  }

  // -- orders

  submit(intent: OrderIntent, time: Timestamp): SubmitOutcome {
    const known = this.#orders.get(intent.orderId);
    if (known !== undefined && sameContent(known.intent, intent)) {
      return { kind: 'accepted', venueOrderId: known.venueOrderId };
    }
    const rejection = this.#refuse(intent);
    if (rejection !== undefined) return { kind: 'rejected', ...rejection };
    const order = this.#add(intent, time);
    return { kind: 'accepted', venueOrderId: order.venueOrderId };
  }

  /** False when the order does not work. */
  cancel(orderId: string, time: Timestamp): boolean {
    const order = this.#orders.get(orderId);
    if (order === undefined || !WORKING.has(order.status)) return false;
    this.#end(order, 'CANCEL_REQUESTED', time);
    return true;
  }

  order(orderId: string): VenueOrder | undefined {
    const order = this.#orders.get(orderId);
    return order === undefined ? undefined : this.#view(order);
  }

  openOrders(symbols: readonly TradingSymbol[]): readonly VenueOrder[] {
    const isWanted = (symbol: TradingSymbol): boolean => symbols.length === 0 || symbols.includes(symbol);
    return [...this.#orders.values()]
      .filter((order) => WORKING.has(order.status) && isWanted(order.intent.symbol))
      .map((order) => this.#view(order));
  }

  recentOrders(symbol: TradingSymbol, since: Timestamp): readonly VenueOrder[] {
    return [...this.#orders.values()]
      .filter(({ intent, acceptedTime }) => intent.symbol === symbol && acceptedTime >= since)
      .map((order) => this.#view(order));
  }

  fills(orderId: string): readonly Fill[] {
    return [...(this.#orders.get(orderId)?.fills ?? [])];
  }

  balances(): readonly Balance[] {
    return this.#wallet.balances(this.#open());
  }

  // -- the book

  #refuse(intent: OrderIntent): Rejection | undefined {
    if (this.#orders.has(intent.orderId)) {
      return { code: 'DUPLICATE_ORDER_ID', message: `order id ${intent.orderId} is taken by another order` };
    }
    const rejection = refuseOrder(intent, this.#symbols.get(intent.symbol)?.market.instrument);
    if (rejection !== undefined || this.#wallet.covers({ intent, rest: intent.quantity }, this.#open())) {
      return rejection;
    }
    return {
      code: 'INSUFFICIENT_BALANCE',
      message: `the free balance does not cover order ${intent.orderId}`,
    };
  }

  #add(intent: OrderIntent, time: Timestamp): BookOrder {
    const order: BookOrder = {
      intent,
      venueOrderId: `paper-${intent.orderId}`,
      acceptedTime: time,
      fills: [],
      status: 'WORKING',
      filledQuantity: NO_QUANTITY,
      time,
      hasMet: false,
    };
    this.#orders.set(intent.orderId, order);
    this.#symbols.get(intent.symbol)?.working.push(order);
    return order;
  }

  #restoreOrder(order: Order, fills: readonly Fill[]): void {
    if (!this.#symbols.has(order.symbol)) {
      throw new Error(`the working order ${order.orderId} is of ${order.symbol}, which has no instrument`);
    }
    const restored = this.#add(order, order.updatedTime);
    restored.fills.push(...fills.filter((fill) => fill.orderId === order.orderId));
    restored.filledQuantity = order.filledQuantity;
    if (!isPositive(order.filledQuantity)) return;
    restored.status = 'PARTIALLY_FILLED';
    restored.hasMet = true;
  }

  #meet(book: SymbolBook, order: BookOrder, at: MarketPrice): void {
    const { intent } = order;
    if (isStale(intent, at.time)) {
      this.#end(order, 'EXPIRED_STALE', at.time);
      return;
    }
    // A candle that closed since also had its open: that is all a restart has to tell it by.
    const resting = order.hasMet || book.market.closedTime > order.acceptedTime;
    order.hasMet = true;
    const answer = book.market.ask({ order: intent, quantity: restOf(order), price: at.price, resting });
    if (answer.kind === 'fill') this.#fill(book.market, order, { ...answer, time: at.time });
    else if (intent.type !== 'LIMIT') this.#end(order, answer.reason, at.time);
  }

  #fill(market: SymbolMarket, order: BookOrder, at: ModelledTrade): void {
    const { orderId, symbol, side } = order.intent;
    const { price, quantity, fee, liquidity, time } = at;
    const tradeId = sha256(`${orderId}\n${order.fills.length + 1}`).slice(0, TRADE_ID_LENGTH);
    const fill: Fill = { tradeId, orderId, symbol, side, price, quantity, fee, liquidity, time };
    if (!this.#wallet.affords(fill)) {
      this.#end(order, 'INSUFFICIENT_BALANCE', time);
      return;
    }
    this.#wallet.apply(fill);
    market.take(quantity);
    order.fills.push(fill);
    order.filledQuantity = asQuantity(add(order.filledQuantity, quantity));
    order.time = time;
    this.#report({ kind: 'fill', fill });
    if (!isPositive(restOf(order))) {
      this.#leave(order, 'FILLED');
    } else if (order.intent.type === 'LIMIT') {
      order.status = 'PARTIALLY_FILLED';
      this.#report({ kind: 'order', order: this.#view(order) });
    } else {
      this.#end(order, 'IOC_REST', time);
    }
  }

  /** Cancels what is left of a working order. */
  #end(order: BookOrder, reason: PaperCancelReason, time: Timestamp): void {
    order.reason = reason;
    order.time = time;
    this.#leave(order, isPositive(order.filledQuantity) ? 'PARTIALLY_CANCELED' : 'CANCELED');
  }

  #leave(order: BookOrder, status: VenueOrderStatus): void {
    order.status = status;
    const working = this.#symbols.get(order.intent.symbol)?.working ?? [];
    const at = working.indexOf(order);
    if (at >= 0) working.splice(at, 1);
    this.#report({ kind: 'order', order: this.#view(order) });
    this.#forget();
  }

  /** Keeps the book bounded over years of replay. */
  #forget(): void {
    if (this.#orders.size <= REMEMBERED_ORDERS) return;
    for (const [orderId, order] of this.#orders) {
      if (WORKING.has(order.status)) continue;
      this.#orders.delete(orderId);
      return;
    }
  }

  #open(): readonly OpenOrder[] {
    const open: OpenOrder[] = [];
    for (const { working } of this.#symbols.values()) {
      for (const order of working) open.push({ intent: order.intent, rest: restOf(order) });
    }
    return open;
  }

  #view(order: BookOrder): VenueOrder {
    const { intent, venueOrderId, status, filledQuantity, reason, time } = order;
    const { orderId, symbol } = intent;
    return {
      orderId,
      venueOrderId,
      symbol,
      status,
      filledQuantity,
      ...(reason === undefined ? {} : { reason }),
      time,
    };
  }
}
