import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Timestamp } from '../../domain/time.ts';
import { isTerminal, type VenueFill, type VenueOrder } from './order.ts';
import { Wallet } from './wallet.ts';

/** How many finished orders, and how many fills, an account remembers. */
const KEPT = 50_000;

/** The orders and fills of one account. What is open is never forgotten, what is finished when there is too much of it. */
export class Account {
  readonly name: string;
  readonly wallet = new Wallet();
  readonly #orders = new Map<string, VenueOrder>();
  readonly #byClientId = new Map<string, string>();
  readonly #open = new Map<string, VenueOrder>();
  readonly #finished: string[] = [];
  #fills: VenueFill[] = [];

  constructor(name: string) {
    this.name = name;
  }

  put(order: VenueOrder): void {
    this.#orders.set(order.id, order);
    if (order.clientId !== '') this.#byClientId.set(order.clientId, order.id);
    if (!isTerminal(order.status)) this.#open.set(order.id, order);
    else if (this.#open.delete(order.id)) this.#finish(order.id);
  }

  addFill(fill: VenueFill): void {
    this.#fills.push(fill);
    if (this.#fills.length > KEPT * 1.25) this.#fills = this.#fills.slice(-KEPT);
  }

  order(id: string): VenueOrder | undefined {
    return this.#orders.get(id);
  }

  /** The latest with this client id. */
  orderByClientId(clientId: string): VenueOrder | undefined {
    return this.#orders.get(this.#byClientId.get(clientId) ?? '');
  }

  /** By arrival. */
  openOrders(symbol?: TradingSymbol): readonly VenueOrder[] {
    return [...this.#open.values()].filter((order) => symbol === undefined || order.symbol === symbol);
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** All orders of a symbol that came in this span of time, by arrival. */
  orders(symbol: TradingSymbol, from: Timestamp, to: Timestamp): readonly VenueOrder[] {
    return [...this.#orders.values()].filter(
      (order) => order.symbol === symbol && order.time >= from && order.time <= to,
    );
  }

  fills(symbol: TradingSymbol, from: Timestamp, to: Timestamp): readonly VenueFill[] {
    return this.#fills.filter((fill) => fill.symbol === symbol && fill.time >= from && fill.time <= to);
  }

  #finish(id: string): void {
    this.#finished.push(id);
    if (this.#finished.length <= KEPT * 1.25) return;
    for (const old of this.#finished.splice(0, this.#finished.length - KEPT)) {
      const clientId = this.#orders.get(old)?.clientId ?? '';
      if (this.#byClientId.get(clientId) === old) this.#byClientId.delete(clientId);
      this.#orders.delete(old);
    }
  }
}
