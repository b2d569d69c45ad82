import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SimulatorSettings } from '../../src/simulator/simulator-settings.ts';
import { ListenKeys } from '../../src/simulator/listen-keys.ts';
import { makeRandom } from '../../src/simulator/random.ts';
import { klineRowOf } from '../../src/simulator/market/kline-book.ts';
import { ACCOUNT, openSimulator, START, type TestSimulator } from './open-simulator.ts';
import { connect, type TestClient } from './test-client.ts';

const MINUTE = 60_000;
const KLINE = 'spot@public.kline.v3.api.pb@BTCUSDT@Min1';
const DEALS = 'spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT';
const BOOK = 'spot@public.aggre.bookTicker.v3.api.pb@100ms@BTCUSDT';
const DEPTH = 'spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT';
const ORDERS = 'spot@private.orders.v3.api.pb';
const FILLS = 'spot@private.deals.v3.api.pb';
const BALANCES = 'spot@private.account.v3.api.pb';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function start(changes: Partial<SimulatorSettings> = {}): Promise<TestSimulator> {
  const simulator = await openSimulator(changes);
  open.push(() => simulator.close());
  return simulator;
}

async function join(simulator: TestSimulator, listenKey?: string): Promise<TestClient> {
  const client = await connect(
    `${simulator.socket}${listenKey === undefined ? '' : `?listenKey=${listenKey}`}`,
  );
  open.push(() => {
    client.close();
  });
  return client;
}

async function joinPrivate(simulator: TestSimulator): Promise<TestClient> {
  const { json } = await simulator.signed('POST', '/api/v3/userDataStream');
  return join(simulator, (json as { readonly listenKey: string }).listenKey);
}

const subscribe = (client: TestClient, params: readonly string[], id = 1) =>
  client.ask({ method: 'SUBSCRIPTION', params, id });

const buy = (simulator: TestSimulator, fields: Readonly<Record<string, string>> = {}) =>
  simulator.signed('POST', '/api/v3/order', {
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'MARKET',
    quoteOrderQty: '500',
    ...fields,
  });

describe('Control messages', () => {
  it('are answered as the venue does: echo, pong, and a refusal with code 0', async () => {
    const client = await join(await start());
    expect(await subscribe(client, [KLINE, DEALS], 7)).toEqual({ id: 7, code: 0, msg: `${KLINE},${DEALS}` });
    expect(await client.ask({ method: 'PING' })).toEqual({ id: 0, code: 0, msg: 'PONG' });
    const retired = 'spot@public.deals.v3.api@BTCUSDT';
    expect(await subscribe(client, [retired])).toEqual({
      id: 1,
      code: 0,
      msg: `Not Subscribed successfully! [${retired}].  Reason： Blocked! `,
    });
    expect(await client.ask({ method: 'UNSUBSCRIPTION', params: [DEALS] })).toEqual({
      id: 0,
      code: 0,
      msg: DEALS,
    });
    expect(await client.ask('{nonsense')).toMatchObject({ msg: 'msg format invalid' });
  });

  it.each([
    'spot@public.kline.v3.api.pb@btcusdt@Min1',
    'spot@public.kline.v3.api.pb@BTCUSDT@Min2',
    'spot@public.miniTickers.v3.api.pb',
    'spot@public.miniTickers.v3.api.pb@UTC+14',
    'spot@public.limit.depth.v3.api.pb@BTCUSDT@7',
    'spot@private.orders.v3.api.pb',
  ])('refuse %s on a public connection', async (channel) => {
    const client = await join(await start());
    expect((await subscribe(client, [channel])).msg).toContain(`Not Subscribed successfully! [${channel}]`);
  });

  it('leave room for 30 subscriptions on a connection', async () => {
    const rules = (await import('../../src/simulator/market/symbol-rules.ts')).defaultRules;
    const symbols = Array.from({ length: 31 }, (_, i) => `S${i}USDT`);
    const client = await join(await start({ rules: symbols.map(rules) }));
    const channels = symbols.map((symbol) => `spot@public.kline.v3.api.pb@${symbol}@Min1`);
    const reply = await subscribe(client, channels);
    expect(reply.msg).toContain(`[${channels[30]}]`);
    await client.ask({ method: 'UNSUBSCRIPTION', params: [channels[0]] });
    expect((await subscribe(client, [channels[30]!])).msg).toBe(channels[30]);
  });

  it('survive whatever a client sends', async () => {
    const simulator = await start();
    const client = await join(simulator);
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.json(),
      fc
        .record({
          method: fc.constantFrom('SUBSCRIPTION', 'UNSUBSCRIPTION', 'X'),
          params: fc.array(fc.oneof(fc.string(), fc.constantFrom('spot@', KLINE.slice(0, -1), '@@'))),
          id: fc.oneof(fc.integer(), fc.double(), fc.string()),
        })
        .map((message) => JSON.stringify(message)),
    );
    // Fewer than the venue allows in a second.
    for (const text of fc.sample(texts, { seed: 20_261_123, numRuns: 60 })) client.send(text);
    client.send('x'.repeat(60_000));
    client.send({ method: 'SUBSCRIPTION', params: [KLINE] });
    await client.until(() => client.acks.at(-1)?.msg === KLINE);
    const other = await join(simulator);
    other.send('x'.repeat(100_000));
    await other.until(other.isClosed);
    expect(await client.ask({ method: 'PING' })).toMatchObject({ msg: 'PONG' });
  });

  it('end a connection that floods', async () => {
    const client = await join(await start());
    for (let i = 0; i < 250; i += 1) client.send({ method: 'PING' });
    await client.until(client.isClosed);
  });
});

describe('Public pushes', () => {
  it('carry every closed candle, and no frame says that one is closed', async () => {
    const simulator = await start();
    const client = await join(simulator);
    await subscribe(client, [KLINE]);
    for (let i = 0; i < 40; i += 1) await simulator.advance(MINUTE / 4);
    const end = START + 10 * MINUTE;
    await client.until(() => client.of('kline').at(-1)?.body.windowStart === end / 1_000);
    const last = new Map(client.of('kline').map(({ body }) => [body.windowStart * 1_000, body]));
    const windows = simulator.venue.exchange
      .market('BTCUSDT')!
      .klines.windows('Min1')
      .filter(({ start: at }) => last.has(at));
    expect(windows).toHaveLength(11);
    for (const window of windows.slice(0, -1)) {
      const [, o, h, l, c] = klineRowOf(window);
      const body = last.get(window.start)!;
      expect([body.openingPrice, body.highestPrice, body.lowestPrice, body.closingPrice]).toEqual([
        o,
        h,
        l,
        c,
      ]);
      expect(body.windowEnd - body.windowStart).toBe(60);
    }
  });

  it('carry deals, the touch and the changes of the book', async () => {
    const simulator = await start();
    const client = await join(simulator);
    await subscribe(client, [
      DEALS,
      BOOK,
      DEPTH,
      'spot@public.miniTickers.v3.api.pb@UTC+0',
      'spot@public.limit.depth.v3.api.pb@BTCUSDT@5',
    ]);
    const { lastUpdateId, bids } = (await simulator.get('/api/v3/depth?symbol=BTCUSDT')).json as {
      readonly lastUpdateId: number;
      readonly bids: readonly (readonly [string, string])[];
    };
    for (let i = 0; i < 4; i += 1) await simulator.advance(MINUTE / 4);
    await client.until(() => client.of('aggreDepths').length >= 4 && client.of('miniTickers').length >= 2);
    expect(client.of('aggreDeals')[0]!.body.deals[0]!.tradeId).not.toBe('');
    const [ticker] = client.of('aggreBookTicker');
    expect(Number(ticker!.body.bidPrice)).toBeLessThan(Number(ticker!.body.askPrice));
    expect(client.of('limitDepths')[0]!.body.bids).toHaveLength(5);
    const book = new Map(bids.map(([price, quantity]) => [Number(price), Number(quantity)]));
    let version = lastUpdateId;
    for (const { body } of client.of('aggreDepths')) {
      expect(Number(body.fromVersion)).toBe(version + 1);
      version = Number(body.toVersion);
      for (const level of body.bids) book.set(Number(level.price), Number(level.quantity));
    }
    const now = (await simulator.get('/api/v3/depth?symbol=BTCUSDT')).json as typeof simulator & {
      bids: string[][];
      lastUpdateId: number;
    };
    const rebuilt = [...book].filter(([, quantity]) => quantity > 0).sort(([a], [b]) => b - a);
    expect(version).toBe(now.lastUpdateId);
    expect(rebuilt).toEqual(now.bids.map((level) => level.map(Number)));
  });
});

describe('Private pushes', () => {
  it('tell of orders, fills and balances', async () => {
    const simulator = await start();
    const client = await joinPrivate(simulator);
    await subscribe(client, [ORDERS, FILLS, BALANCES]);
    await buy(simulator, { newClientOrderId: 'mine' });
    await client.until(() => client.of('privateOrder').some(({ body }) => body.status === 2));
    const statuses = client.of('privateOrder').map(({ body }) => body.status);
    expect(statuses[0]).toBe(1);
    expect(client.of('privateDeal')[0]!.body).toMatchObject({
      clientOrderId: 'mine',
      tradeType: 1,
      feeCurrency: 'USDT',
    });
    expect(client.of('privateAccount').map(({ body }) => body.vcoinName)).toEqual(
      expect.arrayContaining(['USDT', 'BTC']),
    );
  });

  it('refuse a listen key that is not valid', async () => {
    const client = await join(await start(), 'nonsense');
    await client.until(client.isClosed);
    expect(client.acks).toEqual([{ msg: 'Invalid listen key' }]);
  });

  it('go silent when the listen key ends, while the connection lives on', async () => {
    const simulator = await start();
    const client = await joinPrivate(simulator);
    await subscribe(client, [ORDERS, KLINE]);
    const { listenKeys } = simulator.venue;
    const [key] = listenKeys.of(ACCOUNT.key.account, simulator.venue.realNow());
    listenKeys.remove(key!.key, ACCOUNT.key.account);
    await buy(simulator);
    await simulator.advance(MINUTE);
    await client.until(() => client.of('kline').length > 0);
    expect(client.of('privateOrder')).toEqual([]);
  });

  it('need their listen key to be prolonged within its lifetime', () => {
    const keys = new ListenKeys(makeRandom('s'), 60 * MINUTE);
    const { key } = keys.make('a', 0)!;
    expect(keys.prolong(key, 'b', MINUTE)).toBe(false);
    expect(keys.prolong(key, 'a', 59 * MINUTE)).toBe(true);
    expect(keys.find(key, 118 * MINUTE)).toBeDefined();
    expect(keys.find(key, 119 * MINUTE)).toBeUndefined();
    expect(keys.prolong(key, 'a', 119 * MINUTE)).toBe(false);
  });

  it('share a listen key among five connections at most', async () => {
    const simulator = await start();
    const { json } = await simulator.signed('POST', '/api/v3/userDataStream');
    const { listenKey } = json as { readonly listenKey: string };
    for (let i = 0; i < 5; i += 1) await join(simulator, listenKey);
    const sixth = await join(simulator, listenKey);
    await sixth.until(sixth.isClosed);
  });
});

describe('A connection', () => {
  const SOCKETS = { subscribeWithin: 60_000, silence: 60_000, lifetime: 60_000 };
  const settings = async (changes: object) => {
    const { DEFAULT_SOCKET_SETTINGS } = await import('../../src/simulator/ws/socket-settings.ts');
    return { sockets: { ...DEFAULT_SOCKET_SETTINGS, ...SOCKETS, ...changes } };
  };

  it('is closed when it subscribes to nothing', async () => {
    const client = await join(await start(await settings({ subscribeWithin: 80 })));
    await client.until(client.isClosed);
    expect(client.closeCode()).toBe(1005);
  });

  it('is dropped without a word when nothing comes or goes', async () => {
    const client = await join(await start(await settings({ silence: 120 })));
    await subscribe(client, [KLINE]);
    await client.until(client.isClosed);
    expect(client.closeCode()).toBe(1006);
  });

  it('ends with its lifetime, PING or not', async () => {
    const client = await join(await start(await settings({ lifetime: 1_000 })));
    await subscribe(client, [KLINE]);
    const pings = setInterval(() => {
      client.send({ method: 'PING' });
    }, 40);
    await client.until(client.isClosed);
    clearInterval(pings);
    expect(client.acks.filter(({ msg }) => msg === 'PONG').length).toBeGreaterThan(3);
  });
});
