import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { request as httpRequest } from 'node:http';
import { authenticate } from '../../src/simulator/rest/authentication.ts';
import { RateLimits, DEFAULT_LIMITS } from '../../src/simulator/rest/rate-limits.ts';
import { Parameters } from '../../src/simulator/rest/rest-call.ts';
import type { ApiKey } from '../../src/simulator/venue.ts';
import { ACCOUNT, openSimulator, START, type TestSimulator } from './open-simulator.ts';
import { signParameters, writeQuery } from './sign.ts';

const MINUTE = 60_000;
type Fields = Readonly<Record<string, unknown>>;

describe('A signature', () => {
  const key: ApiKey = {
    key: 'mx0aBYs33eIilxBWC5',
    secret: '45d0b3c26f2644f19bfb98b07741b2f5',
    account: 'a',
    permissions: ['SPOT_DEAL_WRITE'],
  };
  const LIMIT = 'symbol=BTCUSDT&side=BUY&type=LIMIT';
  const REST = 'quantity=1&price=11&recvWindow=5000&timestamp=1644489390087';
  const codeOf = (query: string, body: string, signature: string): number | string => {
    const request = {
      method: 'POST',
      path: '/api/v3/order',
      query: `${query}&signature=${signature}`,
      body,
      headers: { 'x-mexc-apikey': key.key, 'content-type': 'application/json' },
      address: '',
    };
    const parameters = new Parameters(request.query, body);
    const keys = new Map([[key.key, key]]);
    const result = authenticate(request, parameters, {
      keys,
      permission: 'SPOT_DEAL_WRITE',
      now: 1_644_489_390_087,
    });
    return 'code' in result ? result.code : result.account;
  };

  it('is taken for both documented examples', () => {
    const whole = 'fd3e4e8543c5188531eb7279d68ae7d26a573d0fc5ab0d18eb692451654d837a';
    const mixed = 'd1a676610ceb39174c8039b3f548357994b2a34139a8addd33baadba65684592';
    expect(codeOf(`${LIMIT}&${REST}`, '', whole)).toBe('a');
    expect(codeOf(LIMIT, REST, mixed)).toBe('a');
  });

  it('is refused in upper case, for another order, and with an & between query and body', () => {
    const signed = (text: string): string => signParameters(key.secret, text);
    expect(codeOf(`${LIMIT}&${REST}`, '', signed(`${LIMIT}&${REST}`).toUpperCase())).toBe(700002);
    expect(codeOf(`${LIMIT}&${REST}`, '', signed(`${REST}&${LIMIT}`))).toBe(700002);
    expect(codeOf(LIMIT, REST, signed(`${LIMIT}&${REST}`))).toBe(700002);
    expect(codeOf(`a=%2c&${REST}`, '', signed(`a=%2c&${REST}`))).toBe(700002);
    expect(codeOf(`a=%2C&${REST}`, '', signed(`a=%2C&${REST}`))).toBe('a');
  });
});

describe('The REST server', () => {
  let simulator: TestSimulator;
  beforeAll(async () => {
    simulator = await openSimulator();
  });
  afterAll(() => simulator.close());

  const raw = async (method: string, query: string, headers: Readonly<Record<string, string>>) => {
    const response = await fetch(`${simulator.rest}/api/v3/order?${query}`, { method, headers });
    return { status: response.status, body: (await response.json()) as Fields };
  };
  const HEADERS = { 'x-mexc-apikey': ACCOUNT.key.key, 'content-type': 'application/json' };
  const sign = (parameters: Readonly<Record<string, string | number>>): string => {
    const query = writeQuery(parameters);
    return `${query}&signature=${signParameters(ACCOUNT.key.secret, query)}`;
  };
  const order = (changes: Readonly<Record<string, string | number>> = {}) => ({
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'LIMIT',
    quantity: '0.001',
    price: '40000',
    ...changes,
  });

  it('answers a request that is not in order with the venue’s code', async () => {
    const now = Date.now();
    const codes = await Promise.all([
      raw('POST', sign({ ...order(), timestamp: now }), { 'content-type': 'application/json' }),
      raw('POST', sign({ ...order(), timestamp: now }), { 'x-mexc-apikey': ACCOUNT.key.key }),
      raw('POST', sign({ ...order(), timestamp: now }), { ...HEADERS, 'x-mexc-apikey': 'mx0unknown00' }),
      raw('POST', sign({ ...order(), timestamp: now }), { ...HEADERS, 'x-mexc-apikey': '!' }),
      raw('POST', writeQuery({ ...order(), timestamp: now }), HEADERS),
      raw('POST', sign(order()), HEADERS),
      raw('POST', sign({ ...order(), timestamp: now - 6_000 }), HEADERS),
      raw('POST', sign({ ...order(), timestamp: now + 5_000, recvWindow: 60_000 }), HEADERS),
      raw('POST', sign({ ...order(), timestamp: now, recvWindow: 60_001 }), HEADERS),
      raw('GET', sign({ symbol: 'BTCUSDT', timestamp: now }), HEADERS),
    ]);
    expect(codes.map(({ status }) => status)).toEqual(codes.map(() => 400));
    expect(codes.map(({ body }) => body.code)).toEqual([
      400, 700013, 10072, 700001, 700004, 700004, 700003, 700003, 700005, 700004,
    ]);
  });

  it('answers a placed order without its status, and finds it by either id', async () => {
    const placed = await simulator.signed('POST', '/api/v3/order', order({ newClientOrderId: 'mine-1' }));
    const { orderId } = placed.json as { readonly orderId: string };
    expect(Object.keys(placed.json as object).sort()).toEqual(
      [
        'symbol',
        'orderId',
        'orderListId',
        'price',
        'origQty',
        'type',
        'side',
        'stpMode',
        'transactTime',
      ].sort(),
    );
    const byId = await simulator.signed('GET', '/api/v3/order', { symbol: 'BTCUSDT', orderId });
    const byClientId = await simulator.signed('GET', '/api/v3/order', {
      symbol: 'BTCUSDT',
      origClientOrderId: 'mine-1',
    });
    expect(byId.json).toEqual(byClientId.json);
    expect(byId.json).toMatchObject({ status: 'NEW', clientOrderId: 'mine-1', executedQty: '0' });
    const cancelled = await simulator.signed('DELETE', '/api/v3/order', { symbol: 'BTCUSDT', orderId });
    expect(cancelled.json).not.toHaveProperty('status');
    const again = await simulator.signed('DELETE', '/api/v3/order', { symbol: 'BTCUSDT', orderId });
    expect(again).toMatchObject({ status: 400, json: { code: -2011 } });
  });

  it.each([
    ['NOAPIUSDT', 'BUY', 10007],
    ['PAUSEDUSDT', 'BUY', 30000],
    ['BUYONLYUSDT', 'SELL', 30001],
    ['SELLONLYUSDT', 'BUY', 30001],
    ['NOPEUSDT', 'BUY', -1121],
  ])('refuses orders in %s to %s with %s', async (symbol, side, code) => {
    const reply = await simulator.signed('POST', '/api/v3/order', order({ symbol, side }));
    expect(reply).toMatchObject({ status: 400, json: { code } });
  });

  it.each([
    ['too many decimals', { price: '40000.001' }, 33333],
    ['trailing zeros beyond the scale', { price: '40000.000' }, 33333],
    ['an exponent', { quantity: '1e-3' }, 700008],
    ['a negative price', { price: '-1' }, 700008],
    ['a price of 0', { price: '0' }, 33333],
    ['no quantity', { quantity: '' }, 700004],
    ['an unknown type', { type: 'STOP' }, 30041],
    ['a client id with blanks', { newClientOrderId: 'a b' }, 700008],
    ['a client id of 33 characters', { newClientOrderId: 'x'.repeat(33) }, 700008],
  ])('refuses %s', async (_, changes, code) => {
    expect((await simulator.signed('POST', '/api/v3/order', order(changes))).json).toMatchObject({ code });
  });

  it('answers batches item by item with 200', async () => {
    const batchOrders = JSON.stringify([
      order({ newClientOrderId: 'b-1' }),
      order({ newClientOrderId: 'b-2', quantity: '0.000001' }),
    ]);
    const reply = await simulator.signed('POST', '/api/v3/batchOrders', { batchOrders });
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject([{ newClientOrderId: 'b-1' }, { newClientOrderId: 'b-2', code: 30002 }]);
    await simulator.signed('DELETE', '/api/v3/openOrders', { symbol: 'BTCUSDT' });
    expect((await simulator.signed('GET', '/api/v3/openOrders')).json).toEqual([]);
  });

  it('shows the rows of exchangeInfo that clients trip over', async () => {
    const { json } = await simulator.get('/api/v3/exchangeInfo');
    const rows = (json as { readonly symbols: readonly Fields[] }).symbols;
    const row = (symbol: string) => rows.find((one) => one.symbol === symbol);
    expect(row('PAUSEDUSDT')).toMatchObject({ status: '2' });
    expect(row('NOAPIUSDT')).toMatchObject({ status: '1', isSpotTradingAllowed: false });
    expect(row('ZEROMINUSDT')).toMatchObject({ baseSizePrecision: '0' });
    expect(row('BANDUSDT')).toMatchObject({ filters: [{ filterType: 'PERCENT_PRICE_BY_SIDE' }] });
    expect(row('龙虾USDT')).toMatchObject({ baseAsset: '龙虾' });
    expect([row('BUYONLYUSDT')?.tradeSideType, row('SELLONLYUSDT')?.tradeSideType]).toEqual([2, 3]);
    const one = await simulator.get(`/api/v3/exchangeInfo?symbol=${encodeURIComponent('龙虾USDT')}`);
    expect((one.json as { readonly symbols: unknown[] }).symbols).toHaveLength(1);
  });

  it('has klines of eight fields whose close time is the next open time, and knows no 1h', async () => {
    await simulator.advance(3 * MINUTE);
    const { json } = await simulator.get('/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=5');
    const rows = json as readonly (readonly unknown[])[];
    expect(rows.map((row) => row.length)).toEqual([8, 8, 8, 8, 8]);
    expect(rows.map((row) => Number(row[6]) - Number(row[0]))).toEqual(rows.map(() => MINUTE));
    expect(rows.at(-1)?.[0]).toBe(START + 3 * MINUTE);
    expect((await simulator.get('/api/v3/klines?symbol=BTCUSDT&interval=1h')).json).toMatchObject({
      msg: 'Invalid interval.',
    });
    expect((await simulator.get('/api/v3/klines?symbol=BTCUSDT&interval=60m')).status).toBe(200);
  });

  it('ignores a plural filter and pads the prices of snapshots', async () => {
    const all = (await simulator.get('/api/v3/ticker/price?symbols=BTCUSDT')).json as readonly unknown[];
    expect(all.length).toBeGreaterThan(2);
    const { bids } = (await simulator.get('/api/v3/depth?symbol=BTCUSDT&limit=3')).json as {
      bids: string[][];
    };
    expect(bids).toHaveLength(3);
    expect(bids.every(([price]) => /^\d+\.\d\d$/.test(price!))).toBe(true);
  });

  it('hands out, prolongs and takes back listen keys', async () => {
    const { json } = await simulator.signed('POST', '/api/v3/userDataStream');
    const { listenKey } = json as { readonly listenKey: string };
    expect(listenKey).toMatch(/^[0-9a-f]{64}$/);
    expect((await simulator.signed('GET', '/api/v3/userDataStream')).json).toMatchObject({
      listenKey: [listenKey],
    });
    expect((await simulator.signed('PUT', '/api/v3/userDataStream', { listenKey })).status).toBe(200);
    expect((await simulator.signed('DELETE', '/api/v3/userDataStream', { listenKey })).status).toBe(200);
    expect((await simulator.signed('PUT', '/api/v3/userDataStream', { listenKey })).status).toBe(400);
  });

  it('has the same market for the same seed, and another for another', async () => {
    const look = async (seed: string): Promise<readonly unknown[]> => {
      const other = await openSimulator({ seed });
      await other.advance(5 * MINUTE);
      const paths = ['klines?symbol=ETHUSDT&interval=1m', 'trades?symbol=BTCUSDT'];
      const seen = await Promise.all(paths.map(async (path) => (await other.get(`/api/v3/${path}`)).json));
      await other.close();
      return seen;
    };
    const first = await look('one');
    expect(await look('one')).toEqual(first);
    expect(await look('two')).not.toEqual(first);
  });

  it('outlives whatever is sent to it', async () => {
    const paths = fc.constantFrom(
      'order',
      'klines',
      'depth',
      'ticker/24hr',
      'exchangeInfo',
      'allOrders',
      'batchOrders',
      '%',
      '..',
    );
    const names = fc.constantFrom(
      'symbol',
      'limit',
      'interval',
      'startTime',
      'batchOrders',
      'price',
      'quantity',
      'x',
    );
    const values = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom('BTCUSDT', '-1', '1e999', '9'.repeat(60)),
    );
    await fc.assert(
      fc.asyncProperty(
        paths,
        fc.dictionary(names, values),
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.boolean(),
        async (path, parameters, body, isPost) => {
          const query = isPost
            ? sign({ ...safe(parameters), timestamp: Date.now() })
            : writeQuery(safe(parameters));
          const init = isPost ? { method: 'POST', headers: HEADERS, body } : {};
          const { status } = await fetch(`${simulator.rest}/api/v3/${path}?${query}`, init);
          expect([200, 400, 404]).toContain(status);
        },
      ),
      { seed: 20_261_123, numRuns: 300 },
    );
    expect((await simulator.get('/api/v3/ping')).json).toEqual({});
  });

  it('cuts off a body that is too long', async () => {
    const status = await new Promise<number | undefined>((resolve) => {
      const sent = httpRequest(`${simulator.rest}/api/v3/order`, { method: 'POST' }, (reply) => {
        reply.resume();
        resolve(reply.statusCode);
      });
      sent.on('error', () => {
        resolve(undefined);
      });
      sent.end('x'.repeat(1_000_000));
    });
    expect([413, undefined]).toContain(status);
    expect((await simulator.get('/api/v3/ping')).status).toBe(200);
  });
});

/** Lone surrogates cannot be sent. */
const safe = (parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, value.toWellFormed()]));

describe('The rate limits', () => {
  const charge = { address: 'x', orderAccount: undefined, weight: 1 };
  const drive = (limits: RateLimits, count: number, changes: object = {}): readonly (number | undefined)[] =>
    Array.from({ length: count }, () => limits.charge({ ...charge, ...changes }, 1_000_000)?.status);

  it('answer 429 with the seconds to wait once the weight is used up, then ban', () => {
    const limits = new RateLimits({ ...DEFAULT_LIMITS, weightPer10s: 50, refusalsBeforeBan: 3 });
    expect(drive(limits, 2, { weight: 25 })).toEqual([undefined, undefined]);
    expect(limits.charge(charge, 1_000_000)).toEqual({ status: 429, retryAfter: 10 });
    expect(drive(limits, 2)).toEqual([429, 418]);
    expect(limits.charge(charge, 1_000_000 + 121_000)).toBeUndefined();
  });

  it('let twelve order writes a second through', () => {
    const limits = new RateLimits(DEFAULT_LIMITS);
    const replies = drive(limits, 13, { orderAccount: 'a' });
    expect(replies.slice(0, 12)).toEqual(Array.from({ length: 12 }));
    expect(replies[12]).toBe(429);
  });

  it('bring up the firewall after a burst, for everything from that address', () => {
    const limits = new RateLimits({ ...DEFAULT_LIMITS, weightPer10s: 1_000 });
    expect(drive(limits, 121).at(-1)).toBe(403);
    expect(limits.charge(charge, 1_000_000 + 80_000)?.status).toBe(403);
    expect(limits.charge({ ...charge, address: 'y' }, 1_000_000)).toBeUndefined();
    expect(limits.charge(charge, 1_000_000 + 91_000)).toBeUndefined();
  });
});
