import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../../src/adapters/memory/quiet-metrics.ts';
import { money, price, quantity } from '../../src/domain/money/amounts.ts';
import { makeStrategy } from '../../src/domain/strategy/registry.ts';
import { MINUTE } from '../../src/domain/time.ts';
import { type CandleEvent, SCHEMA_VERSION, type SignalEvent } from '../../src/events/event.ts';
import type { Bus, Subscription } from '../../src/ports/bus.ts';
import type { GroupingLedger, Ledger } from '../../src/ports/ledger.ts';
import { OutboxRelay } from '../../src/services/outbox-relay.ts';
import { SignalEngine } from '../../src/services/signal/signal-engine.ts';
import { orderOf } from '../ledger/samples.ts';
import { botSettings, openTestPlace, type TestPlace } from './test-pipeline.ts';

const INTERVAL = 5 * MINUTE;
const START = Date.UTC(2026, 0, 5);
const BOT = 'signals';

/** A market that a test sends candle by candle, and what came out of it. */
class Market {
  readonly signals: SignalEvent[] = [];
  readonly #counts = new Map<string, number>();
  #take: Subscription<'market_data'>['handle'] = () => Promise.resolve();

  readonly bus = {
    publish: (_stream: string, events: readonly SignalEvent[]) => {
      this.signals.push(...events);
      return Promise.resolve();
    },
    subscribe: (subscription: Subscription<'market_data'> | Subscription<'order_results'>) => {
      if (subscription.stream === 'market_data') this.#take = subscription.handle;
      return Promise.resolve({ stop: () => Promise.resolve() });
    },
  } as unknown as Bus;

  /** A closed candle a tenth above the last one: enough for a signal once there are enough of them. */
  async rise(symbol: string, origin: CandleEvent['origin'] = 'live'): Promise<void> {
    const count = this.#counts.get(symbol) ?? 0;
    this.#counts.set(symbol, count + 1);
    const at = (steps: number) => price((100 * 1.1 ** steps).toFixed(2));
    const openTime = START + count * INTERVAL;
    const prices = { open: at(count), low: at(count), high: at(count + 1), close: at(count + 1) };
    const amounts = { volume: quantity('1000'), quoteVolume: money('10000000') };
    const event: CandleEvent = {
      schemaVersion: SCHEMA_VERSION,
      type: 'candle',
      eventId: `${symbol}-${count}`,
      eventTime: openTime + INTERVAL,
      createdTime: openTime + INTERVAL,
      bot: BOT,
      origin,
      candle: { symbol, interval: INTERVAL, openTime, ...prices, ...amounts },
    };
    await this.#take(event, { attempt: 1 });
  }

  async warmUp(symbol: string): Promise<void> {
    for (let count = 0; count < 5; count += 1) await this.rise(symbol, 'backfill');
  }
}

describe('the signal engine', () => {
  let place: TestPlace;
  let inner: GroupingLedger;
  let transactions: number;
  let crashed: Error | undefined;
  let market: Market;
  let engine: SignalEngine;

  beforeAll(async () => {
    place = await openTestPlace();
  });
  afterAll(() => place.close());
  beforeEach(async () => {
    const settings = botSettings();
    inner = await place.open(settings);
    [transactions, crashed, market] = [0, undefined, new Market()];
    const ledger: Ledger = {
      identity: inner.identity,
      close: () => Promise.resolve(),
      transaction: (work) => {
        transactions += 1;
        return inner.transaction(work);
      },
    };
    engine = new SignalEngine({
      bot: BOT,
      ledger,
      bus: market.bus,
      relay: new OutboxRelay({ ledger: inner, bus: market.bus }),
      clock: new EventClock(START),
      log: QUIET_LOGGER,
      metrics: QUIET_METRICS,
      crash: (error) => {
        crashed ??= error;
      },
      strategy: makeStrategy(settings.strategy),
    });
    await engine.start();
    for (const symbol of ['AAAUSDT', 'BBBUSDT', 'CCCUSDT', 'DDDUSDT']) await market.warmUp(symbol);
    transactions = 0;
  });
  afterEach(async () => {
    await engine.stop();
    await inner.close();
    expect(crashed).toBeUndefined();
  });

  const journalled = async (): Promise<readonly string[]> =>
    (await inner.transaction((tx) => tx.journal('signal', 0, 100))).map(
      ({ body }) => (JSON.parse(body) as { facts: { symbol: string } }).facts.symbol,
    );
  const published = (): readonly string[] => market.signals.map(({ signal }) => signal.symbol);

  it('stores each signal with its journal entry, in one transaction, before it is published', async () => {
    for (const symbol of ['AAAUSDT', 'BBBUSDT', 'CCCUSDT']) await market.rise(symbol);
    expect(published()).toEqual(['AAAUSDT', 'BBBUSDT', 'CCCUSDT']);
    expect(await journalled()).toEqual(published());
    expect(transactions).toBe(3);
    expect(engine.counts).toMatchObject({ signals: 3, rejected: {} });
  });

  it('makes none for a symbol that is entered by the ledger alone, and goes on with the next', async () => {
    await market.rise('AAAUSDT');
    const order = orderOf('entered', { symbol: 'BBBUSDT', account: inner.identity.account });
    await inner.transaction((tx) => tx.insertOrder(order));
    await market.rise('BBBUSDT');
    expect(engine.counts).toMatchObject({ signals: 1, rejected: { POSITION_OPEN: 1 } });
    // Memory knows now.
    transactions = 0;
    await market.rise('BBBUSDT');
    expect([transactions, engine.counts.rejected]).toEqual([0, { POSITION_OPEN: 2 }]);
    for (const symbol of ['CCCUSDT', 'DDDUSDT']) await market.rise(symbol);
    expect(published()).toEqual(['AAAUSDT', 'CCCUSDT', 'DDDUSDT']);
    expect(await journalled()).toEqual(published());
  });

  it('goes on with its journal where somebody else has written to it', async () => {
    await market.rise('AAAUSDT');
    const foreign = { kind: 'signal', eventTime: START, facts: { symbol: 'foreign' } };
    await inner.transaction((tx) => tx.appendJournal('signal', [foreign]));
    for (const symbol of ['BBBUSDT', 'CCCUSDT']) await market.rise(symbol);
    expect(await journalled()).toEqual(['AAAUSDT', 'foreign', 'BBBUSDT', 'CCCUSDT']);
  });
});
