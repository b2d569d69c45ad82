/** The bot's ledger in its Postgres, and whether it agrees with what really happened at the exchange. */
import { BOT, podName } from './bot.ts';
import type { Cluster } from './cluster.ts';
import type { Exchange, Truth } from './exchange.ts';

export interface LedgerFill {
  readonly trade_id: string;
  readonly order_id: string;
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  readonly quantity: string;
}
export interface LedgerOrder {
  readonly order_id: string;
  readonly state: string;
  readonly venue_order_id: string | null;
}
export interface Books {
  readonly fills: readonly LedgerFill[];
  readonly orders: readonly LedgerOrder[];
  readonly journal: number;
}

export type ReadBooks = () => Promise<Books>;

const QUERY = `
select json_build_object(
  'fills', (select coalesce(json_agg(json_build_object('trade_id', trade_id, 'order_id', order_id, 'symbol', symbol,
     'side', side, 'quantity', quantity::text)), '[]') from claire.fills),
  'orders', (select coalesce(json_agg(json_build_object('order_id', order_id, 'state', state,
     'venue_order_id', venue_order_id)), '[]') from claire.orders),
  'journal', (select count(*) from claire.journal))`;

/** As the owner of the tables, from within the database's own pod. */
export const makeBooks =
  (cluster: Cluster, namespace: string, bot = BOT): ReadBooks =>
  async () => {
    const psql = ['psql', '-U', 'claire_owner', '-d', `claire_${bot}_paper`, '-At', '-c', QUERY];
    return JSON.parse(await cluster.exec(namespace, podName('postgres', bot), psql)) as Books;
  };

/** What is doubled or unknown: never allowed, not even for a moment. Pure. */
export function contradictions({ fills, orders }: Truth, books: Books): readonly string[] {
  const known = new Set(books.orders.map(({ order_id: id }) => id));
  const byClient = Map.groupBy(orders.values(), ({ clientOrderId }) => clientOrderId);
  const happened = new Set(fills.map(({ tradeId }) => tradeId));
  return [
    ...[...byClient]
      .filter(([, list]) => list.length > 1)
      .map(([client, list]) => `order ${client} is ${list.length} times at the exchange`),
    ...[...byClient.keys()]
      .filter((id) => !known.has(id))
      .map((id) => `the ledger does not know order ${id}`),
    ...books.fills
      .filter(({ trade_id: id }) => !happened.has(id))
      .map(({ trade_id: id }) => `fill ${id} is in the ledger and never happened`),
  ];
}

/** Fills of the exchange that the ledger does not have: allowed for as long as they are on their way. Pure. */
export function missingFills({ fills }: Truth, books: Books): readonly string[] {
  const booked = new Set(books.fills.map(({ trade_id: id }) => id));
  return fills.map(({ tradeId }) => tradeId).filter((id) => !booked.has(id));
}

/**
 * For a wait: everything that happened at the exchange is in the ledger, once. The exchange is asked first for what is
 * missing and last for what never happened, since trading goes on between the questions.
 */
export const agreement = (exchange: Exchange, books: ReadBooks) => async (): Promise<true | string> => {
  const before = await exchange.truth();
  const booked = await books();
  const after = await exchange.truth();
  const wrong = contradictions({ ...before, fills: after.fills }, booked);
  if (wrong.length > 0) return wrong.join('; ');
  const missing = missingFills(before, booked);
  return (
    missing.length === 0 || `${missing.length} of ${before.fills.length} fills are not in the ledger yet`
  );
};
