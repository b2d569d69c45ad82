import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MarketSubscription } from '../../src/ports/venue.ts';
import { makePublicMexcVenue, type PublicMexcVenue } from '../../src/adapters/mexc/mexc-venue.ts';
import { MEXC_SETTINGS } from '../../src/adapters/mexc/mexc-settings.ts';
import {
  bookTickerChannel,
  dealsChannel,
  klineChannel,
  miniTickersChannel,
} from '../../src/adapters/mexc/wire/channels.ts';
import type { MiniTickerBody, PushFrame } from '../../src/adapters/mexc/wire/push-frame.ts';
import { formatDecimal } from '../../src/domain/money/decimal.ts';
import { HOUR, MINUTE, SECOND } from '../../src/domain/time.ts';
import type { MarketUpdate } from '../../src/ports/venue.ts';
import { Faults, seeded } from './faults.ts';
import { type Harness, makeHarness, START } from './harness.ts';
import { kline, minuteOf, row, word } from './klines.ts';
import { LoopbackVenue, type Reply, type SeenRequest } from './loopback-venue.ts';

const KLINES = '/api/v3/klines';
const REJECTED = 'trading_venue_rejected_frames_total';
const ENDS = 'trading_venue_connection_ends_total';

let server: LoopbackVenue;
let harness: Harness;
let venue: PublicMexcVenue;
let updates: MarketUpdate[];

const of = (symbol: string) =>
  updates
    .filter((update) => (update.kind === 'candle' ? update.candle.symbol : update.symbol) === symbol)
    .map(word);
const candlesOf = (symbol: string) => of(symbol).filter((said) => /^(live|backfill|correction)/.test(said));
const names = (count: number) => Array.from({ length: count }, (_, at) => `S${at}USDT`);

function subscribe(symbols: readonly string[]): Promise<Required<MarketSubscription>> {
  return venue.marketData.subscribe({ symbols, interval: MINUTE }, (update) => {
    updates.push(update);
    return Promise.resolve();
  });
}
const subscribed = () => server.open.reduce((sum, { channels }) => sum + channels.size, 0);
const carried = (count: number) =>
  harness.settle(() => subscribed() === count, `${count} channels are carried`);
const push = (...frames: readonly PushFrame[]) => {
  for (const frame of frames) server.push(frame);
};
const told = (symbol: string, said: string) =>
  harness.until(() => of(symbol).includes(said), `${symbol}: ${said}`);
/** Finished windows as REST tells them, up to the minute of the clock. */
function restKnows(volume: (minute: number) => number = () => 10): void {
  server.on('GET', KLINES, (request) => knownRows(request, volume));
}

/** REST's answer: finished windows with all trades, the open one with as many as it has by now. */
function knownRows({ query }: SeenRequest, volume: (minute: number) => number): Reply {
  const from = minuteOf(Number(query.get('startTime')));
  const to = Math.min(minuteOf(Number(query.get('endTime'))), minuteOf(harness.clock.now()));
  const minutes = Array.from({ length: Math.max(0, Math.floor(to) - from + 1) }, (_, at) => from + at);
  return { json: minutes.map((minute) => row(minute, volume(minute))) };
}
const finished = (minute: number) =>
  Math.min(10, Math.max(1, Math.floor((harness.clock.now() - START - minute * MINUTE) / (5 * SECOND))));

/** Of the run with random faults. */
const MINUTES = 12;

/** The volumes of the first minutes as told last; a candle told twice is a correction. */
function valuesOf(symbol: string): readonly string[] {
  const last = new Map<number, string>();
  for (const update of updates) {
    if (update.kind !== 'candle' || update.candle.symbol !== symbol) continue;
    const minute = minuteOf(update.candle.openTime);
    expect(last.has(minute)).toBe(update.origin === 'correction');
    last.set(minute, formatDecimal(update.candle.volume));
  }
  return [...last]
    .filter(([minute]) => minute < MINUTES)
    .sort(([a], [b]) => a - b)
    .map(([, volume]) => volume);
}

function setUp(options: Parameters<typeof makeHarness>[1] = {}): void {
  harness = makeHarness(server, options);
  venue = makePublicMexcVenue(harness.deps);
}

beforeEach(async () => {
  server = await LoopbackVenue.start();
  updates = [];
  setUp();
  restKnows();
});
afterEach(async () => {
  await venue.close();
  await server.close();
});

describe('market data', () => {
  it('carries 200 symbols on 7 connections of at most 30, 15 channels a request, and all deliver', async () => {
    const symbols = names(200);
    await subscribe(symbols);
    await carried(200);
    expect(server.sockets).toHaveLength(7);
    expect(Math.max(...server.sockets.map(({ channels }) => channels.size))).toBeLessThanOrEqual(30);
    expect(Math.max(...server.sockets.flatMap(({ asked }) => asked.map((channels) => channels.length)))).toBe(
      15,
    );
    for (const symbol of symbols) push(kline(symbol, 0), kline(symbol, 1, 1));
    await harness.settle(() => symbols.every((symbol) => candlesOf(symbol).length === 1), 'all deliver');
    expect(symbols.every((symbol) => candlesOf(symbol)[0] === 'live 0')).toBe(true);
  });

  it('closes a candle by the clock when no later frame comes, and confirms it over REST', async () => {
    restKnows((minute) => (minute === 0 && harness.clock.now() >= START + MINUTE ? 8 : 7));
    await subscribe(['BTCUSDT']);
    await carried(1);
    push(kline('BTCUSDT', 0, 7));
    await told('BTCUSDT', 'correction 0');
    expect(of('BTCUSDT').filter((said) => !said.startsWith('tick'))).toEqual(['live 0', 'correction 0']);
    expect(harness.clock.now()).toBeGreaterThanOrEqual(START + MINUTE + 2 * SECOND);
    const live = updates.find((update) => update.kind === 'candle');
    expect(live?.kind === 'candle' && formatDecimal(live.candle.volume)).toBe('7');
  });

  it('loses no candle and repeats none under cuts, lost, repeated and reordered frames and a failing REST', async () => {
    const symbols = names(40);
    const faults = new Faults(seeded(81));
    server.on('GET', KLINES, (request) => faults.answer(() => knownRows(request, finished)));
    await subscribe(symbols);
    await carried(40);
    for (let minute = 0; minute < MINUTES; minute += 1) {
      for (const part of [3, 6, 10]) {
        const due = START + minute * MINUTE + part * 5 * SECOND;
        await harness.until(() => harness.clock.now() >= due, 'the time', 500);
        for (const symbol of symbols) push(...faults.frames((at) => kline(symbol, minute, at), part));
        if (part === 6) await harness.pass(faults.cut(minute, server.open));
      }
    }
    const complete = (symbol: string) => valuesOf(symbol).length === MINUTES;
    await harness.until(() => symbols.every(complete), 'all windows are told', 500);
    await harness.pass(2 * MINUTE);
    for (const [what, count] of Object.entries(faults.happened)) {
      expect(`${what} ${count > 0}`).toBe(`${what} true`);
    }
    for (const symbol of symbols) {
      expect(valuesOf(symbol)).toEqual(Array.from({ length: MINUTES }, () => '10'));
    }
  });

  it('tells a gap, fills it from REST as back-fill and tells that it is over', async () => {
    await subscribe(['BTCUSDT']);
    await carried(1);
    push(kline('BTCUSDT', 0, 4));
    await harness.settle(() => of('BTCUSDT').includes('tick 104'), 'the first frame');
    for (const { socket } of server.open) socket.terminate();
    server.on('GET', KLINES, () => 'reset');
    await harness.until(() => server.sockets.length === 2 && subscribed() === 1, 'the reconnection');
    await harness.pass(2 * MINUTE);
    push(kline('BTCUSDT', 2, 1));
    await told('BTCUSDT', 'GAP');
    restKnows();
    await told('BTCUSDT', 'backfill 1');
    await harness.settle(() => of('BTCUSDT').at(-1) === 'RECOVERED', 'the end of the gap');
    expect(candlesOf('BTCUSDT')).toEqual(['backfill 0', 'backfill 1']);
    expect(harness.metrics.count('trading_venue_feed_events_total', 'GAP')).toBe(1);
  });

  it('ends a stalled socket, connects again and is told stale and recovered meanwhile', async () => {
    restKnows(() => 4);
    await subscribe(['BTCUSDT']);
    await carried(1);
    server.answersPings = false;
    push(kline('BTCUSDT', 0, 4));
    await harness.until(() => harness.metrics.count(ENDS, 'SILENT') > 0, 'the watchdog');
    expect(server.sockets[0]?.pings).toBeGreaterThan(0);
    server.judge = () => 'ignore';
    await told('BTCUSDT', 'STALE');
    server.judge = () => 'echo';
    server.answersPings = true;
    await harness.until(() => subscribed() === 1, 'the reconnection');
    push(kline('BTCUSDT', 0, 5));
    await told('BTCUSDT', 'RECOVERED');
  });

  it('holds a quiet connection with pings and calls nothing stale that REST proves quiet', async () => {
    restKnows(() => 0);
    await subscribe(['QUIETUSDT']);
    await carried(1);
    await harness.pass(5 * MINUTE);
    expect(server.sockets).toHaveLength(1);
    expect(server.sockets[0]?.pings).toBeGreaterThanOrEqual(12);
    expect(of('QUIETUSDT')).not.toContain('STALE');
  });

  it('finds a channel that is dead while its neighbours are not, and replaces the connection before it drops it', async () => {
    await subscribe(['DEADUSDT', 'LIVEUSDT']);
    await carried(2);
    push(kline('DEADUSDT', 0, 1));
    for (let second = 0; second < 100; second += 1) {
      const minute = Math.floor(second / 60);
      push(kline('LIVEUSDT', minute, 1 + Math.floor((second % 60) / 6)));
      await harness.pass(SECOND);
    }
    await told('DEADUSDT', 'STALE');
    await harness.until(() => server.sockets.length > 1, 'the replacement');
    await harness.until(() => server.open.length === 1 && subscribed() === 2, 'the old one is dropped');
    expect(harness.metrics.count(ENDS, 'CONNECTION_LOST')).toBe(0);
    expect(of('LIVEUSDT')).not.toContain('STALE');
    push(kline('DEADUSDT', 2, 1));
    await told('DEADUSDT', 'RECOVERED');
  });

  it('replaces a connection before its 24 hours are over without a gap', async () => {
    expect(MEXC_SETTINGS.link.maxLife).toBeLessThan(24 * HOUR);
    await venue.close();
    setUp({ settings: { link: { ...MEXC_SETTINGS.link, maxLife: 10 * MINUTE, spread: MINUTE } } });
    await subscribe(['BTCUSDT']);
    await carried(1);
    await harness.until(() => server.sockets.length === 2, 'the replacement', SECOND);
    await harness.settle(() => server.open.length === 1, 'the old one is dropped');
    expect(server.sockets[1]?.company).toBe(2);
    expect(server.sockets[1]?.open).toBe(true);
    expect(harness.clock.now()).toBeLessThan(START + 10 * MINUTE);
    expect(of('BTCUSDT')).not.toContain('GAP');
  });

  it('recognises a refusal under code 0, counts it, and the other channels go on', async () => {
    server.judge = (channel) => (channel.includes('BADUSDT') ? 'refuse' : 'echo');
    await subscribe(['BADUSDT', 'BTCUSDT']);
    await harness.until(
      () => harness.metrics.count('trading_venue_refused_subscriptions_total') === 1,
      'the refusal',
    );
    push(kline('BTCUSDT', 0), kline('BTCUSDT', 1, 1));
    await told('BTCUSDT', 'live 0');
  });

  it('asks again for channels whose confirmation was dropped, then gives the connection up', async () => {
    server.judge = () => 'ignore';
    await subscribe(['BTCUSDT']);
    await harness.until(() => harness.metrics.count(ENDS, 'SUBSCRIPTION_UNCONFIRMED') === 1, 'giving up');
    expect(server.sockets[0]?.asked).toHaveLength(3);
    server.judge = () => 'echo';
    await harness.until(() => subscribed() === 1, 'the reconnection');
  });

  const hostile: readonly (readonly [string, Uint8Array | string, string])[] = [
    ['bytes that are no push', Buffer.from([0xff, 0xff, 0xff]), 'PROTOBUF_MALFORMED'],
    ['a truncated push', Buffer.from([0x0a, 0x7f, 0x41]), 'PROTOBUF_MALFORMED'],
  ];
  it.each(hostile)('counts and survives %s', async (_name, data, reason) => {
    await subscribe(['BTCUSDT']);
    await carried(1);
    server.pushRaw(data);
    server.pushRaw('not JSON {');
    await harness.settle(() => harness.metrics.count(REJECTED, reason) === 1, reason);
    push(kline('BTCUSDT', 0), kline('BTCUSDT', 1, 1));
    await told('BTCUSDT', 'live 0');
    expect(server.sockets).toHaveLength(1);
  });

  it('drops a price of 0, an unknown symbol and a window of another length, and goes on', async () => {
    await subscribe(['BTCUSDT']);
    await carried(1);
    const good = kline('BTCUSDT', 0);
    push({ ...good, body: { ...good.body, closingPrice: '0' } });
    push({ ...good, body: { ...good.body, windowEnd: good.body.windowStart + 300 } });
    push({ ...good, body: { ...good.body, volume: '1e999' } });
    push({ ...good, symbol: '谁USDT' });
    await harness.settle(() => harness.metrics.count(REJECTED, 'FIELD_INVALID') === 3, 'three are dropped');
    expect(harness.metrics.count(REJECTED, 'SYMBOL_UNKNOWN')).toBe(1);
    push(good, kline('BTCUSDT', 1, 1));
    await told('BTCUSDT', 'live 0');
  });

  it('ends a connection that sends 50 MB before holding it, and connects again', async () => {
    await subscribe(['BTCUSDT']);
    await carried(1);
    server.pushRaw(Buffer.alloc(50 * 1024 * 1024));
    await harness.settle(() => harness.metrics.count(ENDS, 'FRAME_TOO_LARGE') === 1, 'the end');
    await harness.until(() => server.sockets[1]?.channels.size === 1, 'the reconnection');
    push(kline('BTCUSDT', 0), kline('BTCUSDT', 1, 1));
    await told('BTCUSDT', 'live 0');
  });

  it('keeps trying with a back-off while nothing answers, and names the reason', async () => {
    const { restUrl } = server;
    const gone = await LoopbackVenue.start();
    const { wsUrl } = gone;
    await gone.close();
    harness = makeHarness({ restUrl, wsUrl });
    venue = makePublicMexcVenue(harness.deps);
    await subscribe(['BTCUSDT']);
    // Half of 1, 2, 4, 8 and 16 s: the waits grow.
    await harness.until(() => harness.metrics.count(ENDS, 'CONNECT_FAILED') >= 6, 'several tries', 100);
    expect(harness.clock.now() - START).toBeGreaterThanOrEqual(15.5 * SECOND);
    await told('BTCUSDT', 'STALE');
  });

  it('conflates ticks while the listener is busy, counts them, and drops no candle', async () => {
    let free: (() => void) | undefined;
    await venue.marketData.subscribe({ symbols: ['BTCUSDT'], interval: MINUTE }, async (update) => {
      updates.push(update);
      if (updates.length === 1) await new Promise<void>((resolve) => (free = resolve));
    });
    await carried(1);
    push(kline('BTCUSDT', 0, 1));
    await harness.settle(() => updates.length === 1, 'the listener is busy');
    for (let part = 2; part <= 10; part += 1) push(kline('BTCUSDT', 0, part));
    push(kline('BTCUSDT', 1, 1), kline('BTCUSDT', 1, 2));
    await harness.settle(
      () => harness.metrics.count('trading_venue_conflated_ticks_total') === 9,
      'conflation',
    );
    free?.();
    await harness.settle(() => updates.length === 4, 'the rest');
    expect(of('BTCUSDT')).toEqual(['tick 101', 'tick 110', 'live 0', 'tick 102']);
  });

  it('gives a candle again to a listener that rejected it', async () => {
    let rejections = 2;
    await venue.marketData.subscribe({ symbols: ['BTCUSDT'], interval: MINUTE }, (update) => {
      if (update.kind !== 'candle') return Promise.resolve();
      rejections -= 1;
      if (rejections >= 0) return Promise.reject(new Error('the bus is away'));
      updates.push(update);
      return Promise.resolve();
    });
    await carried(1);
    push(kline('BTCUSDT', 0), kline('BTCUSDT', 1, 1));
    await told('BTCUSDT', 'live 0');
    expect(rejections).toBe(-1);
  });

  it('makes ticks of trades and best prices, without repetitions and never back in time', async () => {
    await venue.close();
    setUp({ settings: { feed: { ...MEXC_SETTINGS.feed, ticks: 'deals', bestPrices: true } } });
    await subscribe(['BTCUSDT']);
    await carried(3);
    const deal = { price: '105', quantity: '0.5', tradeType: 1, time: START + 1_000, tradeId: 'a' };
    const deals = (...items: readonly (typeof deal)[]): PushFrame => ({
      kind: 'aggreDeals',
      channel: dealsChannel('BTCUSDT', '100ms'),
      symbol: 'BTCUSDT',
      time: START + 1_100,
      body: { deals: items, eventType: '' },
    });
    push(deals(deal), deals(deal), deals({ ...deal, price: '90', time: START + 500, tradeId: 'b' }));
    push({
      kind: 'aggreBookTicker',
      channel: bookTickerChannel('BTCUSDT', '100ms'),
      symbol: 'BTCUSDT',
      time: START + 1_200,
      body: {
        bidPrice: '104',
        bidQuantity: '1',
        askPrice: '106',
        askQuantity: '1',
        version: '1',
        lastOrderCreateTime: 0,
      },
    });
    await harness.settle(
      () => updates.some((update) => update.kind === 'tick' && update.ask !== undefined),
      'best prices',
    );
    expect(new Set(of('BTCUSDT'))).toEqual(new Set(['tick 105']));
    expect(harness.metrics.count('trading_venue_dropped_duplicates_total', 'deal')).toBe(2);
  });

  it('holds a trade of the next window back until the candle before it is closed', async () => {
    await venue.close();
    setUp({ settings: { feed: { ...MEXC_SETTINGS.feed, ticks: 'deals' } } });
    await subscribe(['BTCUSDT']);
    await carried(2);
    push(kline('BTCUSDT', 0));
    await harness.settle(
      () => harness.metrics.count('trading_venue_frames_total', 'kline') === 1,
      'the kline',
    );
    await harness.pass(MINUTE + 500);
    push({
      kind: 'aggreDeals',
      channel: dealsChannel('BTCUSDT', '100ms'),
      symbol: 'BTCUSDT',
      time: START + MINUTE + 400,
      body: {
        deals: [{ price: '111', quantity: '1', tradeType: 2, time: START + MINUTE + 300, tradeId: '' }],
        eventType: '',
      },
    });
    await told('BTCUSDT', 'tick 111');
    expect(of('BTCUSDT')).toEqual(['live 0', 'tick 111']);
  });

  it('carries what is wanted last when symbols change while a replacement is under way', async () => {
    const subscription = await subscribe(names(30));
    await carried(30);
    server.judge = () => 'ignore';
    subscription.change(['AUSDT', 'BUSDT']);
    await harness.until(() => server.sockets.length === 2, 'the replacement', 0);
    server.judge = () => 'echo';
    subscription.change(names(31).slice(1));
    const last = klineChannel('S30USDT', 'Min1');
    const isCarried = () =>
      server.open.length === 1 && server.open.every(({ channels }) => channels.has(last));
    await harness.until(isCarried, 'the last universe');
    expect(subscribed()).toBe(30);
  });

  it('tells the last prices of all symbols from one subscription, conflated while the listener is busy', async () => {
    const told: string[][] = [];
    let free: (() => void) | undefined;
    const watch = venue.marketData.watchTickers(async (tickers) => {
      told.push(
        tickers.map(
          ({ symbol, price, quoteVolume }) =>
            `${symbol} ${formatDecimal(price)} ${formatDecimal(quoteVolume)}`,
        ),
      );
      if (told.length === 1) await new Promise<void>((resolve) => (free = resolve));
    });
    await carried(1);
    const ticker = (symbol: string, price: string) =>
      ({ symbol, price, volume: '5000', quantity: '7' }) as MiniTickerBody;
    const tickers = (...items: readonly MiniTickerBody[]): PushFrame => ({
      kind: 'miniTickers',
      channel: miniTickersChannel('24H'),
      symbol: '',
      time: START,
      body: { items },
    });
    push(tickers(ticker('AUSDT', '1'), ticker('BUSDT', '0'), ticker('C,D', '1'), ticker('龙虾USDT', '2')));
    await harness.settle(() => told.length === 1, 'the first tickers');
    push(tickers(ticker('AUSDT', '3')), tickers(ticker('AUSDT', '4'), ticker('EUSDT', '5')));
    await harness.settle(
      () => harness.metrics.count('trading_venue_frames_total', 'miniTickers') === 3,
      'three frames',
    );
    free?.();
    await harness.settle(() => told.length === 2, 'the rest');
    expect(told).toEqual([
      ['AUSDT 1 5000', '龙虾USDT 2 5000'],
      ['AUSDT 4 5000', 'EUSDT 5 5000'],
    ]);
    await watch.stop();
  });

  it('holds no credentials, no signer and no order client where only public data is wanted', () => {
    const seen = new Set<unknown>();
    const suspicious: string[] = [];
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null || seen.has(value)) return;
      seen.add(value);
      for (const [key, entry] of Object.entries(value)) {
        if (/credential|secret|sign|order|submit/i.test(key)) suspicious.push(`${path}.${key}`);
        walk(entry, `${path}.${key}`);
      }
    };
    walk(venue, 'venue');
    expect(suspicious).toEqual([]);
    expect(seen.size).toBeGreaterThan(3);
  });

  it('exchanges symbols without touching what stays', async () => {
    const subscription = await subscribe(names(30));
    await carried(30);
    push(kline('S1USDT', 0));
    subscription.change(['S1USDT', 'NEWUSDT']);
    // Whether an unsubscription frees a place is not known: the connection is replaced.
    await harness.until(() => server.open.length === 1 && subscribed() === 2, 'the exchange');
    push(kline('S1USDT', 1, 1), kline('NEWUSDT', 0), kline('NEWUSDT', 1, 1));
    await told('NEWUSDT', 'live 0');
    await told('S1USDT', 'live 0');
    expect(of('S1USDT')).not.toContain('GAP');
    await subscription.stop();
    await harness.settle(() => server.open.length === 0, 'the end');
  });
});
