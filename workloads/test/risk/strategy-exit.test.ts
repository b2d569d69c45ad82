import { beforeEach, describe, expect, it } from '@jest/globals';
import { MINUTE } from '../../src/domain/time.ts';
import { RiskWorld } from './risk-world.ts';

const SYMBOL = 'AAAUSDT';
const INTERVAL = 30 * MINUTE;
/** Below the lowest low of two hours, which the strategy leaves on. */
const RULE = { breakout: { exitLookback: 120 * MINUTE, interval: INTERVAL } };

let world: RiskWorld;

/** A position that was entered at 100, long after the history of every life. */
beforeEach(async () => {
  world = await RiskWorld.open({ exitRule: RULE });
  await world.signal(SYMBOL);
  const [entry] = world.openOrders();
  await world.fill(entry!, 100);
  await world.risk.scan();
});

const sales = (): readonly (string | undefined)[] =>
  world
    .openOrders()
    .filter(({ side }) => side === 'SELL')
    .map(({ exitReason }) => exitReason);

/** The next candle closes. */
async function candle(close: string, origin: 'live' | 'backfill' = 'live'): Promise<void> {
  world.wait(INTERVAL);
  await world.candle(SYMBOL, close, origin);
}

describe('the exit of a strategy', () => {
  it('is decided on a live candle that closes below the lowest low', async () => {
    await candle('100.00');
    expect(sales()).toEqual([]);
    await candle('99.90');
    expect(sales()).toEqual(['STRATEGY_EXIT']);
  });

  it('waits for nothing: a candle that closed while nobody was there is heeded at the next scan', async () => {
    await candle('100.00');
    await candle('99.90', 'backfill');
    expect(sales()).toEqual([]);
    await world.risk.scan();
    expect(sales()).toEqual(['STRATEGY_EXIT']);
  });

  it('is found again by the next life, from the candles of the past alone', async () => {
    await candle('100.00');
    world.wait(INTERVAL);
    // The candle that closes now is seen by no life; the next one gets it with its history.
    await world.start({ history: ['100.00', '99.90'] });
    await world.risk.scan();
    expect(sales()).toEqual(['STRATEGY_EXIT']);
  });

  it('is kept by the ledger until the position is flat, also when the price is above the channel again', async () => {
    await candle('100.00');
    await candle('99.90');
    const [sale] = world.openOrders();
    await world.cancel(sale!);
    await world.start();
    await candle('100.50');
    expect(sales()).toEqual(['STRATEGY_EXIT']);
  });

  it('is not what a candle before the entry said', async () => {
    await world.candle(SYMBOL, '99.90', 'backfill');
    await world.risk.scan();
    expect(sales()).toEqual([]);
  });
});
