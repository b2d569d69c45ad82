import type { TradingSymbol } from '../../domain/market/candle.ts';
import type { Instrument } from '../../domain/market/instrument.ts';
import { isTerminal } from '../../domain/orders/order-machine.ts';
import type { Order } from '../../domain/orders/order.ts';
import {
  joinReserved,
  NOTHING_RESERVED,
  reservationOf,
  type ReservedTotals,
  sumReservations,
} from '../../domain/orders/reservation.ts';
import type { LedgerReading } from '../../ports/ledger.ts';
import { type RiskContext, termsOf } from './risk-context.ts';

type Terms = Pick<RiskContext, 'instruments' | 'settings'>;

/** The sums of a symbol's orders, and what they were made with: whoever asks with another of these gets new ones. */
interface Sums {
  readonly instrument: Instrument;
  readonly settings: Terms['settings'];
  readonly reserved: ReservedTotals;
}

interface SymbolOrders {
  readonly orders: Map<string, Order>;
  sums: Sums | undefined;
}

/**
 * The orders that are not over, kept from decision to decision: each asks the ledger only for what changed since the last.
 * Read in transactions that may write orders themselves: one that fails ends the service, and what was kept with it.
 */
export class OpenOrders {
  #revision: number | undefined;
  readonly #symbols = new Map<TradingSymbol, SymbolOrders>();

  /** As they are in the ledger now. */
  async refresh(ledger: LedgerReading): Promise<void> {
    const { orders, revision } = await ledger.ordersChangedSince(this.#revision);
    for (const order of orders) this.#take(order);
    this.#revision = revision;
  }

  /** What they hold back: computed from the orders themselves, so partial fills count. */
  reserved(terms: Terms): ReservedTotals {
    return joinReserved([...this.#symbols].map(([symbol, own]) => reservedOf(own, symbol, terms)));
  }

  #take(order: Order): void {
    const { symbol, orderId } = order;
    const own = this.#symbols.get(symbol) ?? { orders: new Map<string, Order>(), sums: undefined };
    this.#symbols.set(symbol, own);
    own.sums = undefined;
    if (isTerminal(order.state)) own.orders.delete(orderId);
    else own.orders.set(orderId, order);
    if (own.orders.size === 0) this.#symbols.delete(symbol);
  }
}

/** Nothing for an instrument that is not known. */
function reservedOf(
  own: SymbolOrders,
  symbol: TradingSymbol,
  { instruments, settings }: Terms,
): ReservedTotals {
  const instrument = instruments.get(symbol);
  if (instrument === undefined) return NOTHING_RESERVED;
  const { sums } = own;
  if (sums?.instrument === instrument && sums.settings === settings) return sums.reserved;
  const terms = termsOf({ settings }, instrument);
  const reserved = sumReservations([...own.orders.values()].map((order) => reservationOf(order, terms)));
  own.sums = { instrument, settings, reserved };
  return reserved;
}
