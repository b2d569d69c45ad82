import { describe, expect, it } from '@jest/globals';
import { openAccount } from '../../src/domain/account/book.ts';
import { money, quantity } from '../../src/domain/money/amounts.ts';
import { lessThan } from '../../src/domain/money/decimal.ts';
import { isTerminal } from '../../src/domain/orders/order-machine.ts';
import type { Order } from '../../src/domain/orders/order.ts';
import { SECOND } from '../../src/domain/time.ts';
import { EMPTY_POSITION } from '../domain/entry-fixture.ts';
import { CAPITAL, RiskWorld } from './risk-world.ts';

const SYMBOL = 'AAAUSDT';

/** A position that somebody wrote into the ledger by hand, five units at 100: no order of ours bought it. */
async function withSeededPosition(world: RiskWorld): Promise<void> {
  const bought = { boughtQuantity: quantity('5'), boughtNotional: money('500') };
  const held = { quantity: quantity('5'), totalCost: money('500'), entryTime: world.clock.now() };
  const position = { ...EMPTY_POSITION, ...bought, ...held, symbol: SYMBOL };
  await world.ledger.transaction((tx) =>
    tx.putAccount(
      { ...openAccount(CAPITAL), cash: money('9500'), positions: new Map([[SYMBOL, position]]) },
      SYMBOL,
    ),
  );
  await world.start();
}

/** A second later the price is heard again. */
async function later(world: RiskWorld): Promise<void> {
  world.wait(SECOND);
  await world.tick(SYMBOL);
}

const sales = (world: RiskWorld): readonly Order[] =>
  [...world.ledger.tables.orders.values()].filter(({ side }) => side === 'SELL');

/** A position at its stop-loss, with an exit that works. */
async function atItsStop(): Promise<RiskWorld> {
  const world = await RiskWorld.open();
  await withSeededPosition(world);
  await world.move(SYMBOL, 0.97);
  expect(sales(world)).toHaveLength(1);
  return world;
}

describe('a position that has no entry order in the ledger', () => {
  it('has one working exit, however many prices come', async () => {
    const world = await atItsStop();
    await later(world);
    await later(world);
    expect(sales(world)).toHaveLength(1);
  });

  it('is left by exits with ids of their own and a wider collar after each miss, by the next life too', async () => {
    const world = await atItsStop();
    await world.cancel(sales(world)[0]!);
    await later(world);
    await world.cancel(sales(world)[1]!);
    await world.start();
    await later(world);
    const [first, second, third] = sales(world);
    expect(new Set(sales(world).map(({ orderId }) => orderId)).size).toBe(3);
    expect([first, second, third].map((sale) => sale!.attempt)).toEqual([0, 1, 2]);
    expect(lessThan(second!.limitPrice!, first!.limitPrice!)).toBe(true);
    await world.fill(third!, 100);
    await world.risk.scan();
    expect(sales(world).every(({ state }) => isTerminal(state))).toBe(true);
    expect(world.ledger.tables.account?.positions.size).toBe(0);
  });

  it('clashes with nothing when it is written again after the first was left', async () => {
    const world = await atItsStop();
    await world.fill(sales(world)[0]!, 100);
    await world.risk.scan();
    world.marks.set(SYMBOL, 100);
    await withSeededPosition(world);
    await world.move(SYMBOL, 0.97);
    expect(sales(world).map(({ state }) => state)).toEqual(['FILLED', 'APPROVED']);
  });
});
