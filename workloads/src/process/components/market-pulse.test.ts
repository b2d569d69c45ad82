import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { price } from '../../domain/money/amounts.ts';
import { MINUTE, SECOND } from '../../domain/time.ts';
import type { FeedEvent } from '../../events/event.ts';
import { EventClock } from '../../adapters/memory/event-clock.ts';
import { makeHealthApp } from '../health-server.ts';
import { type Listener, listen } from '../http-listener.ts';
import { Readiness } from '../readiness.ts';
import { MarketPulse } from './market-pulse.ts';

const START = 1_736_410_680_000;
const LIMIT = 30 * SECOND + MINUTE;
/** How often a process looks (`life.ts`). */
const LOOK_EVERY = SECOND;

let clock: EventClock;
let pulse: MarketPulse;
let readiness: Readiness;
let server: Listener;

const head = () => ({
  schemaVersion: 1 as const,
  eventId: 'x',
  eventTime: clock.now(),
  createdTime: clock.now(),
  bot: 'momentum',
});
const tick = (symbol: string) => {
  pulse.observe({ ...head(), type: 'tick', symbol, price: price('1') });
};
const feed = (symbol: string, status: FeedEvent['status'], detail = 'no push') => {
  pulse.observe({ ...head(), type: 'feed', symbol, status, detail });
};
/** What a look of the process makes of it, as a probe sees it. */
async function look() {
  readiness.show('STALE', pulse.problem);
  const response = await fetch(`http://127.0.0.1:${server.port}/readyz`);
  return { status: response.status, body: await response.json() };
}
const READY = { status: 200, body: { ready: true, reasons: [] } };
const unready = (message: string) => ({
  status: 503,
  body: { ready: false, reasons: [{ code: 'STALE', message, since: clock.now() }] },
});

beforeEach(async () => {
  clock = new EventClock(START);
  pulse = new MarketPulse(clock, () => LIMIT);
  readiness = new Readiness(clock);
  readiness.clear('STARTING');
  const app = makeHealthApp({ readiness, status: () => ({}) });
  server = await listen(app, { host: '127.0.0.1', port: 0, name: 'health' });
});
afterEach(async () => {
  await server.close();
});

describe('the readiness of a screener', () => {
  it('ends with the reason one look after the limit of age, and comes back with data', async () => {
    clock.advanceTo(START + 5 * SECOND);
    tick('BTCUSDT');
    const last = clock.now();
    clock.advanceTo(last + LIMIT - 1);
    expect(await look()).toEqual(READY);
    clock.advanceTo(last + LIMIT);
    expect(await look()).toEqual(READY);
    clock.advanceTo(last + LIMIT + LOOK_EVERY);
    expect(await look()).toEqual(unready('no market data for 1m31s; allowed 1m30s'));
    tick('BTCUSDT');
    expect(await look()).toEqual(READY);
  });

  it('ends at once when the client tells of every symbol that its data are stale', async () => {
    tick('BTCUSDT');
    tick('ETHUSDT');
    feed('BTCUSDT', 'STALE');
    expect(await look()).toEqual(READY);
    feed('ETHUSDT', 'STALE');
    expect(await look()).toEqual(unready('the data of all 2 symbols are stale; BTCUSDT: no push'));
    feed('ETHUSDT', 'RECOVERED');
    expect(await look()).toEqual(READY);
  });

  it('does not end for a symbol that is not watched any more', async () => {
    tick('BTCUSDT');
    feed('ETHUSDT', 'STALE');
    pulse.forget(['BTCUSDT']);
    expect(await look()).toMatchObject({ status: 503 });
    pulse.forget(['ETHUSDT']);
    expect(await look()).toEqual(READY);
  });
});
