import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  HANDSHAKE_PATH,
  handshakeAnswer,
  SIMULATOR_NAME,
} from '../../src/adapters/mexc/wire/simulator-handshake.ts';
import { ACCOUNT, ADMIN_TOKEN, openSimulator, type Reply, type TestSimulator } from './open-simulator.ts';
import { connect, type TestClient } from './test-client.ts';

const MINUTE = 60_000;
const KLINE = 'spot@public.kline.v3.api.pb@BTCUSDT@Min1';
const OTHER = 'spot@public.kline.v3.api.pb@ETHUSDT@Min1';

describe('Faults on demand', () => {
  let simulator: TestSimulator;
  let client: TestClient;
  beforeEach(async () => {
    simulator = await openSimulator();
    client = await connect(simulator.socket);
  });
  afterEach(async () => {
    client.close();
    await simulator.close();
  });

  const arm = async (fault: object): Promise<void> => {
    expect((await simulator.admin('POST', 'faults', fault)).status).toBe(200);
  };
  const place = (changes: Readonly<Record<string, string>> = {}): Promise<Reply> =>
    simulator.signed('POST', '/api/v3/order', {
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      quantity: '0.001',
      price: '40000',
      newClientOrderId: 'mine',
      ...changes,
    });
  const find = (): Promise<Reply> =>
    simulator.signed('GET', '/api/v3/order', { symbol: 'BTCUSDT', origClientOrderId: 'mine' });
  const truth = (kind: string) => simulator.venue.truth.after(0, 100_000, kind);
  const struck = async (): Promise<unknown> =>
    ((await simulator.admin('GET', 'faults')).json as { readonly struck: unknown }).struck;
  const subscribe = (...params: string[]) => client.ask({ method: 'SUBSCRIPTION', params });
  const steps = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) await simulator.advance(MINUTE / 20);
  };

  it('lose a reply after the order was placed', async () => {
    await arm({ kind: 'lost-reply', count: 1, match: 'POST /api/v3/order' });
    await expect(place()).rejects.toThrow('fetch failed');
    expect((await find()).json).toMatchObject({ status: 'NEW' });
    expect(truth('request').at(-2)).toMatchObject({ path: '/api/v3/order', status: 'cut' });
    expect(await struck()).toEqual({ 'lost-reply': 1 });
  });

  it('answer 504 with a page, with the order placed or not', async () => {
    await arm({ kind: 'lost-reply', count: 1, as: '504', when: 'before' });
    expect(await place()).toMatchObject({ status: 504, json: undefined });
    expect((await find()).json).toMatchObject({ code: -2013 });
    await arm({ kind: 'lost-reply', count: 1, as: '504' });
    expect((await place()).status).toBe(504);
    expect((await find()).status).toBe(200);
  });

  it('hide an order from queries for a while', async () => {
    await arm({ kind: 'hidden-order', count: 1, delay: 2_000 });
    expect((await place()).status).toBe(200);
    expect((await find()).json).toMatchObject({ code: -2013 });
    expect((await simulator.signed('GET', '/api/v3/openOrders')).json).toEqual([]);
    let reply = await find();
    while (reply.status !== 200) reply = await find();
    expect(reply.json).toMatchObject({ status: 'NEW' });
  });

  it.each([
    [429, true],
    [418, true],
    [403, false],
    [503, false],
  ])('answer %s', async (status, isJson) => {
    await arm({ kind: 'status', status, retryAfter: 7, count: 2 });
    const reply = await simulator.get('/api/v3/time');
    expect(reply).toMatchObject({ status });
    expect(reply.headers.get('retry-after')).toBe('7');
    expect(reply.json !== undefined).toBe(isJson);
    await simulator.get('/api/v3/time');
    expect((await simulator.get('/api/v3/time')).status).toBe(200);
  });

  it('answer 200 with an error code', async () => {
    await arm({ kind: 'error-code', count: 1, code: 10_098 });
    expect(await simulator.get('/api/v3/time')).toMatchObject({ status: 200, json: { code: 10_098 } });
  });

  it('skew the clock', async () => {
    await simulator.admin('POST', 'clock', { skew: 20_000 });
    expect((await place()).json).toMatchObject({ code: 700003 });
    await simulator.admin('POST', 'clock', { skew: 0 });
    expect((await place()).status).toBe(200);
  });

  it('fill an order in part', async () => {
    await arm({ kind: 'partial-fill', count: 1, share: 0.25 });
    await place({ price: '90000', quantity: '0.004', type: 'IMMEDIATE_OR_CANCEL' });
    expect((await find()).json).toMatchObject({ status: 'PARTIALLY_CANCELED', executedQty: '0.001' });
  });

  it('fill a resting order in part, by somebody’s hand', async () => {
    const { json } = await place({ price: '40000', quantity: '0.004' });
    const { orderId } = json as { readonly orderId: string };
    await simulator.admin('POST', 'fills', { orderId, quantity: '0.001' });
    expect((await find()).json).toMatchObject({ status: 'PARTIALLY_FILLED', executedQty: '0.001' });
    expect((await simulator.admin('POST', 'fills', { orderId, quantity: '1' })).status).toBe(400);
  });

  it('pause and delist a symbol', async () => {
    await place();
    await simulator.admin('POST', 'symbols/BTCUSDT', { status: '2' });
    expect((await place({ newClientOrderId: 'other' })).json).toMatchObject({ code: 30000 });
    const before = (await simulator.get('/api/v3/ticker/price?symbol=BTCUSDT')).text;
    await simulator.advance(5 * MINUTE);
    expect((await simulator.get('/api/v3/ticker/price?symbol=BTCUSDT')).text).toBe(before);
    await simulator.admin('POST', 'symbols/BTCUSDT', { status: '3' });
    expect((await find()).json).toMatchObject({ status: 'CANCELED' });
  });

  it('change balances from outside, and place orders by somebody else', async () => {
    const account = ACCOUNT.key.account;
    await simulator.admin('POST', 'balances', { account, asset: 'BTC', change: '-0.5' });
    const { balances } = (await simulator.signed('GET', '/api/v3/account')).json as {
      balances: { asset: string; free: string }[];
    };
    expect(balances.find(({ asset }) => asset === 'BTC')?.free).toBe('1.5');
    expect((await simulator.admin('POST', 'balances', { account, asset: 'BTC', change: '-5' })).status).toBe(
      400,
    );
    const order = {
      account,
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      quantity: '0.002',
      price: '30000',
    };
    expect((await simulator.admin('POST', 'orders', order)).json).toMatchObject({
      origin: 'elsewhere',
      status: 'NEW',
    });
    expect((await simulator.signed('GET', '/api/v3/openOrders')).json).toMatchObject([{ origQty: '0.002' }]);
  });

  it.each([
    ['reject', 400, 1],
    ['existing', 200, 1],
    ['accept', 200, 2],
  ])(
    'are told what to do with a client id that was used before: %s',
    async (duplicateClientIds, status, open) => {
      await simulator.admin('POST', 'settings', { duplicateClientIds });
      const first = await place();
      const again = await place();
      expect(again.status).toBe(status);
      expect((await simulator.signed('GET', '/api/v3/openOrders')).json).toHaveLength(open);
      const isSame =
        (again.json as { orderId?: string }).orderId === (first.json as { orderId?: string }).orderId;
      expect(isSame).toBe(duplicateClientIds === 'existing');
    },
  );

  it('drop, double and swap frames', async () => {
    await subscribe(KLINE);
    await arm({ kind: 'drop-frames', count: 1 });
    await arm({ kind: 'reorder-frames', count: 1 });
    await arm({ kind: 'duplicate-frames', count: 1 });
    await steps(6);
    const volumes = (): number[] => client.of('kline').map(({ body }) => Number(body.volume));
    // Six were made, one was dropped, one came twice.
    await client.until(() => volumes().length === 6);
    expect(new Set(volumes()).size).toBe(5);
    expect(volumes()).not.toEqual([...volumes()].sort((a, b) => a - b));
  });

  it('swallow an acknowledgement though the subscription holds', async () => {
    await arm({ kind: 'drop-acks', count: 1 });
    client.send({ method: 'SUBSCRIPTION', params: [KLINE], id: 5 });
    await client.ask({ method: 'PING' });
    await steps(2);
    await client.until(() => client.of('kline').length > 0);
    expect(client.acks.map(({ msg }) => msg)).toEqual(['PONG']);
  });

  it('silence one channel and no other', async () => {
    await subscribe(KLINE, OTHER);
    await arm({ kind: 'silent-channel', match: 'BTCUSDT' });
    await steps(3);
    await client.until(() => client.of('kline').length >= 3);
    expect(new Set(client.of('kline').map(({ symbol }) => symbol))).toEqual(new Set(['ETHUSDT']));
  });

  it('stall a connection without closing it', async () => {
    await subscribe(KLINE);
    expect((await simulator.admin('POST', 'connections', { do: 'stall' })).json).toEqual({ connections: 1 });
    client.send({ method: 'PING' });
    await steps(3);
    expect((await simulator.admin('GET', 'connections')).json).toMatchObject([{ isStalled: true }]);
    expect([client.frames.length, client.acks.length, client.isClosed()]).toEqual([0, 1, false]);
  });

  it('disconnect everybody at once', async () => {
    const second = await connect(simulator.socket);
    expect((await simulator.admin('POST', 'connections', { do: 'cut' })).json).toEqual({ connections: 2 });
    await Promise.all([client, second].map((one) => one.until(one.isClosed)));
    expect(client.closeCode()).toBe(1006);
  });

  it('send fields that nobody knows, and frames that nobody can read', async () => {
    await subscribe(KLINE);
    await arm({ kind: 'unknown-fields', count: 1 });
    await steps(1);
    await client.until(() => client.of('kline').length === 1);
    await arm({ kind: 'broken-frames', count: 1 });
    await steps(1);
    await client.until(() => client.broken.length + client.frames.length === 2);
    expect(truth('fault').map(({ fault }) => fault)).toEqual(['unknown-fields', 'broken-frames']);
  });

  it('end with their count, their time, or when they are taken away', async () => {
    await arm({ kind: 'status', count: 1 });
    await arm({ kind: 'status', status: 500, for: 0 });
    await simulator.get('/api/v3/time');
    expect((await simulator.get('/api/v3/time')).status).toBe(200);
    await arm({ kind: 'status' });
    await simulator.admin('DELETE', 'faults');
    expect((await simulator.get('/api/v3/time')).status).toBe(200);
  });

  it('need the token, and say what is wrong with an order for one', async () => {
    const url = `${simulator.rest}/simulator/faults`;
    const headers = { authorization: `Bearer not-${ADMIN_TOKEN}` };
    expect((await fetch(url, { headers })).status).toBe(401);
    expect((await fetch(url)).status).toBe(401);
    const wrong = await simulator.admin('POST', 'faults', { kind: 'earthquake' });
    expect(wrong).toMatchObject({ status: 400, json: { error: expect.stringMatching(/^kind: /) } });
    expect((await simulator.admin('POST', 'nonsense')).status).toBe(404);
  });
});

describe('The simulator', () => {
  it('tells by a handshake that it is one', async () => {
    const simulator = await openSimulator();
    const { json } = await simulator.get(`${HANDSHAKE_PATH}?challenge=abc`);
    expect(json).toMatchObject({ simulator: SIMULATOR_NAME, answer: handshakeAnswer('abc') });
    await simulator.close();
  });

  it('records what was asked and what came of it, without signatures', async () => {
    const simulator = await openSimulator();
    await simulator.signed('POST', '/api/v3/order', {
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'MARKET',
      quoteOrderQty: '100',
    });
    const { json } = await simulator.admin('GET', 'truth?after=0');
    const { entries, count } = json as {
      readonly entries: readonly Readonly<Record<string, unknown>>[];
      readonly count: number;
    };
    expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, i) => i + 1));
    expect(count).toBeGreaterThanOrEqual(entries.length);
    const kinds = new Set(entries.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['balance', 'order', 'fill', 'request']));
    expect(JSON.stringify(entries)).not.toContain('signature');
    await simulator.close();
  });
});
