import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CredentialSource,
  makeCredentials,
  makeFixedCredentials,
} from '../../src/adapters/mexc/credentials.ts';
import { makeTradingMexcVenue, type TradingMexcVenue } from '../../src/adapters/mexc/mexc-venue.ts';
import { signParameters } from '../../src/adapters/mexc/signing.ts';
import { type TakeStamp, takeUnfencedStamp } from '../../src/adapters/mexc/signed-rest.ts';
import { price, quantity } from '../../src/domain/money/amounts.ts';
import { formatDecimal } from '../../src/domain/money/decimal.ts';
import type { OrderIntent } from '../../src/domain/orders/order.ts';
import { HOUR, MINUTE, SECOND } from '../../src/domain/time.ts';
import { type Harness, KeepingLogger, makeHarness, START } from './harness.ts';
import { LoopbackVenue, type Reply } from './loopback-venue.ts';

const KEY = 'mx0aBYs33eIilxBWC5';
const SECRET = '45d0b3c26f2644f19bfb98b07741b2f5';
const ORDER = '/api/v3/order';
const PLACED = { symbol: 'BTCUSDT', orderId: 'C02__505979017439002624115', orderListId: -1 };

const INTENT: OrderIntent = {
  orderId: 'ab12-entry_1',
  account: 'mexc:1',
  symbol: 'BTCUSDT',
  side: 'BUY',
  purpose: 'ENTRY',
  type: 'LIMIT_IOC',
  quantity: quantity('0.0100'),
  limitPrice: price('93000.50'),
  referencePrice: price('92999.99'),
  verdictId: 'v',
  attempt: 0,
  decidedTime: START,
};

const SYMBOL = {
  symbol: 'BTCUSDT',
  status: '1',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  baseAssetPrecision: 6,
  quotePrecision: 2,
  orderTypes: ['LIMIT', 'MARKET'],
  isSpotTradingAllowed: true,
  quoteAmountPrecision: '1',
  baseSizePrecision: '0',
  takerCommission: '0.0005',
};

let server: LoopbackVenue;
let harness: Harness;
let log: KeepingLogger;
let venue: TradingMexcVenue;

function setUp(
  takeStamp: TakeStamp = takeUnfencedStamp,
  credentials: CredentialSource = makeFixedCredentials(KEY, SECRET),
): void {
  log = new KeepingLogger();
  harness = makeHarness(server, { log });
  venue = makeTradingMexcVenue({
    ...harness.deps,
    credentials,
    takeStamp,
  });
}

/** The result of a call, the clock being moved on until there is one. */
async function done<T>(call: Promise<T>, step = 100): Promise<T> {
  let ended = false;
  const finish = () => {
    ended = true;
  };
  call.then(finish, finish);
  await harness.until(() => ended, 'the call ends', step);
  return call;
}

beforeEach(async () => {
  server = await LoopbackVenue.start();
  server.on('GET', '/api/v3/time', () => ({ json: { serverTime: harness.clock.now() + 250 } }));
  server.replies('GET', '/api/v3/exchangeInfo', { json: { symbols: [SYMBOL] } });
  setUp();
  await done(venue.serverTime.sync(), 0);
});
afterEach(async () => {
  await done(venue.close());
  await server.close();
});

describe('placing orders', () => {
  it('signs what it sends, with the venue’s time, an empty body and a content type', async () => {
    server.replies('POST', ORDER, { json: PLACED });
    expect(await done(venue.orders.submit(INTENT), 0)).toEqual({
      kind: 'accepted',
      venueOrderId: PLACED.orderId,
    });
    const [request] = server.seen('POST', ORDER);
    const [unsigned = '', signature] = request!.rawQuery.split('&signature=');
    expect(signature).toBe(signParameters(SECRET, unsigned));
    expect(request!.headers).toMatchObject({ 'x-mexc-apikey': KEY, 'content-type': 'application/json' });
    expect(Object.fromEntries(new URLSearchParams(unsigned))).toEqual({
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'IMMEDIATE_OR_CANCEL',
      quantity: '0.01',
      price: '93000.5',
      newClientOrderId: 'ab12-entry_1',
      recvWindow: '5000',
      timestamp: String(START + 250),
    });
  });

  it('places a market buy by what it may spend and a market sale by its quantity', async () => {
    server.replies('POST', ORDER, { json: PLACED });
    const market: OrderIntent = { ...INTENT, type: 'MARKET' };
    await done(venue.orders.submit(market));
    await done(venue.orders.submit({ ...market, side: 'SELL' }));
    const [buy, sale] = server.seen('POST', ORDER);
    expect(buy!.query.get('quoteOrderQty')).toBe('929.99');
    expect(buy!.query.get('quantity')).toBeNull();
    expect(sale!.query.get('quantity')).toBe('0.01');
    expect(sale!.query.get('price')).toBeNull();
  });

  const outcomes: readonly (readonly [string, Reply, object])[] = [
    [
      'a refusal that is known',
      { status: 400, json: { code: 30004, msg: 'Insufficient position' } },
      { kind: 'rejected', code: 'INSUFFICIENT_POSITION' },
    ],
    [
      'a refusal under HTTP 200',
      { json: { code: 30002, msg: 'minimum' } },
      { kind: 'rejected', code: 'BELOW_MINIMUM' },
    ],
    [
      'too many open orders',
      { status: 400, json: { code: 30029, msg: 'limit' } },
      { kind: 'rejected', code: 'TOO_MANY_ORDERS' },
    ],
    [
      'a refusal that nobody lists',
      { status: 400, json: { code: 4711, msg: 'duplicate?' } },
      { kind: 'unknown' },
    ],
    ['a gateway timeout', { status: 504, text: '<html>' }, { kind: 'unknown' }],
    ['a 503 with a code', { status: 503, json: { code: 30004 } }, { kind: 'unknown' }],
    ['the firewall', { status: 403, text: '<html>' }, { kind: 'unknown' }],
    ['a limit', { status: 429, json: { code: 429 } }, { kind: 'unknown' }],
    ['a cut connection', 'reset', { kind: 'unknown' }],
    ['no answer', 'hang', { kind: 'unknown' }],
    ['an answer without an id', { json: { symbol: 'BTCUSDT' } }, { kind: 'unknown' }],
    ['HTML', { text: '<html>' }, { kind: 'unknown' }],
  ];
  it.each(outcomes)('tells %s as what it proves, and never sends twice', async (_name, reply, expected) => {
    server.replies('POST', ORDER, reply);
    expect(await done(venue.orders.submit(INTENT))).toMatchObject(expected);
    expect(server.seen('POST', ORDER)).toHaveLength(1);
  });

  it('reads the clock again and repeats once, newly stamped, when the venue refused the timestamp', async () => {
    server.replies(
      'POST',
      ORDER,
      { status: 400, json: { code: 700_003, msg: 'Timestamp' } },
      { json: PLACED },
    );
    harness.clock.advanceTo(START + 10_000);
    expect(await done(venue.orders.submit(INTENT))).toMatchObject({ kind: 'accepted' });
    const [first, second] = server.seen('POST', ORDER);
    expect(second!.query.get('timestamp')).not.toBe(first!.query.get('timestamp'));
    expect(server.seen('GET', '/api/v3/time')).toHaveLength(2);
  });

  it('tells a rejection when the timestamp is refused twice', async () => {
    server.replies('POST', ORDER, { status: 400, json: { code: 700_003, msg: 'Timestamp' } });
    expect(await done(venue.orders.submit(INTENT))).toMatchObject({
      kind: 'rejected',
      code: 'TIMESTAMP_OUTSIDE_WINDOW',
    });
    expect(server.seen('POST', ORDER)).toHaveLength(2);
  });

  it('sends nothing without a stamp, with an old one, or when the epoch cannot be checked', async () => {
    const stamps: readonly (readonly [TakeStamp, string])[] = [
      [() => Promise.resolve(undefined), 'FENCED'],
      [() => Promise.resolve({ timestamp: START - 5_000, recvWindow: 5_000 }), 'TOO_LATE'],
      [() => Promise.resolve({ timestamp: START, recvWindow: 60_000 }), 'TOO_LATE'],
      [() => Promise.reject(new Error('the ledger is away')), 'STAMP_FAILED'],
    ];
    for (const [takeStamp, code] of stamps) {
      setUp(takeStamp);
      await done(venue.serverTime.sync(), 0);
      expect(await done(venue.orders.submit(INTENT))).toMatchObject({ kind: 'rejected', code });
    }
    expect(server.seen('POST', ORDER)).toEqual([]);
  });

  it('asks for the stamp with the order’s id at the moment of sending, after the wait for the budget', async () => {
    const asked: unknown[] = [];
    setUp((request) => {
      asked.push({ purpose: request.purpose, orderId: request.orderId, at: harness.clock.now() });
      return takeUnfencedStamp(request);
    });
    await done(venue.serverTime.sync(), 0);
    server.replies('POST', ORDER, { json: PLACED });
    await Promise.all([
      done(venue.orders.submit(INTENT), 10),
      done(venue.orders.submit({ ...INTENT, orderId: 'second' }), 10),
    ]);
    expect(asked).toEqual([
      { purpose: 'submit', orderId: 'ab12-entry_1', at: expect.any(Number) },
      { purpose: 'submit', orderId: 'second', at: expect.any(Number) },
    ]);
    const [, second] = asked as { at: number }[];
    expect(second!.at).toBeGreaterThan(START);
  });

  it('does not send an entry whose time is over', async () => {
    const outcome = await done(venue.orders.submit({ ...INTENT, validUntil: START }));
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'TOO_LATE' });
    expect(server.seen('POST', ORDER)).toEqual([]);
  });

  it('reads the symbol’s rules again after the venue showed that they changed', async () => {
    await done(venue.marketData.instruments(['BTCUSDT']));
    server.replies('POST', ORDER, { status: 400, json: { code: 10_007, msg: 'symbol not support api' } });
    expect(await done(venue.orders.submit(INTENT))).toMatchObject({ code: 'SYMBOL_NOT_SUPPORTED' });
    await done(venue.marketData.instruments(['BTCUSDT']));
    expect(server.seen('GET', '/api/v3/exchangeInfo')).toHaveLength(2);
  });

  it('refuses an id that the venue may not keep', async () => {
    await expect(venue.orders.submit({ ...INTENT, orderId: 'x'.repeat(33) })).rejects.toThrow(RangeError);
    await expect(venue.orders.submit({ ...INTENT, orderId: 'a b' })).rejects.toThrow('[A-Za-z0-9_-]');
  });

  it('shows neither key nor secret nor signature in outcomes and logs', async () => {
    server.on('POST', ORDER, ({ rawQuery }) => ({
      status: 400,
      json: { code: 700_002, msg: `${KEY} ${rawQuery}` },
    }));
    const outcome = await done(venue.orders.submit(INTENT));
    const signature = server.seen('POST', ORDER)[0]!.query.get('signature')!;
    const shown = `${JSON.stringify(outcome)} ${log.lines.join('\n')}`;
    for (const secret of [KEY, SECRET, signature]) expect(shown).not.toContain(secret);
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'SIGNATURE_INVALID' });
    expect(JSON.stringify(makeFixedCredentials(KEY, SECRET))).not.toContain(SECRET);
  });
});

describe('cancelling orders', () => {
  const ref = { orderId: 'ab12-entry_1', symbol: 'BTCUSDT' };
  const outcomes: readonly (readonly [string, Reply, object])[] = [
    ['an answer of any shape', { json: { ...PLACED, status: 'NEW' } }, { kind: 'accepted' }],
    [
      'an order that is unknown',
      { status: 400, json: { code: -2011, msg: 'Unknown order sent.' } },
      { kind: 'not-working' },
    ],
    [
      'an order that does not exist',
      { status: 400, json: { code: -2013, msg: 'no' } },
      { kind: 'not-working' },
    ],
    ['a server that fails', { status: 500, text: '' }, { kind: 'unknown' }],
    ['a cut connection', 'reset', { kind: 'unknown' }],
    ['a key without permission', { status: 400, json: { code: 700_007, msg: 'no' } }, { kind: 'unknown' }],
  ];
  it.each(outcomes)('answers %s', async (_name, reply, expected) => {
    server.replies('DELETE', ORDER, reply);
    expect(await done(venue.orders.cancel(ref))).toMatchObject(expected);
    expect(server.seen('DELETE', ORDER)[0]!.query.get('origClientOrderId')).toBe(ref.orderId);
  });

  it('cancels all orders of a symbol with one request', async () => {
    server.replies('DELETE', '/api/v3/openOrders', { json: [] });
    expect(await done(venue.orders.cancelSymbol('BTCUSDT'))).toEqual({ kind: 'accepted' });
  });
});

describe('looking at orders', () => {
  const ref = { orderId: 'ab12-entry_1', symbol: 'BTCUSDT' };
  const row = {
    symbol: 'BTCUSDT',
    orderId: 505_979,
    clientOrderId: null,
    status: 'CANCELED',
    executedQty: '0.004',
    side: 'BUY',
    time: START,
    updateTime: START + 1,
    cancelReason: 'stp_cancel',
  };

  it('does not know an order that the venue does not find (yet)', async () => {
    server.replies('GET', ORDER, { status: 400, json: { code: -2013, msg: 'Order does not exist.' } });
    expect(await done(venue.orders.order(ref))).toBeUndefined();
  });

  it('reads ids as text and tells a cancelled order with fills apart', async () => {
    server.replies('GET', ORDER, { json: row });
    const order = await done(venue.orders.order(ref));
    expect(order).toMatchObject({
      orderId: ref.orderId,
      venueOrderId: '505979',
      status: 'PARTIALLY_CANCELED',
      reason: 'stp_cancel',
    });
    expect(formatDecimal(order!.filledQuantity)).toBe('0.004');
  });

  it('keeps an id beyond 2^53 to the digit and repeats a read that failed', async () => {
    const text = JSON.stringify(row).replace('505979', '505979017439002624115');
    server.replies('GET', ORDER, 'reset', { text });
    expect(await done(venue.orders.order(ref))).toMatchObject({ venueOrderId: '505979017439002624115' });
  });

  it('throws for a status that nobody knows rather than guess', async () => {
    server.replies('GET', ORDER, { json: { ...row, status: 'MAYBE' } });
    await expect(done(venue.orders.order(ref))).rejects.toMatchObject({ code: 'FIELD_INVALID' });
  });

  it('asks for the whole account when no symbol is named, and shows orders of others', async () => {
    server.replies('GET', '/api/v3/openOrders', { json: [{ ...row, status: 'STOPPED?', executedQty: '0' }] });
    const orders = await done(venue.orders.openOrders([]));
    expect(orders).toMatchObject([{ orderId: '', venueOrderId: '505979', status: 'WORKING' }]);
    expect(server.seen('GET', '/api/v3/openOrders')[0]!.query.has('symbol')).toBe(false);
  });

  it('reads all fills of an order page by page whatever their order, and values the fees', async () => {
    server.replies('GET', ORDER, { json: { ...row, status: 'FILLED' } });
    const trade = (at: number) => ({
      symbol: 'BTCUSDT',
      id: `t${at}`,
      orderId: '505979',
      clientOrderId: null,
      price: '100',
      qty: '0.5',
      commission: at === 0 ? '0.001' : '0.25',
      commissionAsset: ['BTC', 'USDT', 'MX'][at % 3],
      time: START + at,
      isBuyer: true,
      isMaker: at % 2 === 0,
    });
    const all = Array.from({ length: 250 }, (_, at) => trade(at));
    server.on('GET', '/api/v3/myTrades', ({ query }) => {
      const from = Number(query.get('startTime') ?? 0);
      const to = Number(query.get('endTime') ?? Infinity);
      return {
        json: all
          .filter(({ time }) => time >= from && time <= to)
          .reverse()
          .slice(0, 100),
      };
    });
    server.replies('GET', '/api/v3/ticker/price', { json: { symbol: 'MXUSDT', price: '2' } });
    const fills = await done(venue.orders.fills(ref));
    expect(fills.map(({ tradeId }) => tradeId)).toEqual(all.map(({ id }) => id));
    expect(fills.slice(0, 3).map(({ fee }) => `${fee.asset} ${formatDecimal(fee.quoteValue)}`)).toEqual([
      'BTC 0.1',
      'USDT 0.25',
      'MX 0.5',
    ]);
    expect(fills[0]).toMatchObject({ orderId: ref.orderId, side: 'BUY', liquidity: 'MAKER' });
    expect(server.seen('GET', '/api/v3/ticker/price')).toHaveLength(1);
  });

  it('takes the undiscounted fee as the value of one whose asset has no price', async () => {
    server.replies('GET', ORDER, { json: row });
    const trade = {
      symbol: 'BTCUSDT',
      id: 't',
      orderId: '505979',
      price: '100',
      qty: '2',
      time: START,
      isBuyer: false,
      isMaker: false,
    };
    server.replies('GET', '/api/v3/myTrades', {
      json: [{ ...trade, commission: 0.000_000_1, commissionAsset: 'MX' }],
    });
    server.replies('GET', '/api/v3/ticker/price', {
      status: 400,
      json: { code: -1121, msg: 'Invalid symbol.' },
    });
    const [fill] = await done(venue.orders.fills(ref));
    expect(formatDecimal(fill!.fee.quoteValue)).toBe('0.1');
    expect(formatDecimal(fill!.fee.amount)).toBe('0.0000001');
  });

  it('reads balances and the account’s own id', async () => {
    server.replies('GET', '/api/v3/account', {
      json: {
        canTrade: true,
        updateTime: null,
        balances: [{ asset: 'BTC', free: '1.50', locked: '0', available: '1.5' }],
      },
    });
    server.replies('GET', '/api/v3/uid', { json: { uid: 209_302_839 } });
    const [balance] = await done(venue.orders.balances());
    expect(formatDecimal(balance!.free)).toBe('1.5');
    expect(await done(venue.orders.accountId())).toBe('209302839');
  });
});

describe('keys', () => {
  const info = {
    permissions: 'SPOT_ACCOUNT_READ,SPOT_DEAL_READ,SPOT_DEAL_WRITE',
    remainingValidity: 82,
    ipWhiteList: '',
    status: 'VALID',
  };
  it('accepts a key that may trade and not withdraw', async () => {
    server.replies('GET', '/api/v3/apiKeyInfo', { json: info });
    expect(await done(venue.checkKey())).toMatchObject({ daysLeft: 82, boundToAddresses: false });
    expect(server.seen('GET', '/api/v3/apiKeyInfo')[0]!.query.get('accessKey')).toBe(KEY);
  });

  it.each([
    ['may withdraw', { permissions: `${info.permissions},SPOT_WITHDRAW_WRITE` }, 'may withdraw'],
    [
      'has a new permission about withdrawals',
      { permissions: `${info.permissions},WITHDRAW_V2` },
      'may withdraw',
    ],
    ['may not trade', { permissions: 'SPOT_ACCOUNT_READ' }, 'lacks SPOT_DEAL_READ, SPOT_DEAL_WRITE'],
    ['is not valid', { status: 'EXPIRED' }, 'EXPIRED'],
  ])('refuses a key that %s', async (_name, change, message) => {
    server.replies('GET', '/api/v3/apiKeyInfo', { json: { ...info, ...change } });
    await expect(done(venue.checkKey())).rejects.toMatchObject({
      code: 'KEY_UNSUITABLE',
      class: 'credentials',
      message: expect.stringContaining(message),
    });
  });

  describe('that take the place of the checked one', () => {
    const INFO = '/api/v3/apiKeyInfo';
    const asked = () => server.seen('GET', INFO).map(({ query }) => query.get('accessKey'));
    let accessKey: string;

    beforeEach(async () => {
      accessKey = KEY;
      await done(venue.close());
      setUp(takeUnfencedStamp, { current: () => Promise.resolve(makeCredentials(accessKey, SECRET)) });
      server.replies('GET', INFO, { json: info });
      server.replies('POST', ORDER, { json: PLACED });
      await done(venue.serverTime.sync(), 0);
      await done(venue.checkKey());
      accessKey = 'mx0second';
    });

    it('are checked once before anything is entered', async () => {
      for (const orderId of ['e1', 'e2']) {
        expect(await done(venue.orders.submit({ ...INTENT, orderId }))).toMatchObject({ kind: 'accepted' });
      }
      expect(asked()).toEqual([KEY, accessKey]);
    });

    it('enter nothing while they may withdraw, but what is held can be sold', async () => {
      const permissions = `${info.permissions},SPOT_WITHDRAW_WRITE`;
      server.replies('GET', INFO, { json: { ...info, permissions } });
      expect(await done(venue.orders.submit(INTENT))).toMatchObject({
        kind: 'rejected',
        code: 'KEY_UNSUITABLE',
      });
      expect(server.seen('POST', ORDER)).toEqual([]);
      const exit: OrderIntent = { ...INTENT, orderId: 'x1', purpose: 'EXIT', side: 'SELL' };
      expect(await done(venue.orders.submit(exit))).toMatchObject({ kind: 'accepted' });
    });

    it('enter nothing while the venue does not tell of them', async () => {
      server.replies('GET', INFO, 'reset');
      expect(await done(venue.orders.submit(INTENT))).toMatchObject({
        kind: 'rejected',
        code: 'KEY_UNCHECKED',
      });
      server.replies('GET', INFO, { json: info });
      expect(await done(venue.orders.submit(INTENT))).toMatchObject({ kind: 'accepted' });
    });
  });

  describe('that were checked, and are looked at again', () => {
    const INFO = '/api/v3/apiKeyInfo';
    const asked = () => server.seen('GET', INFO).length;
    const exit: OrderIntent = { ...INTENT, orderId: 'x1', purpose: 'EXIT', side: 'SELL' };
    /** Lets the time of the next look come, and the look end. */
    const passUntilAsked = async (duration: number, step: number) => {
      const before = asked();
      await harness.pass(duration - step, step);
      expect(asked()).toBe(before);
      await harness.until(() => asked() > before, 'it is asked again', step);
    };

    beforeEach(async () => {
      server.replies('GET', INFO, { json: info });
      server.replies('POST', ORDER, { json: PLACED });
      await done(venue.checkKey());
    });

    it.each([
      ['may withdraw', { permissions: `${info.permissions},SPOT_WITHDRAW_WRITE` }, 'may withdraw'],
      ['may not trade any more', { permissions: 'SPOT_ACCOUNT_READ' }, 'lacks SPOT_DEAL_READ'],
      ['has expired', { status: 'EXPIRED' }, 'EXPIRED'],
    ])('enter nothing once one of them %s, until it is mended', async (_name, change, message) => {
      server.replies('GET', INFO, { json: { ...info, ...change } });
      await passUntilAsked(HOUR, 30 * SECOND);
      await harness.until(() => venue.keyProblem() !== undefined, 'it is known', 0);
      expect(venue.keyProblem()).toContain(message);
      expect(log.lines.some((line) => line.includes('nothing is entered') && !line.includes(KEY))).toBe(true);
      expect(await done(venue.orders.submit(INTENT))).toMatchObject({
        kind: 'rejected',
        code: 'KEY_UNSUITABLE',
      });
      expect(server.seen('POST', ORDER)).toEqual([]);
      expect(await done(venue.orders.submit(exit))).toMatchObject({ kind: 'accepted' });
      server.replies('GET', INFO, { json: info });
      await passUntilAsked(5 * MINUTE, SECOND);
      await harness.until(() => venue.keyProblem() === undefined, 'it is mended', 0);
      expect(await done(venue.orders.submit({ ...INTENT, orderId: 'e2' }))).toMatchObject({
        kind: 'accepted',
      });
    });

    it('go on as they were while the venue does not tell, and are asked about sooner', async () => {
      server.replies('GET', INFO, 'reset');
      await passUntilAsked(HOUR, 30 * SECOND);
      expect(await done(venue.orders.submit(INTENT))).toMatchObject({ kind: 'accepted' });
      expect(venue.keyProblem()).toBeUndefined();
      await passUntilAsked(5 * MINUTE, SECOND);
    });

    it('are asked about no more once the client is closed', async () => {
      const before = asked();
      await done(venue.close());
      await harness.pass(2 * HOUR, 30 * SECOND);
      expect(asked()).toBe(before);
    });
  });

  it('refuses a key about which the venue says nothing readable', async () => {
    server.replies('GET', '/api/v3/apiKeyInfo', { json: { code: 200, data: {} } });
    await expect(done(venue.checkKey())).rejects.toMatchObject({ code: 'REPLY_INVALID' });
  });
});
