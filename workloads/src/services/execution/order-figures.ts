/** How many orders are where, and what ledger and venue disagree on: counted once a pass, shown to whoever reads the metrics. */
import type { Order, OrderState } from '../../domain/orders/order.ts';
import { SECOND, type Timestamp } from '../../domain/time.ts';
import type { Break, LedgerReading } from '../../ports/ledger.ts';
import { type ExecutionMetrics, SHOWN_BREAKS, SHOWN_STATES } from './metrics.ts';

export interface OrderFigures {
  readonly orders: ReadonlyMap<OrderState, number>;
  /** Since when the oldest order in doubt is; undefined when none is. */
  readonly unknownSince: Timestamp | undefined;
  readonly breaks: ReadonlyMap<Break['kind'], number>;
}

const countBy = <T, Key>(items: readonly T[], keyOf: (item: T) => Key): ReadonlyMap<Key, number> => {
  const counts = new Map<Key, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
};

export function orderFigures(
  orders: readonly Pick<Order, 'state' | 'updatedTime'>[],
  breaks: readonly Pick<Break, 'kind'>[],
): OrderFigures {
  const unknown = orders.filter(({ state }) => state === 'UNKNOWN').map(({ updatedTime }) => updatedTime);
  return {
    orders: countBy(orders, ({ state }) => state),
    unknownSince: unknown.length === 0 ? undefined : Math.min(...unknown),
    breaks: countBy(breaks, ({ kind }) => kind),
  };
}

/** What the ledger says of them now. */
export const readOrderFigures = async (tx: LedgerReading): Promise<OrderFigures> =>
  orderFigures(await tx.orders(SHOWN_STATES), await tx.breaks('open'));

export function showOrderFigures(metrics: ExecutionMetrics, figures: OrderFigures): void {
  for (const state of SHOWN_STATES) metrics.open.set(figures.orders.get(state) ?? 0, { state });
  for (const kind of SHOWN_BREAKS) metrics.breaks.set(figures.breaks.get(kind) ?? 0, { kind });
  metrics.unknownSince.set((figures.unknownSince ?? 0) / SECOND, {});
}
