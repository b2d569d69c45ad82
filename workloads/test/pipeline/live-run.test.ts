import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { SECOND } from '../../src/domain/time.ts';
import { type LiveRunOptions, runLive } from '../../src/pipeline/live-run.ts';
import type { GroupingLedger, Ledger } from '../../src/ports/ledger.ts';
import { until } from '../bus/bus-contract.ts';
import { candleOf, PushedMarket, SYMBOL } from './live-market.ts';
import { instruments, INTERVAL, quiet, START, WARM_UP } from './market-script.ts';
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
    instruments: instruments([SYMBOL]),
    clock,
    validFor: SETTINGS.execution.entryTimeout,
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
  await until(() => {
    clock.advanceTo(clock.now() + SECOND);
    return seen.progress > 6;
  });
  await until(async () => (await ledger.transaction((tx) => tx.state('screener'))) !== undefined);
  controller.abort();
  const outcome = await run;
  expect(outcome.status).toBe('stopped');
  expect(outcome.summary).toMatchObject({ candles: 1, signals: 1, orders: 1, fills: 0 });
  expect(seen.happenings).toEqual(expect.arrayContaining(['signal', 'verdict']));
  expect(market.isHeard).toBe(false);
});

it('a live run ends with what broke it from within', async () => {
  let isBroken = false;
  const breaking: Ledger = {
    identity: ledger.identity,
    transaction: (work) => (isBroken ? Promise.reject(new Error('a defect')) : ledger.transaction(work)),
    close: () => Promise.resolve(),
  };
  const { market, options, clock } = setUp({ ledger: breaking });
  const ended = expect(runLive(options)).rejects.toThrow('a defect');
  await until(() => market.isHeard);
  isBroken = true;
  clock.advanceTo(START + (WARM_UP + 2) * INTERVAL);
  const pushed = market.push({ kind: 'candle', candle: candleOf(CLOSES, WARM_UP + 1), origin: 'live' });
  pushed.catch(() => undefined);
  await until(() => {
    clock.advanceTo(clock.now() + SECOND);
    return !market.isHeard;
  });
  await ended;
});

it('a live run ends when its venue cannot go on', async () => {
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
  const { market, options } = setUp({ failed });
  const ended = expect(runLive(options)).rejects.toThrow('the simulator was started anew');
  await until(() => market.isHeard);
  fail(new Error('the simulator was started anew'));
  await ended;
  expect(market.isHeard).toBe(false);
});
