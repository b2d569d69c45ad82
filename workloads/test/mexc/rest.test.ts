import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MexcError } from '../../src/adapters/mexc/errors.ts';
import { makePublicMexcVenue, type PublicMexcVenue } from '../../src/adapters/mexc/mexc-venue.ts';
import { MINUTE } from '../../src/domain/time.ts';
import { type Harness, makeHarness, START } from './harness.ts';
import { LoopbackVenue, type Reply } from './loopback-venue.ts';

const TIME = '/api/v3/time';
const KLINES = '/api/v3/klines';

let server: LoopbackVenue;
let harness: Harness;
let venue: PublicMexcVenue;

beforeEach(async () => {
  server = await LoopbackVenue.start();
  harness = makeHarness(server);
  venue = makePublicMexcVenue(harness.deps);
});
afterEach(async () => {
  await venue.close();
  await server.close();
});

/** How a request ended, with the clock moved on until it did. */
async function outcome<T>(call: Promise<T>, step = 500): Promise<T | MexcError> {
  let ended: { readonly value: T | MexcError } | undefined;
  call.then(
    (value) => {
      ended = { value };
    },
    (error: unknown) => {
      if (!(error instanceof MexcError)) throw error;
      ended = { value: error };
    },
  );
  await harness.until(() => ended !== undefined, 'the request ends', step);
  if (ended === undefined) throw new Error('unreachable');
  return ended.value;
}

async function failure(call: Promise<unknown>, step = 500): Promise<MexcError> {
  const ended = await outcome(call, step);
  if (ended instanceof MexcError) return ended;
  throw new Error('the call was expected to fail');
}

const row = (minute: number, close = '101') => [
  START + minute * MINUTE,
  '100',
  '102',
  '99',
  close,
  '5',
  START + (minute + 1) * MINUTE,
  '500',
];

describe('REST', () => {
  it('reads the venue’s clock', async () => {
    server.replies('GET', TIME, { json: { serverTime: START + 700 } });
    await outcome(venue.serverTime.sync(), 0);
    expect(venue.serverTime.reading()).toMatchObject({ offset: 700, drifting: true });
    expect(venue.serverTime.now()).toBe(START + 700);
  });

  const faults: readonly (readonly [string, Reply, Partial<MexcError>])[] = [
    [
      'a business refusal',
      { status: 400, json: { code: -1121, msg: 'Invalid symbol.' } },
      { code: 'INVALID_SYMBOL', class: 'terminal', definite: true },
    ],
    [
      'a refusal under HTTP 200',
      { json: { code: 30000, msg: 'suspended' } },
      { code: 'SYMBOL_SUSPENDED', rereadInstrument: true },
    ],
    [
      'a refusal in Chinese with an unknown field',
      { status: 400, json: { msg: '资金不足', code: 10101, _extend: null } },
      { code: 'INSUFFICIENT_BALANCE' },
    ],
    [
      'a code that nobody lists',
      { status: 400, json: { code: 987_654, msg: 'x' } },
      { code: 'UNLISTED_ERROR', class: 'reconcile', definite: false },
    ],
    [
      'a limit with Retry-After',
      { status: 429, headers: { 'retry-after': '7' }, json: { code: 429 } },
      { code: 'RATE_LIMITED', class: 'wait', retryAfter: 7_000 },
    ],
    ['a limit without Retry-After', { status: 429, text: '' }, { code: 'RATE_LIMITED', retryAfter: 10_000 }],
    [
      'a ban',
      { status: 418, headers: { 'retry-after': '120' }, json: {} },
      { code: 'BANNED', retryAfter: 120_000 },
    ],
    [
      'the firewall’s page',
      { status: 403, text: '<html>Access Denied</html>' },
      { code: 'WAF_DENIED', class: 'wait', retryAfter: 90_000 },
    ],
    [
      'a denial in JSON',
      { status: 403, json: { code: 403, msg: 'Access Denied' } },
      { code: 'ACCESS_DENIED', class: 'terminal' },
    ],
    ['a 401 without a body', { status: 401, text: '' }, { code: 'NO_AUTHORITY', class: 'credentials' }],
    [
      'a 503 whatever its body says',
      { status: 503, json: { code: 30000 } },
      { code: 'SERVER_ERROR', class: 'reconcile', definite: false },
    ],
    [
      'a redirect',
      { status: 302, headers: { location: 'http://127.0.0.1:1/' }, text: '' },
      { code: 'HTTP_REFUSED' },
    ],
    ['HTML under HTTP 200', { text: '<html></html>' }, { code: 'BODY_NOT_JSON', class: 'reconcile' }],
    ['JSON that is cut', { text: '{"serverTime":17' }, { code: 'BODY_NOT_JSON' }],
    ['JSON of another shape', { json: ['x'] }, { code: 'REPLY_INVALID', class: 'reconcile' }],
    ['a cut connection', 'reset', { code: 'CONNECTION_LOST', class: 'reconcile', definite: false }],
    ['no answer', 'hang', { code: 'TIMEOUT', class: 'reconcile', definite: false }],
    ['a body without end', 'flood', { code: 'BODY_TOO_LARGE', class: 'reconcile' }],
  ];
  it.each(faults)('answers %s with a typed error', async (_name, reply, expected) => {
    server.replies('GET', TIME, reply);
    // A body takes real time: the clock stands still for it.
    const error = await failure(venue.rest.time(), reply === 'flood' ? 0 : 500);
    expect(error).toMatchObject(expected);
    expect(harness.metrics.count('trading_venue_requests_total', `GET ${TIME}`, error.code)).toBe(1);
    expect(error.message).not.toMatch(/\n/);
  });

  it('tells a server without TLS, a refused connection and a failed look-up of a name apart', async () => {
    const elsewhere = (restUrl: string, fetched = harness.deps.fetch) =>
      makePublicMexcVenue({
        ...harness.deps,
        fetch: fetched,
        settings: { ...harness.deps.settings, restUrl },
      });
    const tls = elsewhere(server.restUrl.replace('http:', 'https:'));
    expect(await failure(tls.rest.time())).toMatchObject({ code: 'TLS_FAILED', definite: false });
    const gone = await LoopbackVenue.start();
    const { restUrl } = gone;
    await gone.close();
    expect(await failure(elsewhere(restUrl).rest.time())).toMatchObject({
      code: 'CONNECTION_REFUSED',
      definite: true,
    });
    const cause = Object.assign(new Error('getaddrinfo ENOTFOUND api.example'), { code: 'ENOTFOUND' });
    const nameless = elsewhere('https://api.example', () =>
      Promise.reject(new TypeError('fetch failed', { cause })),
    );
    expect(await failure(nameless.rest.time())).toMatchObject({
      code: 'DNS_FAILED',
      definite: true,
      class: 'retryable',
    });
  });

  it('sends nothing while the venue wants quiet, then repeats the read', async () => {
    server.replies(
      'GET',
      KLINES,
      { status: 429, headers: { 'retry-after': '30' }, json: {} },
      { json: [row(0)] },
    );
    const reading = venue.rest.klines({
      symbol: 'BTCUSDT',
      interval: MINUTE,
      from: START,
      to: START,
      lane: 'query',
    });
    await harness.settle(() => server.seen('GET', KLINES).length === 1, 'the first request');
    await harness.pass(29_000);
    expect(server.seen('GET', KLINES)).toHaveLength(1);
    expect(await outcome(reading)).toHaveLength(1);
    expect(server.seen('GET', KLINES)).toHaveLength(2);
  });

  it('reads klines page by page, in order, without repetitions or rows that cannot be', async () => {
    server.on('GET', KLINES, ({ query }) => {
      const from = (Number(query.get('startTime')) - START) / MINUTE;
      const to = Math.floor((Number(query.get('endTime')) - START) / MINUTE);
      const rows = Array.from({ length: to - from + 1 }, (_, at) => row(from + at));
      return { json: [...rows, row(from), row(from, '0'), ['x'], null].reverse() };
    });
    const range = {
      symbol: '龙虾USDT',
      interval: MINUTE,
      from: START,
      to: START + 1_199 * MINUTE,
      lane: 'query',
    } as const;
    const candles = await outcome(venue.rest.klines(range));
    if (candles instanceof MexcError) throw candles;
    expect(candles.map(({ openTime }) => (openTime - START) / MINUTE)).toEqual(
      Array.from({ length: 1_200 }, (_, at) => at),
    );
    expect(server.seen('GET', KLINES)).toHaveLength(3);
    expect(server.requests[0]?.rawQuery).toContain('symbol=%E9%BE%99%E8%99%BEUSDT&interval=1m');
    expect(harness.metrics.count('trading_venue_rejected_frames_total', 'FIELD_INVALID')).toBe(9);
  });

  it('gives history without the open candle', async () => {
    server.on('GET', KLINES, () => ({ json: [-3, -2, -1, 0].map((minute) => row(minute)) }));
    harness.clock.advanceTo(START + 30_000);
    const candles = await outcome(venue.marketData.history('BTC_USDT', MINUTE, 2));
    if (candles instanceof MexcError) throw candles;
    expect(candles.map(({ openTime }) => (openTime - START) / MINUTE)).toEqual([-2, -1]);
  });

  it('asks no further back for history than windows without a trade make it necessary', async () => {
    const traded = { every: 1 };
    server.on('GET', KLINES, ({ query }) => {
      const minutes: number[] = [];
      const [from, to] = [Number(query.get('startTime')), Number(query.get('endTime'))];
      for (let at = Math.ceil((from - START) / MINUTE); START + at * MINUTE <= to; at += 1) {
        if (at % traded.every === 0) minutes.push(at);
      }
      return { json: minutes.map((minute) => row(minute)) };
    });
    harness.clock.advanceTo(START + 30_000);
    const openTimes = async (): Promise<readonly number[]> => {
      const candles = await outcome(venue.marketData.history('BTC_USDT', MINUTE, 1_441));
      if (candles instanceof MexcError) throw candles;
      return candles.map(({ openTime }) => (openTime - START) / MINUTE);
    };
    expect(await openTimes()).toEqual(Array.from({ length: 1_441 }, (_, at) => at - 1_441));
    expect(server.seen('GET', KLINES)).toHaveLength(3);
    traded.every = 2;
    // A quarter more windows than candles are looked at.
    expect(await openTimes()).toEqual(Array.from({ length: 901 }, (_, at) => (at - 901) * 2));
    expect(server.seen('GET', KLINES)).toHaveLength(7);
  });

  it('reads the other symbols when one is not listed', async () => {
    const symbol = {
      status: '1',
      baseAssetPrecision: 6,
      quotePrecision: 2,
      orderTypes: ['LIMIT'],
      isSpotTradingAllowed: true,
    };
    const amounts = { quoteAmountPrecision: '1', baseSizePrecision: '0', baseAsset: 'A', quoteAsset: 'USDT' };
    server.on('GET', '/api/v3/exchangeInfo', ({ query }) =>
      query.has('symbols')
        ? { status: 400, json: { code: -1121, msg: 'Invalid symbol.' } }
        : {
            json: {
              rateLimits: [],
              symbols: [{ symbol: 'AUSDT', ...symbol, ...amounts }, { symbol: 'BAD' }, 7],
            },
          },
    );
    const found = await outcome(venue.marketData.instruments(['A_USDT', 'NONEUSDT']));
    if (found instanceof MexcError) throw found;
    expect([...found.keys()]).toEqual(['AUSDT']);
  });

  it('never shows a key, a signature or a listenKey that the venue repeats', async () => {
    const secret = 'ab'.repeat(32);
    server.replies('GET', TIME, {
      status: 400,
      json: { code: 700_002, msg: `bad signature=${secret} of mx0vglXXXXXXXXXXXX\n${secret}` },
    });
    const { message } = await failure(venue.rest.time());
    expect(message).not.toContain(secret);
    expect(message).not.toContain('mx0vgl');
  });

  it('answers arbitrary bodies under any status with a value or a typed error', async () => {
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.constant('{"serverTime":1}'),
      fc.json().map((text) => text.slice(0, -1)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(200, 400, 403, 500), body, async (status, text) => {
        const fetched = () => Promise.resolve(new Response(text, { status }));
        const one = makePublicMexcVenue({ ...harness.deps, fetch: fetched });
        try {
          const ended = await outcome(one.rest.time());
          return ended instanceof MexcError || typeof ended.serverTime === 'number';
        } finally {
          await one.close();
        }
      }),
      { seed: 61, numRuns: 150 },
    );
  });

  it('answers arbitrary kline bodies with sound candles or a typed error', async () => {
    const cell = fc.oneof(fc.jsonValue(), fc.constantFrom('100', '0', '-1', '1e3', START));
    const rows = fc.array(
      fc.oneof(fc.jsonValue(), fc.array(cell, { minLength: 8, maxLength: 9 }), fc.constant(row(0))),
    );
    await fc.assert(
      fc.asyncProperty(rows, async (json) => {
        const fetched = () => Promise.resolve(new Response(JSON.stringify(json)));
        const one = makePublicMexcVenue({ ...harness.deps, fetch: fetched });
        const range = { symbol: 'A1', interval: MINUTE, from: START, to: START, lane: 'query' } as const;
        const ended = await outcome(one.rest.klines(range));
        await one.close();
        return (
          ended instanceof MexcError || ended.every(({ close, low }) => close.units > 0n && low.units > 0n)
        );
      }),
      { seed: 62, numRuns: 150 },
    );
  });
});
