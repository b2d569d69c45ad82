/** A feed that falls silent, from MEXC's sockets to what a screener's probe is told, on one clock. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { feedSettings } from '../../src/adapters/mexc/mexc-settings.ts';
import { makePublicMexcVenue, type PublicMexcVenue } from '../../src/adapters/mexc/mexc-venue.ts';
import { MINUTE, SECOND } from '../../src/domain/time.ts';
import type { StreamEvents } from '../../src/events/event.ts';
import type { MarketUpdate } from '../../src/ports/venue.ts';
import { MarketPulse } from '../../src/process/components/market-pulse.ts';
import { type Harness, makeHarness, START } from './harness.ts';
import { kline, row } from './klines.ts';
import { LoopbackVenue } from './loopback-venue.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const KLINES = '/api/v3/klines';
const MAX_DATA_AGE = 30 * SECOND;
/** Of `feedSettings`: so much earlier it is told. */
const MARGIN = 5 * SECOND;
const LOOK_EVERY = SECOND;

let server: LoopbackVenue;
let harness: Harness;
let venue: PublicMexcVenue;
let pulse: MarketPulse;

const minute = () => Math.floor((harness.clock.now() - START) / MINUTE);
const part = () => 1 + Math.floor(((harness.clock.now() - START) % MINUTE) / (6 * SECOND));
const push = () => {
  for (const symbol of SYMBOLS) server.push(kline(symbol, minute(), part()));
};
/** How much of the open window REST shows. */
let traded: () => number;
/** As the screener makes an event of it; what a pulse looks at is the same. */
const observe = ({ kind, ...rest }: MarketUpdate) => {
  pulse.observe({ type: kind, ...rest } as unknown as StreamEvents['market_data']);
  return Promise.resolve();
};
const carried = () => SYMBOLS.every((symbol) => server.open.some((one) => carries(one.channels, symbol)));
const carries = (channels: ReadonlySet<string>, symbol: string) =>
  [...channels].some((channel) => channel.includes(symbol));

beforeEach(async () => {
  server = await LoopbackVenue.start();
  traded = part;
  // The venue goes on trading: its REST shows more than is pushed.
  server.on('GET', KLINES, ({ query }) => {
    const from = Math.ceil((Number(query.get('startTime')) - START) / MINUTE);
    const rows = Array.from({ length: Math.max(0, minute() - from + 1) }, (_, at) =>
      row(from + at, from + at === minute() ? traded() : 10),
    );
    return { json: rows };
  });
  const endpoints = { rest: server.restUrl, ws: server.wsUrl };
  harness = makeHarness(server, {
    settings: feedSettings(endpoints, { maxSymbolsPerConnection: 30, maxDataAge: MAX_DATA_AGE }),
  });
  venue = makePublicMexcVenue(harness.deps);
  pulse = new MarketPulse(harness.clock, () => MAX_DATA_AGE + MINUTE);
  await venue.marketData.subscribe({ symbols: SYMBOLS, interval: MINUTE }, observe);
  await harness.settle(carried, 'all is carried');
});
afterEach(async () => {
  await venue.close();
  await server.close();
});

/** Everything was pushed until now. */
async function heard(): Promise<number> {
  push();
  await harness.settle(() => pulse.view['symbols'] === 2, 'both are heard');
  expect(pulse.problem).toBeUndefined();
  return harness.clock.now();
}
async function flowAgain(): Promise<void> {
  await harness.until(carried, 'all is carried again');
  await harness.until(() => {
    push();
    return pulse.problem === undefined;
  }, 'data flow again');
  expect(pulse.view['staleSymbols']).toEqual([]);
}

describe('a feed that falls silent', () => {
  it('counts as stale five seconds before its data are too old, and as fresh when it speaks', async () => {
    server.on('GET', KLINES, () => ({ status: 503, text: 'nothing to be had' }));
    const last = await heard();
    await harness.pass(MAX_DATA_AGE - MARGIN - LOOK_EVERY, 250);
    expect(pulse.problem).toBeUndefined();
    await harness.pass(2 * LOOK_EVERY, 250);
    expect(harness.clock.now()).toBeLessThan(last + MAX_DATA_AGE);
    expect(pulse.problem).toBe('the data of all 2 symbols are stale; BTCUSDT: no push and no proof of life');
    await flowAgain();
  });

  it('counts as stale sooner when REST shows that the venue trades on', async () => {
    const last = await heard();
    await harness.until(() => pulse.problem !== undefined, 'it is told', 250);
    expect(harness.clock.now()).toBeLessThan(last + MAX_DATA_AGE);
    expect(pulse.problem).toMatch(/^the data of all 2 symbols are stale; BTCUSDT: /);
    await flowAgain();
  });

  it('stays fresh while REST shows that nobody trades', async () => {
    const last = await heard();
    traded = () => 1;
    await harness.pass(50 * SECOND, 100);
    expect(harness.clock.now()).toBeGreaterThan(last + MAX_DATA_AGE);
    expect(pulse.problem).toBeUndefined();
  });
});
