import { describe, expect, it } from '@jest/globals';
import { readRiskDocument } from '../../src/services/risk/risk-document.ts';
import { Killed } from './memory-ledger.ts';
import { RiskWorld, SYMBOLS } from './risk-world.ts';

const [SYMBOL] = SYMBOLS;

/** A bot with a position whose fill risk has not heard of; its price rose. */
async function withUntoldFill(): Promise<RiskWorld> {
  const world = await RiskWorld.open();
  await world.signal(SYMBOL);
  const [entry] = world.openOrders();
  if (entry === undefined) throw new Error('the entry was refused');
  await world.fill(entry, 100);
  world.marks.set(SYMBOL, 101);
  return world;
}

describe('a risk service whose transaction failed', () => {
  it('does and writes nothing more, since its memory is ahead of the ledger; the next one takes everything in', async () => {
    const world = await withUntoldFill();
    const before = world.ledger.tables.states.get('risk');
    let tries = 0;
    world.ledger.dies = () => (tries += 1) === 1;
    await expect(world.risk.scan()).rejects.toThrow(Killed);
    world.ledger.dies = () => false;
    await expect(world.risk.scan()).rejects.toThrow(Killed);
    await expect(world.tick(SYMBOL)).rejects.toThrow(Killed);
    await expect(world.ledger.transaction((tx) => world.risk.checkpoint(tx))).rejects.toThrow(Killed);
    expect(world.ledger.tables.states.get('risk')).toEqual(before);

    const seen = readRiskDocument(before).executionSeen;
    await world.start();
    await world.risk.scan();
    const after = readRiskDocument(world.ledger.tables.states.get('risk'));
    expect(after.executionSeen).toBeGreaterThan(seen);
    expect(Object.keys(after.holdings)).toEqual([SYMBOL]);
  });
});
