/**
 * Every point at which a process of execution can stop and be noticed: before and after each durable write, each request
 * and each publication. The suite fails when a run meets a point that is not here, and when it never stopped at one that
 * is.
 */
const around = (...names: readonly string[]): readonly string[] =>
  names.flatMap((name) => [`before ${name}`, `after ${name}`]);

/** Named by what they did: the move of an order, and whether a fill was booked with it. */
const WRITES = [
  'epoch',
  'lease',
  'opening balance',
  'venue id',
  'APPROVED→SUBMITTING',
  'APPROVED→EXPIRED',
  'SUBMITTING→WORKING',
  'SUBMITTING→UNKNOWN',
  'SUBMITTING→REJECTED',
  'SUBMITTING→CANCELED',
  'fill SUBMITTING→PARTIALLY_FILLED',
  'fill SUBMITTING→FILLED',
  'UNKNOWN→WORKING',
  'UNKNOWN→CANCELED',
  'UNKNOWN→REJECTED',
  'UNKNOWN→PARTIALLY_CANCELED',
  'fill UNKNOWN→same',
  'fill UNKNOWN→FILLED',
  'WORKING→CANCEL_PENDING',
  'WORKING→CANCELED',
  'WORKING→UNKNOWN',
  'fill WORKING→PARTIALLY_FILLED',
  'fill WORKING→FILLED',
  'PARTIALLY_FILLED→CANCEL_PENDING',
  'PARTIALLY_FILLED→PARTIALLY_CANCELED',
  'PARTIALLY_FILLED→UNKNOWN',
  'fill PARTIALLY_FILLED→same',
  'fill PARTIALLY_FILLED→FILLED',
  'CANCEL_PENDING→CANCELED',
  'CANCEL_PENDING→PARTIALLY_CANCELED',
  'CANCEL_PENDING→UNKNOWN',
  'fill CANCEL_PENDING→same',
  'fill CANCEL_PENDING→FILLED',
  'UNKNOWN→PARTIALLY_FILLED',
  'break',
  'halt confirmed',
];

const CALLS = [
  'submit',
  'cancel',
  'cancelSymbol',
  'order',
  'openOrders',
  'recentOrders',
  'fills',
  'balances',
];
const REQUESTS = [
  'POST /api/v3/order',
  'DELETE /api/v3/order',
  'DELETE /api/v3/openOrders',
  'GET /api/v3/order',
  'GET /api/v3/openOrders',
  'GET /api/v3/allOrders',
  'GET /api/v3/myTrades',
  'GET /api/v3/account',
];
/** Read once before anything can be signed or valued. */
const PUBLIC_REQUESTS = ['GET /api/v3/time', 'GET /api/v3/exchangeInfo'];

export const CRASH_POINTS: readonly string[] = [
  ...around(...WRITES.map((write) => `write ${write}`)),
  ...around(...CALLS.map((call) => `call ${call}`)),
  ...around(...[...REQUESTS, ...PUBLIC_REQUESTS].map((request) => `request ${request}`)),
  ...around('publish order_results', 'publish alerts'),
  'transaction',
];
