import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeCredentials } from '../../src/adapters/mexc/credentials.ts';
import { makeTradingMexcVenue, type TradingMexcVenue } from '../../src/adapters/mexc/mexc-venue.ts';
import { takeUnfencedStamp } from '../../src/adapters/mexc/signed-rest.ts';
import { PRIVATE_CHANNELS } from '../../src/adapters/mexc/wire/channels.ts';
import { INVALID_LISTEN_KEY } from '../../src/adapters/mexc/wire/control.ts';
import type {
  PrivateDealBody,
  PrivateOrderBody,
  PushFrame,
} from '../../src/adapters/mexc/wire/push-frame.ts';
import { formatDecimal } from '../../src/domain/money/decimal.ts';
import { MINUTE, SECOND } from '../../src/domain/time.ts';
import type { ExecutionReport } from '../../src/ports/venue.ts';
import { type Harness, makeHarness, START } from './harness.ts';
import { LoopbackVenue } from './loopback-venue.ts';

const PATH = '/api/v3/userDataStream';

const ORDER_BODY = {
  id: 'C02__1',
  clientId: 'ours-1',
  price: '100',
  quantity: '2',
  orderType: 3,
  tradeType: 1,
  cumulativeQuantity: '0.5',
  status: 3,
  createTime: START,
} as PrivateOrderBody;

const DEAL_BODY = {
  price: '100',
  quantity: '0.5',
  amount: '50',
  tradeType: 1,
  isMaker: false,
  tradeId: 't1',
  clientOrderId: 'ours-1',
  orderId: 'C02__1',
  feeAmount: '0.025',
  feeCurrency: 'USDT',
  time: START,
} as PrivateDealBody;

const order = (change: Partial<PrivateOrderBody> = {}): PushFrame => ({
  kind: 'privateOrder',
  channel: PRIVATE_CHANNELS.orders,
  symbol: 'BTCUSDT',
  time: START,
  body: { ...ORDER_BODY, ...change },
});
const deal = (change: Partial<PrivateDealBody> = {}): PushFrame => ({
  kind: 'privateDeal',
  channel: PRIVATE_CHANNELS.deals,
  symbol: 'BTCUSDT',
  time: START,
  body: { ...DEAL_BODY, ...change },
});

let server: LoopbackVenue;
let harness: Harness;
let venue: TradingMexcVenue;
let reports: ExecutionReport[];
let gaps: number;
let accessKey: string;
let keys: number;

beforeEach(async () => {
  server = await LoopbackVenue.start();
  harness = makeHarness(server);
  reports = [];
  gaps = 0;
  keys = 0;
  accessKey = 'first';
  server.on('GET', '/api/v3/time', () => ({ json: { serverTime: harness.clock.now() } }));
  server.on('POST', PATH, () => {
    keys += 1;
    return { json: { listenKey: `key${keys}` } };
  });
  server.replies('PUT', PATH, { json: { listenKey: 'key1' } });
  server.replies('DELETE', PATH, { json: {} });
  server.replies('GET', '/api/v3/exchangeInfo', {
    json: {
      symbols: [
        {
          symbol: 'BTCUSDT',
          status: '1',
          baseAsset: 'BTC',
          quoteAsset: 'USDT',
          baseAssetPrecision: 6,
          quotePrecision: 2,
          orderTypes: ['LIMIT'],
          isSpotTradingAllowed: true,
          quoteAmountPrecision: '1',
          baseSizePrecision: '0',
        },
      ],
    },
  });
  venue = makeTradingMexcVenue({
    ...harness.deps,
    credentials: { current: () => Promise.resolve(makeCredentials(accessKey, 'secret')) },
    takeStamp: takeUnfencedStamp,
  });
  await venue.serverTime.sync();
  venue.orders.onGap(() => {
    gaps += 1;
    return Promise.resolve();
  });
  venue.orders.onReport((report) => {
    reports.push(report);
    return Promise.resolve();
  });
  await harness.until(() => gaps === 1, 'the stream is up');
});
afterEach(async () => {
  const closing = venue.close();
  let closed = false;
  void closing.then(() => {
    closed = true;
  });
  await harness.until(() => closed, 'the venue is closed');
  await server.close();
});

const reported = (count: number) => harness.until(() => reports.length === count, `${count} reports`, 0);

describe('the private stream', () => {
  it('connects with its key and tells that orders are to be reconciled first', () => {
    expect(server.open[0]?.address).toBe('/ws?listenKey=key1');
    expect(venue.isReporting()).toBe(true);
    expect([...(server.open[0]?.channels ?? [])].sort()).toEqual([
      PRIVATE_CHANNELS.deals,
      PRIVATE_CHANNELS.orders,
    ]);
  });

  it('reports orders and fills one at a time, in the order they came', async () => {
    server.push(order({ status: 1, cumulativeQuantity: '' }));
    server.push(deal());
    server.push(order());
    server.push(order({ status: 5, cumulativeQuantity: '0.5' }));
    server.push(order({ status: 2, cumulativeQuantity: '2' }));
    await reported(5);
    expect(reports.map((report) => (report.kind === 'fill' ? 'fill' : report.order.status))).toEqual([
      'WORKING',
      'fill',
      'PARTIALLY_FILLED',
      'PARTIALLY_CANCELED',
      'FILLED',
    ]);
    const fill = reports.find((report) => report.kind === 'fill')?.fill;
    expect(fill).toMatchObject({ tradeId: 't1', orderId: 'ours-1', side: 'BUY', liquidity: 'TAKER' });
    expect(formatDecimal(fill!.quantity)).toBe('0.5');
    expect(formatDecimal(fill!.fee.quoteValue)).toBe('0.025');
  });

  it('looks an order up whose push states no status', async () => {
    server.replies('GET', '/api/v3/order', {
      json: {
        symbol: 'BTCUSDT',
        orderId: 'C02__1',
        clientOrderId: 'ours-1',
        status: 'FILLED',
        executedQty: '2',
        side: 'BUY',
      },
    });
    server.push(order({ status: 0, state: 9, orderType: 102 }));
    await reported(1);
    expect(reports).toMatchObject([{ kind: 'order', order: { status: 'FILLED', orderId: 'ours-1' } }]);
  });

  it('treats what it cannot read, and a trade without its id, as a gap', async () => {
    server.pushRaw(Buffer.from([0xff, 0xff]));
    await harness.until(() => gaps === 2, 'a gap for unreadable bytes', 0);
    server.push(deal({ tradeId: '' }));
    await harness.until(() => gaps === 3, 'a gap for a trade without id', 0);
    server.push(deal({ price: '0' }));
    await harness.until(() => gaps === 4, 'a gap for an impossible trade', 0);
    server.push(deal({ tradeId: 't2' }));
    await reported(1);
  });

  it('takes a new key after a break, reconciles again and deletes the old key', async () => {
    server.open[0]?.socket.terminate();
    await harness.until(() => gaps === 2, 'the reconnection');
    expect(server.open[0]?.address).toBe('/ws?listenKey=key2');
    await harness.until(() => server.seen('DELETE', PATH).length === 1, 'the deletion', SECOND);
    expect(server.seen('DELETE', PATH)[0]?.query.get('listenKey')).toBe('key1');
  });

  it('keeps a key that the venue hands out again', async () => {
    server.replies('POST', PATH, { json: { listenKey: 'key1' } });
    server.open[0]?.socket.terminate();
    await harness.until(() => gaps === 2, 'the reconnection');
    await harness.pass(5 * MINUTE, SECOND);
    expect(server.seen('DELETE', PATH)).toHaveLength(0);
  });

  it('renews its key every 20 minutes', async () => {
    await harness.pass(61 * MINUTE, SECOND);
    const renewals = server.seen('PUT', PATH);
    expect(renewals).toHaveLength(3);
    expect(renewals.every(({ query }) => query.get('listenKey') === 'key1' && query.has('signature'))).toBe(
      true,
    );
    expect(server.sockets).toHaveLength(1);
  });

  it('connects with a new key before the old one can expire unrenewed', async () => {
    server.replies('PUT', PATH, { status: 400, json: { code: 22_222, msg: 'record does not exist' } });
    await harness.until(
      () => server.open.length === 1 && keys === 2 && server.sockets.length === 2,
      'a new key',
      SECOND,
    );
    expect(harness.clock.now() - START).toBeLessThan(60 * MINUTE);
    server.push(order());
    await reported(1);
  });

  it('connects with the new credentials after a rotation', async () => {
    accessKey = 'second';
    await harness.until(() => keys === 2, 'a new key', SECOND);
    expect(server.seen('POST', PATH)[1]?.headers['x-mexc-apikey']).toBe('second');
  });

  it('takes a new key when the venue calls the old one invalid', async () => {
    server.pushRaw(INVALID_LISTEN_KEY);
    await harness.until(() => gaps === 2, 'the reconnection');
    expect(harness.metrics.count('trading_venue_connection_ends_total', 'INVALID_LISTEN_KEY')).toBe(1);
    expect(keys).toBe(2);
  });
});
