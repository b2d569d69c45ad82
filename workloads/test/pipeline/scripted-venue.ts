import type { Fill, OrderIntent } from '../../src/domain/orders/order.ts';
import { money, NO_QUANTITY, price, quantity } from '../../src/domain/money/amounts.ts';
import type {
  CancelOutcome,
  ExecutionReport,
  OrderGateway,
  SubmitOutcome,
  VenueOrder,
  VenueOrderStatus,
} from '../../src/ports/venue.ts';

/** A venue that answers as it is told and remembers what it was asked. */
export class ScriptedVenue implements OrderGateway {
  readonly sent: OrderIntent[] = [];
  readonly cancelled: string[] = [];
  /** Answers to the next submissions; `accepted` when there is none. */
  readonly answers: SubmitOutcome[] = [];
  readonly #orders = new Map<string, VenueOrder>();
  readonly #fills = new Map<string, Fill[]>();
  #listener: (report: ExecutionReport) => Promise<void> = () => Promise.resolve();

  submit(order: OrderIntent): Promise<SubmitOutcome> {
    this.sent.push(order);
    const answer = this.answers.shift() ?? { kind: 'accepted', venueOrderId: `v-${this.sent.length}` };
    if (answer.kind === 'accepted') this.have(order, 'WORKING');
    return Promise.resolve(answer);
  }

  /** The venue has the order, whatever it answered. */
  have(
    order: Pick<OrderIntent, 'orderId' | 'symbol'>,
    status: VenueOrderStatus,
    reason?: string,
  ): VenueOrder {
    const { orderId, symbol } = order;
    const fills = this.#fills.get(orderId) ?? [];
    const filled = fills.reduce(
      (sum, fill) => sum + Number(fill.quantity.units) / 10 ** fill.quantity.scale,
      0,
    );
    const view: VenueOrder = {
      orderId,
      venueOrderId: `v-of-${orderId}`,
      symbol,
      status,
      filledQuantity: fills.length === 0 ? NO_QUANTITY : quantity(filled.toFixed(3)),
      ...(reason === undefined ? {} : { reason }),
      time: 0,
    };
    this.#orders.set(orderId, view);
    return view;
  }

  /** The venue fills some of an order, and says nothing. */
  fill(order: OrderIntent, amount: string, at: string): Fill {
    const fills = this.#fills.get(order.orderId) ?? [];
    const fill: Fill = {
      tradeId: `t-${order.orderId}-${fills.length}`,
      orderId: order.orderId,
      symbol: order.symbol,
      side: order.side,
      price: price(at),
      quantity: quantity(amount),
      fee: { asset: 'USDT', amount: quantity('0.01'), quoteValue: money('0.01') },
      liquidity: 'TAKER',
      time: order.decidedTime + 1_000,
    };
    this.#fills.set(order.orderId, [...fills, fill]);
    return fill;
  }

  report(report: ExecutionReport): Promise<void> {
    return this.#listener(report);
  }

  cancel({ orderId }: { readonly orderId: string }): Promise<CancelOutcome> {
    this.cancelled.push(orderId);
    return Promise.resolve({ kind: 'accepted' });
  }

  order({ orderId }: { readonly orderId: string }): Promise<VenueOrder | undefined> {
    return Promise.resolve(this.#orders.get(orderId));
  }

  openOrders(): Promise<readonly VenueOrder[]> {
    return Promise.resolve([...this.#orders.values()].filter((order) => order.status === 'WORKING'));
  }

  recentOrders(symbol: string): Promise<readonly VenueOrder[]> {
    return Promise.resolve([...this.#orders.values()].filter((order) => order.symbol === symbol));
  }

  async cancelSymbol(symbol: string): Promise<CancelOutcome> {
    for (const { orderId, symbol: of } of await this.openOrders()) {
      if (of === symbol) await this.cancel({ orderId });
    }
    return { kind: 'accepted' };
  }

  onGap(): void {
    return undefined;
  }

  fills({ orderId }: { readonly orderId: string }): Promise<readonly Fill[]> {
    return Promise.resolve(this.#fills.get(orderId) ?? []);
  }

  balances(): Promise<readonly []> {
    return Promise.resolve([]);
  }

  onReport(listener: (report: ExecutionReport) => Promise<void>): void {
    this.#listener = listener;
  }
}
