import { formatDecimal } from '../../domain/money/decimal.ts';
import type { Timestamp } from '../../domain/time.ts';
import type { VenueFill, VenueOrder } from '../book/order.ts';
import type { BalanceChange } from '../exchange-event.ts';

export type TruthKind = 'request' | 'order' | 'fill' | 'balance' | 'socket' | 'fault' | 'admin';

/** One thing that really happened, whatever a client was told about it. Amounts are plain decimal texts. */
export interface TruthEntry {
  /** 1, 2, 3 … without holes. */
  readonly sequence: number;
  /** Request time. */
  readonly time: Timestamp;
  readonly kind: TruthKind;
  readonly [field: string]: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

export const orderFields = (order: VenueOrder): Fields => ({
  orderId: order.id,
  clientOrderId: order.clientId,
  account: order.account,
  origin: order.origin,
  symbol: order.symbol,
  side: order.side,
  type: order.type,
  price: order.price === undefined ? undefined : formatDecimal(order.price),
  quantity: order.quantity === undefined ? undefined : formatDecimal(order.quantity),
  budget: order.budget === undefined ? undefined : formatDecimal(order.budget),
  status: order.status,
  executed: formatDecimal(order.executed),
  executedAmount: formatDecimal(order.executedAmount),
});

export const fillFields = (fill: VenueFill): Fields => ({
  tradeId: fill.id,
  orderId: fill.orderId,
  clientOrderId: fill.clientId,
  account: fill.account,
  symbol: fill.symbol,
  side: fill.side,
  price: formatDecimal(fill.price),
  quantity: formatDecimal(fill.quantity),
  amount: formatDecimal(fill.amount),
  fee: formatDecimal(fill.fee),
  feeAsset: fill.feeAsset,
  isMaker: fill.isMaker,
});

export const balanceFields = (change: BalanceChange): Fields => ({
  account: change.account,
  asset: change.asset,
  free: formatDecimal(change.free),
  locked: formatDecimal(change.locked),
  reason: change.reason,
});

/**
 * The append-only record that tests judge by: every request seen, every order and fill, every fault that struck. Keeps
 * the latest `kept` entries in memory; `sink` gets them all.
 */
export class GroundTruth {
  readonly #now: () => Timestamp;
  readonly #kept: number;
  readonly #sink: (entry: TruthEntry) => void;
  #entries: TruthEntry[] = [];
  #count = 0;

  constructor(now: () => Timestamp, kept: number, sink: (entry: TruthEntry) => void) {
    this.#now = now;
    this.#kept = kept;
    this.#sink = sink;
  }

  /** How many entries there have been. */
  get count(): number {
    return this.#count;
  }

  add(kind: TruthKind, fields: Fields): void {
    this.#count += 1;
    const entry: TruthEntry = { ...fields, sequence: this.#count, time: this.#now(), kind };
    this.#entries.push(entry);
    if (this.#entries.length > this.#kept * 1.25) this.#entries = this.#entries.slice(-this.#kept);
    this.#sink(entry);
  }

  /** Entries after that number, by number; of one kind only when it is named. */
  after(sequence: number, limit: number, kind?: string): readonly TruthEntry[] {
    const first = this.#entries[0]?.sequence ?? 1;
    const found: TruthEntry[] = [];
    for (
      let i = Math.max(0, sequence + 1 - first);
      i < this.#entries.length && found.length < limit;
      i += 1
    ) {
      const entry = this.#entries[i];
      if (entry !== undefined && (kind === undefined || entry.kind === kind)) found.push(entry);
    }
    return found;
  }
}
