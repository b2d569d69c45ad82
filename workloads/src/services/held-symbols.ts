import type { TradingSymbol } from '../domain/market/candle.ts';
import { OPEN_STATES } from '../domain/orders/order-machine.ts';
import type { Ledger } from '../ports/ledger.ts';

/** Symbols with a position or with an order that is not over: their exits need a price, so they are always watched. */
export const heldSymbols = (ledger: Ledger): Promise<ReadonlySet<TradingSymbol>> =>
  ledger.transaction(async (tx) => {
    const positions = (await tx.account())?.positions.keys() ?? [];
    const orders = await tx.orders(OPEN_STATES);
    return new Set([...positions, ...orders.map(({ symbol }) => symbol)]);
  });
