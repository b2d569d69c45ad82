/**
 * What a venue can say, or fail to say, that it must not: each time there is a typed error that is counted, memory stays
 * bounded, and the same subscription goes on delivering afterwards. The server is real, on loopback.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MexcError } from '../../src/adapters/mexc/errors.ts';
import { makePublicMexcVenue, type PublicMexcVenue } from '../../src/adapters/mexc/mexc-venue.ts';
import { openWebSocket } from '../../src/adapters/mexc/socket.ts';
import { makePushCodec } from '../../src/adapters/mexc/wire/push-codec.ts';
import type { PushFrame } from '../../src/adapters/mexc/wire/push-frame.ts';
import { MINUTE, SECOND } from '../../src/domain/time.ts';
import { makeCertificate } from '../support/certificate.ts';
import { KeepingLogger, makeHarness, type Harness, START } from './harness.ts';
import { kline, minuteOf, row, word } from './klines.ts';
import { LoopbackVenue, type Reply } from './loopback-venue.ts';

const REJECTED = 'trading_venue_rejected_frames_total';
const ENDS = 'trading_venue_connection_ends_total';
const REQUESTS = 'trading_venue_requests_total';
const KLINES = '/api/v3/klines';
const SYMBOLS = ['BTCUSDT', '龙虾USDT'] as const;
const MEGABYTE = 1024 * 1024;
/** Far below what is sent, far above what a garbage collector leaves lying about. */
const ALLOWED_GROWTH = 40 * MEGABYTE;
const ALLOWED_SERIES = 40;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
function heldMemory(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
/** What was sent is let go again: buffers are freed a moment after they were found to be garbage. */
const keepsLittle = (before: number) =>
  harness.settle(
    () => heldMemory() - before < ALLOWED_GROWTH,
    `at most ${ALLOWED_GROWTH} bytes more are held`,
  );

let server: LoopbackVenue;
let untrusted: Server;
/** Nobody listens there. */
let closedPort: number;
let harness: Harness;
let venue: PublicMexcVenue;
let log: KeepingLogger;
let told: Map<string, string[]>;
/** Where requests and connections go while the venue is not itself. */
let elsewhere: { readonly rest: string; readonly ws: string } | undefined;

beforeAll(async () => {
  const { certificate, key } = await makeCertificate('localhost');
  untrusted = createServer({ cert: certificate, key });
  await new Promise<void>((resolve) => untrusted.listen(0, '127.0.0.1', resolve));
  const gone = await LoopbackVenue.start();
  closedPort = gone.port;
  await gone.close();
});
afterAll(() => new Promise((resolve) => untrusted.close(resolve)));

beforeEach(async () => {
  server = await LoopbackVenue.start();
  log = new KeepingLogger();
  told = new Map(SYMBOLS.map((symbol) => [symbol, []]));
  elsewhere = undefined;
  harness = makeHarness(server, { log });
  venue = makePublicMexcVenue({
    ...harness.deps,
    fetch: (url, init) =>
      fetch(elsewhere === undefined ? url : url.replace(server.restUrl, elsewhere.rest), init),
    openSocket: (address, ...rest) =>
      openWebSocket(elsewhere === undefined ? address : address.replace(server.wsUrl, elsewhere.ws), ...rest),
  });
  restKnows();
  await venue.marketData.subscribe({ symbols: [...SYMBOLS], interval: MINUTE }, (update) => {
    told.get(update.kind === 'candle' ? update.candle.symbol : update.symbol)?.push(word(update));
    return Promise.resolve();
  });
  await carried();
});
afterEach(async () => {
  await venue.close();
  await server.close();
});

const subscribed = () => server.open.reduce((sum, { channels }) => sum + channels.size, 0);
const carried = () => harness.until(() => subscribed() === SYMBOLS.length, 'both symbols are carried');
/** The connections are gone, and all is carried by new ones. */
async function reconnected(): Promise<void> {
  await harness.until(() => subscribed() === 0, 'the old connection is gone', 0);
  await carried();
}
function cut(): Promise<void> {
  for (const { socket } of server.open) socket.terminate();
  return reconnected();
}
const all = (said: string) => SYMBOLS.every((symbol) => told.get(symbol)?.includes(said));

/** REST has every window up to the clock's. */
function restKnows(): void {
  server.on('GET', KLINES, ({ query }) => {
    const from = minuteOf(Number(query.get('startTime')));
    const to = Math.floor(minuteOf(Math.min(Number(query.get('endTime')), harness.clock.now())));
    return { json: Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => row(from + at)) };
  });
}

/** The next candle of each symbol comes, live, on the subscription that was there all along. */
async function goesOn(): Promise<void> {
  await carried();
  const minute = Math.ceil(minuteOf(harness.clock.now()));
  await harness.until(() => harness.clock.now() >= START + minute * MINUTE, 'the next window', 250);
  for (const symbol of SYMBOLS) {
    server.push(kline(symbol, minute));
    server.push(kline(symbol, minute + 1, 1));
  }
  await harness.until(() => all(`live ${minute}`), `candle ${minute} of both symbols`);
  expect(harness.metrics.count('trading_venue_backlog')).toBe(0);
  expect(harness.metrics.series).toBeLessThanOrEqual(ALLOWED_SERIES);
  expect(log.lines.filter((line) => line.length > 1_000)).toEqual([]);
}

const codec = makePushCodec();
const good = kline('BTCUSDT', 0);
const altered = (changes: Partial<(typeof good)['body']>): PushFrame => ({
  ...good,
  body: { ...good.body, ...changes },
});
/** A length of 4 GiB, and a field of a megabyte that is not UTF-8. */
const HUGE_LENGTH = Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]);
const NOT_UTF8 = Buffer.concat([Buffer.from([0x0a, 0x80, 0x80, 0x20]), Buffer.alloc(512 * 1024, 0xff)]);
const NESTED = Buffer.alloc(512 * 1024, 0x0b);

describe('a frame that cannot be', () => {
  const frames: readonly (readonly [what: string, data: () => Uint8Array, counted: string])[] = [
    ['cut protobuf', () => codec.encode(good).subarray(0, 70), 'PROTOBUF_MALFORMED'],
    ['arbitrary bytes', () => Buffer.alloc(300_000, 0xa7), 'PROTOBUF_MALFORMED'],
    ['a length beyond the frame', () => HUGE_LENGTH, 'PROTOBUF_MALFORMED'],
    ['text that is not UTF-8', () => NOT_UTF8, 'PROTOBUF_MALFORMED'],
    ['groups within groups', () => NESTED, 'PROTOBUF_MALFORMED'],
    ['a number beyond 2^53', () => Buffer.from('28ffffffffffffffff7f', 'hex'), 'INT64_RANGE'],
    ['a price of 0', () => codec.encode(altered({ closingPrice: '0' })), 'FIELD_INVALID'],
    ['a negative price', () => codec.encode(altered({ lowestPrice: '-1' })), 'FIELD_INVALID'],
    ['a price in words', () => codec.encode(altered({ openingPrice: 'NaN' })), 'FIELD_INVALID'],
    ['a volume of 999 digits', () => codec.encode(altered({ volume: '9'.repeat(999) })), 'FIELD_INVALID'],
    ['a window of five minutes', () => codec.encode(altered({ windowEnd: 2_000 })), 'FIELD_INVALID'],
    ['a window of the far future', () => codec.encode(kline('BTCUSDT', 1_000_000)), 'IMPLAUSIBLE_TIME'],
    ['a symbol that nobody asked for', () => codec.encode({ ...good, symbol: 'XYZUSDT' }), 'SYMBOL_UNKNOWN'],
    ['a symbol of other letters', () => codec.encode({ ...good, symbol: '谁USDT\u0000' }), 'SYMBOL_UNKNOWN'],
  ];
  it.each(frames)('%s is counted, and the connection goes on', async (_what, data, counted) => {
    const times = 200;
    const before = heldMemory();
    for (let time = 0; time < times; time += 1) server.pushRaw(data());
    await harness.settle(() => harness.metrics.count(REJECTED, counted) === times, counted);
    expect(server.sockets).toHaveLength(1);
    await keepsLittle(before);
    await goesOn();
  });

  it('ten thousand symbols that nobody asked for leave nothing behind', async () => {
    const before = heldMemory();
    for (let at = 0; at < 10_000; at += 1) server.push({ ...good, symbol: `X${at}USDT` });
    await harness.settle(() => harness.metrics.count(REJECTED, 'SYMBOL_UNKNOWN') === 10_000, 'all of them');
    await keepsLittle(before);
    await goesOn();
  });

  const texts: readonly (readonly [what: string, text: string])[] = [
    ['cut JSON', '{"id":1,"code":0,"msg":"spot@pub'],
    ['JSON of another shape', '[[[["msg"]]]]'],
    ['deep JSON', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
    ['half a megabyte of text', 'x'.repeat(512 * 1024)],
  ];
  it.each(texts)('%s as a control message is counted, and the connection goes on', async (_what, text) => {
    const times = 100;
    const before = heldMemory();
    for (let time = 0; time < times; time += 1) server.pushRaw(text);
    await harness.settle(() => harness.metrics.count(REJECTED, 'CONTROL_UNKNOWN') === times, 'all of them');
    expect(server.sockets).toHaveLength(1);
    await keepsLittle(before);
    await goesOn();
  });

  it('an echo of channels that nobody asked for changes nothing', async () => {
    for (let at = 0; at < 1_000; at += 1) server.pushRaw(`{"id":1,"code":0,"msg":"spot@a${at},spot@b${at}"}`);
    await goesOn();
    expect(server.sockets).toHaveLength(1);
  });

  it.each([
    ['binary', () => Buffer.alloc(50 * MEGABYTE)],
    ['text', () => 'x'.repeat(50 * MEGABYTE)],
  ])('50 MB of %s end the connection before they are held, three times over', async (_kind, data) => {
    const before = heldMemory();
    for (let time = 1; time <= 3; time += 1) {
      server.pushRaw(data());
      await harness.settle(() => harness.metrics.count(ENDS, 'FRAME_TOO_LARGE') === time, 'the end');
      await reconnected();
    }
    await keepsLittle(before);
    await goesOn();
  });
});

const wrong = (scheme: 'https' | 'http', host: string) => ({
  rest: `${scheme}://${host}`,
  ws: `${scheme === 'https' ? 'wss' : 'ws'}://${host}/ws`,
});
const places: readonly (readonly [
  what: string,
  at: () => typeof elsewhere,
  ends: string,
  outcome: string,
])[] = [
  ['a server without TLS', () => wrong('https', `127.0.0.1:${server.port}`), 'TLS_FAILED', 'TLS_FAILED'],
  [
    'a certificate that nobody vouches for',
    () => wrong('https', `127.0.0.1:${(untrusted.address() as AddressInfo).port}`),
    'TLS_FAILED',
    'TLS_FAILED',
  ],
  // A name that never exists (RFC 2606): no server has to be asked for it.
  ['a name that does not resolve', () => wrong('https', 'exchange.invalid'), 'DNS_FAILED', 'DNS_FAILED'],
  [
    'nothing at the address',
    () => wrong('http', `127.0.0.1:${closedPort}`),
    'CONNECT_FAILED',
    'CONNECTION_REFUSED',
  ],
];

describe('a venue that cannot be reached', () => {
  it.each(places)('%s is named and counted, and left behind', async (_what, at, ends, outcome) => {
    elsewhere = at();
    for (const { socket } of server.open) socket.terminate();
    await harness.until(() => harness.metrics.count(ENDS, ends) >= 2, `${ends} twice`, 200);
    const error = await venue.rest.time().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MexcError);
    expect(error).toMatchObject({ code: outcome, retryable: true });
    expect(harness.metrics.count(REQUESTS, 'GET /api/v3/time', outcome)).toBe(1);
    await harness.until(() => all('STALE'), 'the feed is told as stale', SECOND);
    elsewhere = undefined;
    await goesOn();
    await harness.until(() => all('RECOVERED'), 'the feed is told as recovered');
  });
});

describe('an answer of REST that cannot be, while a gap is to be filled', () => {
  const rows = (json: unknown): Reply => ({ json });
  const answers: readonly (readonly [what: string, reply: Reply, outcome: string])[] = [
    ['HTTP 200 with an error code', rows({ code: 30_000, msg: 'suspended' }), 'SYMBOL_SUSPENDED'],
    ['an unknown symbol', { status: 400, json: { code: -1_121, msg: 'Invalid symbol.' } }, 'INVALID_SYMBOL'],
    ['cut JSON', { text: '[[1736410680000,"100' }, 'BODY_NOT_JSON'],
    ['deep JSON', { text: `${'['.repeat(200_000)}${']'.repeat(200_000)}` }, 'BODY_NOT_JSON'],
    ['JSON of another shape', rows({ rows: 'none' }), 'REPLY_INVALID'],
    ['HTML under HTTP 200', { text: '<html>hello</html>' }, 'BODY_NOT_JSON'],
    ['a body without end', 'flood', 'BODY_TOO_LARGE'],
    ['a cut connection', 'reset', 'CONNECTION_LOST'],
  ];
  it.each(answers)('%s is counted, asked for again, and the gap is filled', async (_what, reply, outcome) => {
    for (const symbol of SYMBOLS) server.push(kline(symbol, 0, 4));
    await harness.settle(() => all('tick 104'), 'the first frames');
    const before = heldMemory();
    server.on('GET', KLINES, () => reply);
    await cut();
    const counted = () => harness.metrics.count(REQUESTS, `GET ${KLINES}`, outcome);
    // A body takes real time: the clock may not run ahead of it.
    const step = reply === 'flood' ? 40 : 200;
    await harness.until(() => counted() >= 1 && all('GAP'), `${outcome}, and the gap is told`, step);
    await keepsLittle(before);
    restKnows();
    await harness.until(() => all('backfill 0'), 'the gap is filled', 200);
    await goesOn();
    // So long without a push it was told as stale: that ends with pushes, not with the past.
    await harness.until(() => all('RECOVERED'), 'the feed is told as recovered', 200);
  });

  it('rows that cannot be are left out and counted, the others are taken', async () => {
    for (const symbol of SYMBOLS) server.push(kline(symbol, 0, 4));
    await harness.settle(() => all('tick 104'), 'the first frames');
    server.on('GET', KLINES, () =>
      rows([row(0), row(1), ['x'], null, [START, '0', '0', '0', '0', '0', 1, '0']]),
    );
    await cut();
    await harness.until(() => all('backfill 0'), 'the sound rows', 200);
    expect(harness.metrics.count(REJECTED, 'FIELD_INVALID')).toBeGreaterThanOrEqual(6);
    restKnows();
    await goesOn();
  });
});
