import type { PaperMatcher } from '../../adapters/paper/paper-matcher.ts';
import type { Position } from '../../domain/account/account.ts';
import { applyFill, settleDust } from '../../domain/account/book.ts';
import { BrokenInvariantError } from '../../domain/invariant.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import type { TradingSymbol } from '../../domain/market/candle.ts';
import { isZero } from '../../domain/money/decimal.ts';
import type { Fill, Order, OrderIntent } from '../../domain/orders/order.ts';
import { isTerminal, openOrder, type OrderEvent, transition } from '../../domain/orders/order-machine.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { ExecutionReport } from '../../ports/venue.ts';
import { evidenceOf } from '../../services/execution/venue-evidence.ts';
import type { Books } from './books.ts';

/** What became of orders, told to whoever judges. */
export interface OrderListener {
  filled(fill: Fill, order: Order): void;
  ended(order: Order, at: Timestamp): void;
  cancelling(at: Timestamp): void;
  closed(
    position: Position,
    order: { readonly orderId: string; readonly exitReason?: string },
    at: Timestamp,
  ): void;
}

/**
 * Carries orders out: sends them to the paper book, and books what it reports. Each step is the order machine's, each
 * fill the account book's.
 */
export class OrderDesk {
  readonly fills: Fill[] = [];
  /** Orders ever sent. */
  sent = 0;
  readonly #open = new Map<string, Order>();
  readonly #books: Books;
  readonly #instruments: ReadonlyMap<TradingSymbol, Instrument>;
  readonly #listener: OrderListener;
  #matcher: PaperMatcher | undefined;

  constructor(books: Books, instruments: ReadonlyMap<TradingSymbol, Instrument>, listener: OrderListener) {
    this.#books = books;
    this.#instruments = instruments;
    this.#listener = listener;
  }

  /** The book that orders go to; it reports to `report`. */
  connect(matcher: PaperMatcher): void {
    this.#matcher = matcher;
  }

  get openOrders(): ReadonlyMap<string, Order> {
    return this.#open;
  }

  /** The working order of a symbol, of this side. */
  working(symbol: TradingSymbol, side: Order['side']): Order | undefined {
    for (const order of this.#open.values()) if (order.symbol === symbol && order.side === side) return order;
    return undefined;
  }

  /** Approves and sends. */
  send(intent: OrderIntent, at: Timestamp): void {
    this.sent += 1;
    let order = step(openOrder(intent, at), { kind: 'approve', at });
    order = step(order, { kind: 'submit', at });
    this.#open.set(order.orderId, order);
    const outcome = this.#matcher?.submit(order, at);
    if (outcome?.kind === 'accepted') {
      this.#advance(order, { kind: 'accepted', at, venueOrderId: outcome.venueOrderId });
    } else if (outcome?.kind === 'rejected') {
      this.#advance(order, { kind: 'rejected', at, reason: outcome.code });
    }
  }

  cancel(order: Order, at: Timestamp): void {
    this.#advance(order, { kind: 'cancel-requested', at });
    this.#listener.cancelling(at);
    this.#matcher?.cancel(order.orderId, at);
  }

  /** What the paper book reports. */
  readonly report = (report: ExecutionReport): void => {
    if (report.kind === 'fill') {
      this.#book(report.fill);
      return;
    }
    const order = this.#open.get(report.order.orderId);
    const event = order === undefined ? undefined : evidenceOf(report.order, order);
    if (order !== undefined && event !== undefined) this.#advance(order, event);
  };

  #book(fill: Fill): void {
    const order = this.#open.get(fill.orderId);
    if (order === undefined) {
      throw new BrokenInvariantError('ORDER_UNKNOWN', `trade ${fill.tradeId} is of no open order`);
    }
    const after = step(order, { kind: 'fill', at: fill.time, fill });
    const done = isTerminal(after.state);
    const instrument = this.#instrument(fill.symbol);
    const applied = applyFill(this.#books.account, fill, { instrument, orderDone: done });
    this.#books.account = applied.account;
    this.fills.push(fill);
    if (fill.side === 'SELL') this.#books.lastSale.set(fill.symbol, fill.orderId);
    this.#keep(after);
    this.#listener.filled(fill, after);
    if (applied.ended !== undefined) this.#listener.closed(applied.ended, after, fill.time);
  }

  #advance(order: Order, event: OrderEvent): void {
    const after = step(order, event);
    this.#keep(after);
    if (!isTerminal(after.state)) return;
    const closed = isZero(after.filledQuantity) ? undefined : this.#settle(after);
    this.#listener.ended(after, event.at);
    if (closed !== undefined) this.#listener.closed(closed, after, event.at);
  }

  /** A crumb that a cancelled order left is dust. */
  #settle(order: Order): Position | undefined {
    const last = this.fills.findLast((fill) => fill.orderId === order.orderId);
    if (last === undefined) return undefined;
    const settled = settleDust(this.#books.account, this.#instrument(order.symbol), last.price);
    this.#books.account = settled.account;
    return settled.ended;
  }

  #keep(order: Order): void {
    if (isTerminal(order.state)) this.#open.delete(order.orderId);
    else this.#open.set(order.orderId, order);
  }

  #instrument(symbol: TradingSymbol): Instrument {
    const instrument = this.#instruments.get(symbol);
    if (instrument !== undefined) return instrument;
    throw new BrokenInvariantError(
      'INSTRUMENT_UNKNOWN',
      `no instrument is known for ${symbol}, which was traded`,
    );
  }
}

function step(order: Order, event: OrderEvent): Order {
  const result = transition(order, event);
  if (result.ok) return result.order;
  throw new BrokenInvariantError(result.refusal.code, result.refusal.message);
}
