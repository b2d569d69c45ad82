import { z } from 'zod';
import { ratio } from '../../domain/money/amounts.ts';
import { DAY } from '../../domain/time.ts';
import type { VenueOrder } from '../book/order.ts';
import { isRefusal, type Refusal, refuse } from '../book/refusal.ts';
import { cancelledRow, fillRow, orderRow, placedRow } from './order-rows.ts';
import { type Field, readOrder } from './order-request.ts';
import { missing, type SignedCall, type SignedRoute } from './rest-call.ts';

const MAX_BATCH = 20;
const MAX_SYMBOLS = 5;
const MAX_ORDERS = 1_000;
const MAX_FILLS = 100;
const WEEK = 7 * DAY;
const MONTH = 30 * DAY;

const batchItems = z
  .array(z.record(z.string(), z.union([z.string(), z.number()])))
  .min(1)
  .max(MAX_BATCH);

function place(call: SignedCall, field: Field): VenueOrder | Refusal {
  const { venue, account, now, target } = call;
  const request = readOrder(field, venue.exchange);
  if (isRefusal(request)) return request;
  const hidden = venue.faults.strike('hidden-order', target);
  const partial = venue.faults.strike('partial-fill', target);
  return venue.exchange.place(request, {
    account: account.name,
    origin: 'api',
    now,
    visibleFrom: now + (hidden?.delay ?? 0),
    ...(partial === undefined ? {} : { maxShareRatio: ratio(partial.share.toFixed(8)) }),
  });
}

const fieldOf =
  ({ parameters }: SignedCall): Field =>
  (name) =>
    parameters.get(name);

const answer = (result: VenueOrder | Refusal, row: (order: VenueOrder) => object): object =>
  isRefusal(result) ? result : row(result);

function testOrder(call: SignedCall): object {
  const request = readOrder(fieldOf(call), call.venue.exchange);
  return isRefusal(request) ? request : (call.venue.exchange.test(request) ?? {});
}

function readBatch(text: string): z.output<typeof batchItems> | undefined {
  try {
    return batchItems.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Answers item by item, and 200 in any case once the list itself is sound. */
function placeBatch(call: SignedCall): unknown {
  const text = call.parameters.get('batchOrders');
  if (text === undefined) return missing('batchOrders');
  const items = readBatch(text);
  if (items === undefined) return refuse(33333);
  const isMixed = items.some(({ symbol }) => symbol !== items[0]?.symbol);
  if (isMixed) return refuse(33333, 'param error: symbols differ');
  return items.map((item) => {
    const clientId = item.newClientOrderId;
    const placed = place(call, (name) => (item[name] === undefined ? undefined : String(item[name])));
    const named = clientId === undefined ? {} : { newClientOrderId: String(clientId) };
    if (isRefusal(placed)) return { ...named, msg: placed.message, code: placed.code };
    return { symbol: placed.symbol, orderId: placed.id, orderListId: -1, ...named };
  });
}

/** The order that the call names by either id; what is not visible yet is not found. */
function named(call: SignedCall): VenueOrder | Refusal | undefined {
  const { parameters, account, now } = call;
  const symbol = parameters.get('symbol');
  if (symbol === undefined) return missing('symbol');
  const id = parameters.get('orderId');
  const clientId = parameters.get('origClientOrderId');
  if (id === undefined && clientId === undefined) return refuse(700004);
  const order = id === undefined ? account.orderByClientId(clientId ?? '') : account.order(id);
  return order !== undefined && order.symbol === symbol && order.visibleFrom <= now ? order : undefined;
}

function getOrder(call: SignedCall): object {
  const order = named(call) ?? refuse(-2013);
  return answer(order, orderRow);
}

function cancelOrder(call: SignedCall): object {
  const order = named(call);
  if (order !== undefined && isRefusal(order)) return order;
  return answer(call.venue.exchange.cancel(call.account, order, call.now), cancelledRow);
}

function symbolList(call: SignedCall): readonly string[] | Refusal | undefined {
  const text = call.parameters.get('symbol');
  if (text === undefined) return undefined;
  const symbols = text.split(',');
  if (symbols.length > MAX_SYMBOLS) return refuse(33333, `param error: at most ${MAX_SYMBOLS} symbols`);
  return symbols.every((symbol) => call.venue.exchange.market(symbol) !== undefined)
    ? symbols
    : refuse(-1121);
}

function openOrders(call: SignedCall): unknown {
  const symbols = symbolList(call);
  if (symbols !== undefined && isRefusal(symbols)) return symbols;
  return call.account
    .openOrders()
    .filter(({ symbol, visibleFrom }) => visibleFrom <= call.now && (symbols?.includes(symbol) ?? true))
    .map(orderRow);
}

function cancelAll(call: SignedCall, symbols: readonly string[] | undefined): readonly object[] {
  const orders = call.account.openOrders().filter(({ symbol }) => symbols?.includes(symbol) ?? true);
  return orders.map((order) =>
    answer(call.venue.exchange.cancel(call.account, order, call.now), cancelledRow),
  );
}

function cancelOpenOrders(call: SignedCall): unknown {
  const symbols = symbolList(call);
  if (symbols === undefined) return missing('symbol');
  return isRefusal(symbols) ? symbols : cancelAll(call, symbols);
}

/** The span of time asked for; nothing older than `oldest` is told. */
function span(call: SignedCall, usual: number, oldest: number): readonly [number, number] {
  const end = call.parameters.integer('endTime') ?? call.now;
  const start = call.parameters.integer('startTime') ?? call.now - usual;
  return [Math.max(start, call.now - oldest), end];
}

function allOrders(call: SignedCall): unknown {
  const symbol = call.parameters.get('symbol');
  if (symbol === undefined) return missing('symbol');
  const [start, end] = span(call, DAY, WEEK);
  const found = call.account.orders(symbol, start, end).filter(({ visibleFrom }) => visibleFrom <= call.now);
  return found.slice(-call.parameters.limit(500, MAX_ORDERS)).map(orderRow).reverse();
}

function myTrades(call: SignedCall): unknown {
  const symbol = call.parameters.get('symbol');
  if (symbol === undefined) return missing('symbol');
  const [start, end] = span(call, MONTH, MONTH);
  const orderId = call.parameters.get('orderId');
  const found = call.account
    .fills(symbol, start, end)
    .filter((fill) => orderId === undefined || fill.orderId === orderId);
  return found.slice(-call.parameters.limit(MAX_FILLS, MAX_FILLS)).map(fillRow).reverse();
}

const write = (
  method: SignedRoute['method'],
  path: string,
  handle: (call: SignedCall) => unknown,
): SignedRoute => ({
  method,
  path: `/api/v3/${path}`,
  weight: 1,
  permission: 'SPOT_DEAL_WRITE',
  isOrderWrite: true,
  handle,
});

const read = (path: string, weight: number, handle: (call: SignedCall) => unknown): SignedRoute => ({
  method: 'GET',
  path: `/api/v3/${path}`,
  weight,
  permission: path === 'myTrades' ? 'SPOT_ACCOUNT_READ' : 'SPOT_DEAL_READ',
  handle,
});

export const ORDER_ROUTES: readonly SignedRoute[] = [
  write('POST', 'order', (call) => answer(place(call, fieldOf(call)), placedRow)),
  write('POST', 'order/test', testOrder),
  write('POST', 'batchOrders', placeBatch),
  write('DELETE', 'order', cancelOrder),
  write('DELETE', 'openOrders', cancelOpenOrders),
  write('DELETE', 'order/all', (call) => {
    cancelAll(call, undefined);
    return { code: 200, msg: 'success' };
  }),
  read('order', 2, getOrder),
  read('openOrders', 3, openOrders),
  read('allOrders', 10, allOrders),
  read('myTrades', 10, myTrades),
];
