import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makePublicMexcVenue, type PublicMexcVenue } from '../../src/adapters/mexc/mexc-venue.ts';
import { MEXC_SETTINGS } from '../../src/adapters/mexc/mexc-settings.ts';
import {
  bookTickerChannel,
  dealsChannel,
  miniTickersChannel,
} from '../../src/adapters/mexc/wire/channels.ts';
import type { MiniTickerBody, PushFrame } from '../../src/adapters/mexc/wire/push-frame.ts';
import { formatDecimal } from '../../src/domain/money/decimal.ts';
import { MINUTE, SECOND } from '../../src/domain/time.ts';
import type { MarketUpdate } from '../../src/ports/venue.ts';
import { type Harness, makeHarness, START } from './harness.ts';
import { kline, minuteOf, row, word } from './klines.ts';
import { LoopbackVenue } from './loopback-venue.ts';

const ENDS = 'trading_venue_connection_ends_total';
const SYMBOL = 'BTCUSDT';

let server: LoopbackVenue;
let harness: Harness;
let venue: PublicMexcVenue;
let updates: MarketUpdate[];
/** How much of the open window REST shows. */
let restHas: () => number;
let restAnswers: Parameters<LoopbackVenue['on']>[2];

const said = () => updates.map(word);
const second = () => Math.floor((harness.clock.now() - START) / SECOND);
const book = (bid: string): PushFrame => ({
  kind: 'aggreBookTicker',
  channel: bookTickerChannel(SYMBOL, '100ms'),
  symbol: SYMBOL,
  time: harness.clock.now(),
  body: {
    bidPrice: bid,
    bidQuantity: '1',
    askPrice: '200',
    askQuantity: '1',
    version: '1',
    lastOrderCreateTime: 0,
  },
});
const deals = (): PushFrame => ({
  kind: 'aggreDeals',
  channel: dealsChannel(SYMBOL, '100ms'),
  symbol: SYMBOL,
  time: harness.clock.now(),
  body: {
    deals: [
      {
        price: '105',
        quantity: '1',
        tradeType: 1,
        time: harness.clock.now(),
        tradeId: String(harness.clock.now()),
      },
    ],
    eventType: '',
  },
});
/** A part of each window is traded every six seconds. */
const tradedPart = () => 1 + Math.floor((second() % 60) / 6);
const tradedKline = (): PushFrame => kline(SYMBOL, Math.floor(second() / 60), tradedPart());
/** The bids of the ticks since the `from`th update, `none` where a tick has no best prices. */
const bidsSince = (from: number) =>
  updates
    .slice(from)
    .flatMap((update) =>
      update.kind === 'tick' ? [update.bid === undefined ? 'none' : formatDecimal(update.bid)] : [],
    );

async function subscribe(ticks: 'klines' | 'deals', channels: number): Promise<void> {
  harness = makeHarness(server, { settings: { feed: { ...MEXC_SETTINGS.feed, ticks, bestPrices: true } } });
  venue = makePublicMexcVenue(harness.deps);
  await venue.marketData.subscribe({ symbols: [SYMBOL], interval: MINUTE }, (update) => {
    updates.push(update);
    return Promise.resolve();
  });
  await harness.settle(() => server.open.some((one) => one.channels.size === channels), 'all is carried');
}

/** Pushes each second for so long what the frames make of the moment. */
async function pushFor(duration: number, frames: () => readonly PushFrame[]): Promise<void> {
  for (let passed = 0; passed < duration; passed += SECOND) {
    for (const frame of frames()) server.push(frame);
    await harness.pass(SECOND);
  }
}
const replaced = (channels: number) =>
  harness.until(
    () =>
      server.sockets.length === 2 && server.open.length === 1 && server.open[0]!.channels.size === channels,
    'the connection is replaced',
  );

beforeEach(async () => {
  server = await LoopbackVenue.start();
  updates = [];
  restHas = tradedPart;
  restAnswers = ({ query }) => {
    const from = Math.ceil(minuteOf(Number(query.get('startTime'))));
    const to = Math.floor(Math.min(minuteOf(Number(query.get('endTime'))), minuteOf(harness.clock.now())));
    const rows = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) =>
      row(from + at, from + at === Math.floor(second() / 60) ? restHas() : 10),
    );
    return { json: rows };
  };
  server.on('GET', '/api/v3/klines', (request) => restAnswers(request));
});
afterEach(async () => {
  await venue.close();
  await server.close();
});

describe('a channel that falls silent while the others of its symbol do not', () => {
  it('is found when it is the klines, told as stale, and carried anew', async () => {
    await subscribe('klines', 2);
    server.push(tradedKline());
    await pushFor(100 * SECOND, () => [book('100')]);
    await harness.until(() => said().includes('STALE'), 'it is told');
    await replaced(2);
    expect(harness.metrics.count(ENDS, 'CONNECTION_LOST')).toBe(0);
    // Best prices alone are no proof that candles come again.
    await pushFor(5 * SECOND, () => [book('100')]);
    expect(said()).not.toContain('RECOVERED');
    server.push(tradedKline());
    await harness.until(() => said().includes('RECOVERED'), 'the klines are back');
  });

  it('stays stale while REST fills what it missed, until it speaks itself', async () => {
    await subscribe('klines', 2);
    server.push(tradedKline());
    await pushFor(100 * SECOND, () => [book('100')]);
    await harness.until(() => said().includes('STALE'), 'it is told');
    const rows = restAnswers;
    restAnswers = () => 'reset';
    await pushFor(2 * MINUTE, () => [book('100')]);
    await harness.until(() => said().includes('GAP'), 'the gap is told', 200);
    restAnswers = rows;
    const told = said().length;
    await harness.until(() => said().slice(told).includes('backfill 2'), 'REST fills it', 200);
    await pushFor(5 * SECOND, () => [book('100')]);
    expect(said()).not.toContain('RECOVERED');
    server.push(tradedKline());
    await harness.until(() => said().includes('RECOVERED'), 'the klines are back');
  });

  it('is found when it is the best prices, which are told no more, and carried anew', async () => {
    await subscribe('klines', 2);
    server.push(book('100'));
    await pushFor(20 * SECOND, () => [tradedKline()]);
    expect(bidsSince(0).at(-1)).toBe('100');
    await pushFor(12 * SECOND, () => [tradedKline()]);
    expect(bidsSince(0).at(-1)).toBe('none');
    await pushFor(40 * SECOND, () => [tradedKline()]);
    await replaced(2);
    expect(said()).not.toContain('STALE');
    expect(said()).not.toContain('GAP');
    const before = updates.length;
    server.push(book('101'));
    await harness.settle(() => bidsSince(before).includes('101'), 'best prices are back');
  });

  it('is found when it is the trades', async () => {
    await subscribe('deals', 3);
    await pushFor(80 * SECOND, () => [tradedKline(), book('100')]);
    await replaced(3);
  });

  it('is left alone while nothing is traded', async () => {
    await subscribe('deals', 3);
    server.push(deals());
    server.push(book('100'));
    restHas = () => 0;
    await pushFor(150 * SECOND, () => [kline(SYMBOL, Math.floor(second() / 60), 0)]);
    expect(server.sockets).toHaveLength(1);
    expect(said()).not.toContain('STALE');
  });

  it('is left alone while it speaks', async () => {
    await subscribe('deals', 3);
    await pushFor(150 * SECOND, () => [tradedKline(), book('100'), deals()]);
    expect(server.sockets).toHaveLength(1);
  });
});

describe('the tickers of all symbols', () => {
  const tickers = (): PushFrame => ({
    kind: 'miniTickers',
    channel: miniTickersChannel('24H'),
    symbol: '',
    time: harness.clock.now(),
    body: { items: [{ symbol: SYMBOL, price: '5', volume: '5000', quantity: '7' } as MiniTickerBody] },
  });

  it('are carried anew when their channel falls silent, less and less often, and told when they come again', async () => {
    harness = makeHarness(server);
    venue = makePublicMexcVenue(harness.deps);
    let told = 0;
    venue.marketData.watchTickers(() => {
      told += 1;
      return Promise.resolve();
    });
    await harness.settle(() => server.open.some(({ channels }) => channels.size === 1), 'it is carried');
    await pushFor(2 * MINUTE, () => (second() % 3 === 0 ? [tickers()] : []));
    expect(server.sockets).toHaveLength(1);
    await harness.pass(65 * SECOND);
    await replaced(1);
    await harness.pass(MINUTE);
    expect(server.sockets).toHaveLength(2);
    await harness.pass(65 * SECOND);
    await harness.until(() => server.sockets.length === 3 && server.open.length === 1, 'the next connection');
    const before = told;
    server.push(tickers());
    await harness.settle(() => told > before, 'tickers are back');
  });
});
