import { beforeEach, describe, expect, it } from '@jest/globals';
import { EventClock } from '../../src/adapters/memory/event-clock.ts';
import { MemoryBus } from '../../src/adapters/memory/memory-bus.ts';
import { QUIET_LOGGER } from '../../src/adapters/memory/quiet-logger.ts';
import { QUIET_METRICS } from '../../src/adapters/memory/quiet-metrics.ts';
import { money } from '../../src/domain/money/amounts.ts';
import { SECOND } from '../../src/domain/time.ts';
import type { StreamEvents } from '../../src/events/event.ts';
import type { Ledger, LedgerTransaction } from '../../src/ports/ledger.ts';
import { OutboxRelay } from '../../src/services/outbox-relay.ts';
import { Screener } from '../../src/services/screener-ws/screener.ts';
import { PushedMarket, SYMBOL } from './live-market.ts';
import { INTERVAL } from './market-script.ts';

/** A world of one screener whose ledger keeps its state, and whose venue tells prices when the test says so. */
class World {
  readonly clock = new EventClock(INTERVAL);
  readonly events: StreamEvents['market_data'][] = [];
  readonly held = new Set<string>();
  readonly tradable = new Set(['A', 'B', 'C', 'D']);
  readonly left: string[] = [];
  isLedgerAway = false;
  market = new PushedMarket([], 0);
  #state: unknown;

  open(symbols: readonly string[], minQuoteVolume = '0'): Screener {
    this.market = new PushedMarket([100, 101], 1);
    const bus = new MemoryBus({ dispatch: 'serial' });
    void bus.subscribe({
      stream: 'market_data',
      group: 'test',
      handle: (event) => Promise.resolve(void this.events.push(event)),
    });
    return new Screener({
      bot: 'test',
      ledger: this.#ledger,
      bus,
      relay: new OutboxRelay({ ledger: this.#ledger, bus }),
      clock: this.clock,
      log: QUIET_LOGGER,
      metrics: QUIET_METRICS,
      crash: () => undefined,
      venue: {
        name: 'pushed',
        inputs: {
          candles: 'measured',
          spread: 'modelled',
          depth: 'modelled',
          clockOffset: 'measured',
          balances: 'modelled',
        },
        marketData: this.market,
      },
      settings: {
        symbols,
        interval: INTERVAL,
        warmupCandles: 5,
        topMovers: { count: 1, minQuoteVolume: money(minQuoteVolume), lookback: 3 * INTERVAL },
      },
      universe: {
        held: () =>
          this.isLedgerAway ? Promise.reject(new Error('no ledger')) : Promise.resolve(new Set(this.held)),
        tradable: () => Promise.resolve(this.tradable),
      },
      onLeft: (gone) => this.left.push(...gone),
    });
  }

  get #ledger(): Ledger {
    return { transaction: <T>(work: (tx: LedgerTransaction) => Promise<T>) => work(this.tx) } as Ledger;
  }

  get tx(): LedgerTransaction {
    return {
      state: () => Promise.resolve(this.#state),
      putState: (_: string, next: unknown) =>
        Promise.resolve(void (this.#state = JSON.parse(JSON.stringify(next)))),
      journalHead: () => Promise.resolve({ count: 1, hash: '' }),
    } as unknown as LedgerTransaction;
  }

  /** The venue tells prices, and the screener has time to look. */
  async prices(step: number, prices: Readonly<Record<string, string>>): Promise<void> {
    await this.market.pushTickers(prices, this.clock.now() - (this.clock.now() % INTERVAL));
    await this.look();
    this.clock.advanceTo((step + 2) * INTERVAL);
  }

  /** Time passes: long enough to look at the ledger again. */
  async look(): Promise<void> {
    // What an earlier look began ends first; then the next one is due.
    await new Promise(setImmediate);
    this.clock.advanceTo(this.clock.now() + 10 * SECOND);
    await new Promise(setImmediate);
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

describe('the universe of a bot with top movers', () => {
  it('begins with the symbols of the file and those held, and gives their past', async () => {
    world.held.add('D');
    const screener = world.open([SYMBOL]);
    await screener.start();
    expect(world.market.carried).toEqual([SYMBOL, 'D']);
    expect(world.events).toHaveLength(2);
  });

  it('works without a single symbol in the file, and warms up what enters before it is subscribed', async () => {
    const screener = world.open([]);
    await screener.start();
    expect(world.market.carried).toEqual([]);
    await world.prices(0, { A: '100', B: '100' });
    await world.prices(1, { A: '100', B: '90' });
    expect(world.market.carried).toEqual(['B']);
    expect(world.events.map(({ type }) => type)).toEqual(['candle']);
    await screener.stop();
  });

  it('never makes a mover of what is denied, not tradable, too thin or in the file already', async () => {
    world.tradable.delete('B');
    const screener = world.open(['A'], '1000001');
    await screener.start();
    await world.prices(0, { A: '100', B: '100', C: '100' });
    await world.prices(1, { A: '50', B: '60', C: '70' });
    expect(world.market.carried).toEqual(['A']);
    await screener.stop();
  });

  it('keeps a mover for a look-back, then exchanges it for a greater one', async () => {
    const screener = world.open([]);
    await screener.start();
    await world.prices(0, { A: '100', B: '100', C: '100' });
    await world.prices(1, { B: '90' });
    await world.prices(2, { A: '150', C: '140', D: '1' });
    expect(screener.universe.movers).toEqual(['B']);
    await world.prices(3, { A: '151', C: '140', D: '1' });
    await world.prices(4, { A: '152', C: '140', D: '1' });
    await world.prices(5, { A: '153', C: '140', D: '1' });
    expect(screener.universe.movers).toEqual(['A']);
    expect(world.left).toEqual(['B']);
    await screener.stop();
  });

  it('never drops a symbol that is held, however long and whatever moves', async () => {
    const screener = world.open([]);
    await screener.start();
    await world.prices(0, { A: '100', B: '100' });
    await world.prices(1, { B: '90' });
    world.held.add('B');
    for (let step = 2; step < 8; step += 1) await world.prices(step, { A: String(100 + 10 * step) });
    expect(world.market.carried).toEqual(['A', 'B']);
    world.held.delete('B');
    await world.look();
    expect(world.market.carried).toEqual(['A']);
    await screener.stop();
  });

  it('takes back a symbol that got an order in the moment it was dropped', async () => {
    const screener = world.open([]);
    await screener.start();
    world.held.add('C');
    await world.look();
    expect(world.market.carried).toEqual(['C']);
    await screener.stop();
  });

  it('changes nothing while the venue tells no prices, nor while the ledger is away', async () => {
    const screener = world.open([]);
    await screener.start();
    await world.prices(0, { A: '100' });
    await world.prices(1, { A: '90' });
    for (let step = 2; step < 20; step += 1) await world.prices(step, {});
    expect(world.market.carried).toEqual(['A']);
    world.isLedgerAway = true;
    await world.prices(20, { B: '1' });
    await world.prices(21, { B: '2' });
    expect(world.market.carried).toEqual(['A']);
    world.isLedgerAway = false;
    await world.look();
    expect(world.market.carried).toEqual(['B']);
    await screener.stop();
  });

  it('goes on with its movers after a restart', async () => {
    const first = world.open([]);
    await first.start();
    await world.prices(0, { A: '100' });
    await world.prices(1, { A: '90' });
    await first.checkpoint(world.tx);
    await first.stop();
    const second = world.open([]);
    await second.start();
    expect(world.market.carried).toEqual(['A']);
    await second.stop();
  });
});
