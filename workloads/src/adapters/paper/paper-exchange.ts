import type { Candle, TradingSymbol } from '../../domain/market/candle.ts';
import type { Price } from '../../domain/money/amounts.ts';
import type { Fill, OrderIntent } from '../../domain/orders/order.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  Balance,
  CancelOutcome,
  ExecutionReport,
  OrderGateway,
  SubmitOutcome,
  VenueOrder,
} from '../../ports/venue.ts';
import { type PaperBook, PaperMatcher, type PaperMatcherOptions } from './paper-matcher.ts';
import { ReportQueue } from './report-queue.ts';

export type { PaperBook, PaperCancelReason } from './paper-matcher.ts';

export interface PaperExchangeOptions extends PaperMatcherOptions {
  readonly clock: Clock;
}

/** The paper matcher as an order gateway: reports are delivered one at a time, to a listener that may take its time. */
export class PaperExchange implements OrderGateway {
  readonly #clock: Clock;
  readonly #reports = new ReportQueue();
  readonly #matcher: PaperMatcher;

  constructor(options: PaperExchangeOptions) {
    this.#clock = options.clock;
    this.#matcher = new PaperMatcher(options, (report) => {
      this.#reports.add(report);
    });
  }

  /** Replaces the book by what the ledger knows. Called before anything trades. */
  restore(book: PaperBook): void {
    this.#matcher.restore(book);
  }

  // -- the market

  /** Whether a price of this symbol could do anything. */
  hasWorking(symbol: TradingSymbol): boolean {
    return this.#matcher.hasWorking(symbol);
  }

  /**
   * Entries past their `validUntil` end, whether their symbol still has prices or not: what they hold back is needed.
   * Returns whether there was one; its report goes out by itself.
   */
  expire(time: Timestamp): boolean {
    return this.#matcher.expire(time);
  }

  /** A new candle opens: every working order of the symbol meets this price. Resolves when all reports were taken. */
  async onOpen(symbol: TradingSymbol, price: Price, time: Timestamp): Promise<void> {
    this.#matcher.meetOpen(symbol, price, time);
    await this.#reports.settled();
  }

  /** A trade of the market: working orders older than the latency meet this price. Resolves when all reports were taken. */
  async onTick(symbol: TradingSymbol, price: Price, time: Timestamp): Promise<void> {
    this.#matcher.meetTick(symbol, price, time);
    await this.#reports.settled();
  }

  /** A closed candle of any origin: statistics only. Candles of another interval than the bot's are not taken. */
  onClosed(candle: Candle): void {
    this.#matcher.onClosed(candle);
  }

  /** Whether a report is on its way to the listener. */
  get isReporting(): boolean {
    return this.#reports.isBusy;
  }

  /** How many reports the listener took so far. */
  get reportsTaken(): number {
    return this.#reports.taken;
  }

  /** Resolves when all reports were taken. Not for use inside the listener. */
  settled(): Promise<void> {
    return this.#reports.settled();
  }

  // -- OrderGateway

  submit(intent: OrderIntent): Promise<SubmitOutcome> {
    return Promise.resolve(this.#matcher.submit(intent, this.#clock.now()));
  }

  cancel({ orderId }: { readonly orderId: string }): Promise<CancelOutcome> {
    const accepted = this.#matcher.cancel(orderId, this.#clock.now());
    return Promise.resolve({ kind: accepted ? 'accepted' : 'not-working' });
  }

  order({ orderId }: { readonly orderId: string }): Promise<VenueOrder | undefined> {
    return Promise.resolve(this.#matcher.order(orderId));
  }

  openOrders(symbols: readonly TradingSymbol[]): Promise<readonly VenueOrder[]> {
    return Promise.resolve(this.#matcher.openOrders(symbols));
  }

  recentOrders(symbol: TradingSymbol, since: Timestamp): Promise<readonly VenueOrder[]> {
    return Promise.resolve(this.#matcher.recentOrders(symbol, since));
  }

  async cancelSymbol(symbol: TradingSymbol): Promise<CancelOutcome> {
    for (const { orderId } of await this.openOrders([symbol])) await this.cancel({ orderId });
    return { kind: 'accepted' };
  }

  fills({ orderId }: { readonly orderId: string }): Promise<readonly Fill[]> {
    return Promise.resolve(this.#matcher.fills(orderId));
  }

  balances(): Promise<readonly Balance[]> {
    return Promise.resolve(this.#matcher.balances());
  }

  onReport(listener: (report: ExecutionReport) => Promise<void>): void {
    this.#reports.listen(listener);
  }

  /** Nothing is ever missed in one process. */
  onGap(): void {
    return undefined;
  }
}
