import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { SECOND } from '../../src/domain/time.ts';
import { type LiveRunOptions, runLive } from '../../src/pipeline/live-run.ts';
import type { GroupingLedger } from '../../src/ports/ledger.ts';
import { until } from '../bus/bus-contract.ts';
import { candleOf, PushedMarket, SYMBOL } from './live-market.ts';
import { INTERVAL, quiet, START, WARM_UP } from './market-script.ts';
import { ScriptedVenue } from './scripted-venue.ts';
import { botSettings, openTestPlace, type TestPlace } from './test-pipeline.ts';

const CLOSES = [...quiet(WARM_UP), 104, 104];
const SETTINGS = botSettings();

let place: TestPlace;
let ledger: GroupingLedger;

beforeAll(async () => {
  place = await openTestPlace();
  ledger = await place.open(SETTINGS);
});
afterAll(async () => {
  await ledger.close();
  await place.close();
});

function setUp(changes: Partial<LiveRunOptions> = {}) {
  const clock = new EventClock(START + WARM_UP * INTERVAL);
  const market = new PushedMarket(CLOSES, WARM_UP);
  const orders = new ScriptedVenue();
  const controller = new AbortController();
  const seen = { progress: 0, happenings: [] as string[] };
  const options: LiveRunOptions = {
    settings: SETTINGS,
    ledger,
    venue: {
      name: 'pushed',
      inputs: {
        candles: 'measured',
        spread: 'modelled',
        depth: 'modelled',
        clockOffset: 'measured',
        balances: 'modelled',
      },
      marketData: market,
      orders,
      close: () => Promise.resolve(),
    },
    clock,
    signal: controller.signal,
    clockOffset: () => 0,
    log: QUIET_LOGGER,
    onProgress: () => (seen.progress += 1),
    onHappening: ({ kind }) => seen.happenings.push(kind),
    ...changes,
  };
  return { clock, market, orders, controller, seen, options };
}

it('a live run warms up, trades, writes checkpoints, and ends when it is told to', async () => {
  const { clock, market, orders, controller, seen, options } = setUp();
  const run = runLive(options);
  await until(() => market.isHeard);
  clock.advanceTo(START + (WARM_UP + 1) * INTERVAL);
  await market.push({ kind: 'candle', candle: candleOf(CLOSES, WARM_UP), origin: 'live' });
  await until(() => orders.sent.length === 1);
  clock.advanceTo(clock.now() + 5 * SECOND);
  await until(() => seen.progress === 1);
  await until(async () => (await ledger.transaction((tx) => tx.state('screener'))) !== undefined);
  controller.abort();
  const summary = await run;
  expect(summary).toMatchObject({ candles: 1, signals: 1, orders: 1, fills: 0 });
  expect(seen.happenings).toEqual(expect.arrayContaining(['signal', 'verdict']));
  expect(market.isHeard).toBe(false);
});

it('a live run ends with what broke it', async () => {
  const { market, options, clock, orders } = setUp();
  const run = runLive(options);
  const ended = expect(run).rejects.toThrow('the venue lies');
  await until(() => market.isHeard);
  await orders.report({
    kind: 'order',
    order: { ...orders.have({ orderId: 'x', symbol: SYMBOL }, 'WORKING') },
  });
  orders.order = () => Promise.reject(new Error('the venue lies'));
  const [order] = await ledger.transaction((tx) => tx.orders());
  orders.fills = () => Promise.reject(new Error('the venue lies'));
  const report = { ...orders.have(order!, 'CANCELED'), filledQuantity: order!.quantity };
  await expect(orders.report({ kind: 'order', order: report })).rejects.toThrow('the venue lies');
  clock.advanceTo(clock.now() + 5 * SECOND);
  await ended;
});
